"""The values that travel between the rooms: frozen, and valid once they are made.

Durations are in seconds (``_s``), sizes in bytes (``_bytes``). Nothing here measures, decides or prints, and
nothing here needs more than the standard library: a child in a foreign Python imports these files too.
"""

from whichpool.values.anatomy import Anatomy, Band, NativeThreads, Parcelled, Timing, Trial
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
from whichpool.values.measuring import Breakdown, Dissection, Draw, Failure, Run, Sample, State, Strategy
from whichpool.values.noise import Noise
from whichpool.values.workload import Elsewhere, Facts, Import, Options, Workload

__all__ = [
    "Anatomy",
    "Band",
    "BreakEven",
    "Breakdown",
    "Caveat",
    "Code",
    "Dissection",
    "Draw",
    "Elsewhere",
    "Entry",
    "Estimate",
    "Facts",
    "Failure",
    "Import",
    "NativeThreads",
    "Noise",
    "Options",
    "Outcome",
    "Parcelled",
    "Prospect",
    "Record",
    "Run",
    "Sample",
    "Size",
    "Spending",
    "Spent",
    "State",
    "Strategy",
    "Timing",
    "Trial",
    "Verdict",
    "Workload",
]
