"""The values that travel between the rooms: frozen, and valid once they are made.

Durations are in seconds (``_s``), sizes in bytes (``_bytes``). Nothing here measures, decides or prints, and
nothing here needs more than the standard library: a child in a foreign Python imports these files too.
"""

from whichpool.values.anatomy import Anatomy, Band, NativeThreads, Parcelled, Timing, Trial
from whichpool.values.claims import Experiment, Holds, Judgement, Measured
from whichpool.values.findings import (
    BreakEven,
    Caveat,
    Code,
    Entry,
    Estimate,
    Outcome,
    Prospect,
    Record,
    Size,
    Spending,
    Spent,
    Verdict,
)
from whichpool.values.hazards import (
    APART,
    IMPORTED,
    PICKLED,
    THREADED,
    Assessment,
    CheckRecord,
    Examination,
    Finding,
    Hazard,
    PoolKind,
    Spot,
    Status,
    Unseen,
)
from whichpool.values.measuring import Breakdown, Dissection, Draw, Failure, Run, Sample, State, Strategy
from whichpool.values.noise import Noise
from whichpool.values.workload import Elsewhere, Facts, Import, Options, Workload

__all__ = [
    "APART",
    "IMPORTED",
    "PICKLED",
    "THREADED",
    "Anatomy",
    "Assessment",
    "Band",
    "BreakEven",
    "Breakdown",
    "Caveat",
    "CheckRecord",
    "Code",
    "Dissection",
    "Draw",
    "Elsewhere",
    "Entry",
    "Estimate",
    "Examination",
    "Experiment",
    "Facts",
    "Failure",
    "Finding",
    "Hazard",
    "Holds",
    "Import",
    "Judgement",
    "Measured",
    "NativeThreads",
    "Noise",
    "Options",
    "Outcome",
    "Parcelled",
    "PoolKind",
    "Prospect",
    "Record",
    "Run",
    "Sample",
    "Size",
    "Spending",
    "Spent",
    "Spot",
    "State",
    "Status",
    "Strategy",
    "Timing",
    "Trial",
    "Unseen",
    "Verdict",
    "Workload",
]
