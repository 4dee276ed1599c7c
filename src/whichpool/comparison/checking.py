"""The flow of a check, and the library's face for it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Protocol

from whichpool.comparison.packing import Unsendable, named, pack
from whichpool.errors import WrongCall
from whichpool.hazards.assessing import assess
from whichpool.hazards.look import look_at_function
from whichpool.hazards.merging import merged
from whichpool.lab.launch import Laboratory
from whichpool.lab.unpicklable import find_unsendable
from whichpool.machine.pythons import find_python
from whichpool.report import CheckReport
from whichpool.values import CheckRecord, Examination, Options, PoolKind, Unseen, Workload

LIMIT_S = 10.0
"""When a step of the trial is cut, unless something else is asked for."""


class Examiner(Protocol):
    """Who looks: :class:`whichpool.lab.launch.Laboratory`, or a stand-in that keeps its promises."""

    def examine(self, python: str, limit_s: float, *, trial: bool) -> Examination:
        """Look for hazards."""
        ...


def check_workload(workload: Workload, lab: Examiner, python: str, limit_s: float) -> CheckRecord:
    """Look for what keeps a function from leaving the main thread, and say what that means for each pool.

    Args:
        workload: What is checked; if it has calls, a few of them are tried.
        lab: Where it is looked at.
        python: The interpreter; empty for the one that runs whichpool.
        limit_s: When a step of the trial is cut.

    Raises:
        WrongCall: The workload cannot be checked as it was written, or there was nothing that could be looked at.
        ChildFailed: The interpreter does not work.
    """
    examination = lab.examine(python, limit_s, trial=workload.has_calls)
    if not examination.functions and not workload.has_calls:
        raise WrongCall("\n".join(unseen.message for unseen in examination.unseen))
    return CheckRecord(workload, examination, assess(examination))


def check_here(function: Callable[..., Any], why: str) -> CheckRecord:
    """Check a function that no child can be given: its code is read here, and it is not called.

    Args:
        function: What is checked.
        why: Why it cannot be sent to a child.
    """
    workload = named(function)
    seen = look_at_function(function, workload.source)
    examination = replace(
        seen,
        findings=merged(seen.findings, find_unsendable(function)),
        unseen=(*seen.unseen, Unseen(tuple(PoolKind), f"no call can be tried: {why}")),
    )
    return CheckRecord(workload, examination, assess(examination))


def check(
    function: Callable[..., Any],
    items: Iterable[Any] | None = None,
    *,
    python: str = "",
    timeout_s: float | None = None,
    max_items: int = 100_000,
) -> CheckReport:
    """Find out what keeps ``function`` from leaving the main thread: what it shares, changes or cannot send.

    Its code is read, with that of the functions of its module that it calls. With items it is also called a few times,
    in a process of its own, unless it cannot be sent to one.

    Args:
        function: What is looked at.
        items: One call's argument each, for the trial calls; None for none.
        python: The interpreter to look with, by its path, command or version; empty for this one.
        timeout_s: When a trial call is cut; None for 10 seconds.
        max_items: How many items an iterable without a length may give before it counts as endless.

    Returns:
        The report; ``print`` shows it.

    Raises:
        WrongCall: The call cannot be carried out as it was made.
        ChildFailed: The interpreter does not work.
    """
    limit_s = Options(timeout_s=timeout_s).timeout_s or LIMIT_S
    try:
        workload = pack(function, items, max_items)
    except Unsendable as error:
        return CheckReport(check_here(function, str(error)))
    return CheckReport(check_workload(workload, Laboratory(workload), find_python(python), limit_s))
