"""In which pools a function does what it does in a loop, as far as its code shows."""

import sys
from collections.abc import Callable
from typing import Any

from whichpool.hazards.look import look_at_function
from whichpool.values.hazards import Finding, Hazard, PoolKind

_NO_CONCERN = frozenset(
    {
        Hazard.NO_MAIN_GUARD,  # our workers never run the main program
        Hazard.MODULE_WORK,  # nor do they import its modules anew where that matters: results are the same, only later
        Hazard.THREADS_AT_FORK,  # we fork where one thread is alive, and nowhere else
        Hazard.UNPICKLABLE,  # functions travel by value, and whether results can travel is tried on one
        Hazard.CALL_DOES_NOT_FIT,  # that fails in the loop just the same
    }
)
"""What keeps a function from other people's pools, and not from ours."""


def why_not(function: Callable[..., Any], *, forks: bool = True) -> dict[str, str]:
    """Tell in which pools a function is not right: where it would not do what it does in a loop.

    Its code is read, not run, which takes some milliseconds. Only a hazard that is seen keeps a pool out; that nothing
    was found does not make it safe.

    Args:
        function: What is called with every item.
        forks: Whether processes would be forked.

    Returns:
        For each of ``threads`` and ``processes`` in which it is not right, the reason.
    """
    has_gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    kinds = {
        "threads": PoolKind.THREADS if has_gil else PoolKind.FREE_THREADS,
        "processes": PoolKind.FORK if forks else PoolKind.SPAWN,
    }
    findings = [one for one in look_at_function(function).findings if one.hazard not in _NO_CONCERN]
    reasons: dict[str, str] = {}
    for pool, kind in kinds.items():
        effects = [_reason(one, kind) for one in findings if kind in one.effects]
        if effects:
            reasons[pool] = "; ".join(effects)
    return reasons


def _reason(finding: Finding, kind: PoolKind) -> str:
    place = f" (line {finding.spots[0].line})" if finding.spots else ""
    return f"{finding.message}{place}: {finding.effects[kind]}"
