"""whichpool answers by measuring: which pool should my code run in?

The public names are imported when they are first used, so that ``import whichpool`` costs next to nothing
and needs nothing but the standard library::

    import whichpool

    report = whichpool.compare(function, items)
    print(report)
"""

from whichpool.first_use import on_first_use

TYPE_CHECKING = False  # typing would be the one slow import here; type checkers take this name for True
if TYPE_CHECKING:
    from whichpool.comparison import Interrupted, compare
    from whichpool.comparison.checking import check
    from whichpool.errors import (
        CrewBroken,
        ItemFailed,
        Unsendable,
        WhichpoolError,
        WorkerDied,
        WorkloadFailed,
        WrongCall,
    )
    from whichpool.report import CheckReport, Report
    from whichpool.running.account import JobReport
    from whichpool.running.executors.executor import Executor
    from whichpool.running.mapping import Results, map  # noqa: A004 - it is what the built-in one does
    from whichpool.values import Elsewhere

__version__ = "0.1.0"

__all__ = [
    "CheckReport",
    "CrewBroken",
    "Elsewhere",
    "Executor",
    "Interrupted",
    "ItemFailed",
    "JobReport",
    "Report",
    "Results",
    "Unsendable",
    "WhichpoolError",
    "WorkerDied",
    "WorkloadFailed",
    "WrongCall",
    "__version__",
    "check",
    "compare",
    "map",
]

_HOMES = {
    "CheckReport": "whichpool.report",
    "CrewBroken": "whichpool.errors",
    "Elsewhere": "whichpool.values",
    "Executor": "whichpool.running.executors.executor",
    "Interrupted": "whichpool.comparison",
    "ItemFailed": "whichpool.errors",
    "JobReport": "whichpool.running.account",
    "Report": "whichpool.report",
    "Results": "whichpool.running.mapping",
    "Unsendable": "whichpool.errors",
    "WhichpoolError": "whichpool.errors",
    "WorkerDied": "whichpool.errors",
    "WorkloadFailed": "whichpool.errors",
    "WrongCall": "whichpool.errors",
    "check": "whichpool.comparison.checking",
    "compare": "whichpool.comparison",
    "map": "whichpool.running.mapping",
}

__getattr__ = on_first_use(globals(), _HOMES)


def __dir__() -> list[str]:
    """Show the public names, whether or not they have been imported yet."""
    return sorted(__all__)
