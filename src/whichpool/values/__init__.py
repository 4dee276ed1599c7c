"""The values that travel between the rooms: frozen, and valid once they are made.

Durations are in seconds (``_s``), sizes in bytes (``_bytes``). Nothing here measures, decides or prints, and
nothing here needs more than the standard library: a child in a foreign Python imports these files too. Each is imported
when the first of its names is used, because making classes of values takes long: a whole job needs few of them.
"""

from whichpool.first_use import on_first_use

TYPE_CHECKING = False
if TYPE_CHECKING:
    from whichpool.values.anatomy import Anatomy, Band, NativeThreads, Parcelled, Timing, Trial
    from whichpool.values.claims import Experiment, Holds, Judgement, Measured
    from whichpool.values.costs import Costs, PoolCosts, Samples, SendingCosts
    from whichpool.values.findings import (
        BreakEven,
        Caveat,
        Code,
        Entry,
        Estimate,
        Outcome,
        Prospect,
        PythonSeen,
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
    from whichpool.values.workload import THIS_PYTHON, Elsewhere, Facts, Import, Options, Python, Workload

__all__ = [
    "APART",
    "IMPORTED",
    "PICKLED",
    "THIS_PYTHON",
    "THREADED",
    "Anatomy",
    "Assessment",
    "Band",
    "BreakEven",
    "Breakdown",
    "Caveat",
    "CheckRecord",
    "Code",
    "Costs",
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
    "PoolCosts",
    "PoolKind",
    "Prospect",
    "Python",
    "PythonSeen",
    "Record",
    "Run",
    "Sample",
    "Samples",
    "SendingCosts",
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

_NAMES = {
    "anatomy": "Anatomy Band NativeThreads Parcelled Timing Trial",
    "claims": "Experiment Holds Judgement Measured",
    "costs": "Costs PoolCosts Samples SendingCosts",
    "findings": "BreakEven Caveat Code Entry Estimate Outcome Prospect PythonSeen Record Size Spending Spent Verdict",
    "hazards": "APART IMPORTED PICKLED THREADED "
    "Assessment CheckRecord Examination Finding Hazard PoolKind Spot Status Unseen",
    "measuring": "Breakdown Dissection Draw Failure Run Sample State Strategy",
    "noise": "Noise",
    "workload": "THIS_PYTHON Elsewhere Facts Import Options Python Workload",
}

__getattr__ = on_first_use(
    globals(), {name: f"{__name__}.{home}" for home, names in _NAMES.items() for name in names.split()}
)
