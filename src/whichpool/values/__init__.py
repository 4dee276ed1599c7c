"""The values that travel between the rooms: frozen, and valid once they are made.

Durations are in seconds (``_s``), sizes in bytes (``_bytes``). Nothing here measures, decides or prints, and
nothing here needs more than the standard library: a child in a foreign Python imports these files too.
"""

from whichpool.values.findings import Caveat, Code, Entry, Estimate, Outcome, Record, Verdict
from whichpool.values.measuring import Draw, Failure, Run, Sample, Scouting, State, Strategy
from whichpool.values.workload import Facts, Options, Workload

__all__ = [
    "Caveat",
    "Code",
    "Draw",
    "Entry",
    "Estimate",
    "Facts",
    "Failure",
    "Options",
    "Outcome",
    "Record",
    "Run",
    "Sample",
    "Scouting",
    "State",
    "Strategy",
    "Verdict",
    "Workload",
]
