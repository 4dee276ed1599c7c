"""In which pools a function does what it does in a loop, as far as its code shows."""

from collections.abc import Callable
from types import CodeType, FunctionType, MethodType
from typing import Any

from whichpool.machine.gil import gil_is_on
from whichpool.running.quick_look import is_surely_clean
from whichpool.values.hazards import Finding, PoolKind

_MOST_KNOWN = 1000
_known: dict[tuple[int, bool], tuple[CodeType, tuple[Finding, ...]]] = {}
"""What was found, by the identity of the code: equal code of two files may call different functions."""


def why_not(function: Callable[..., Any], *, forks: bool = True) -> dict[str, str]:
    """Tell in which pools a function is not right: where it would not do what it does in a loop.

    Its code is read, not run: in some microseconds where a quick look suffices, else in some milliseconds, once. Only a
    hazard that is seen keeps a pool out; that nothing was found does not make it safe.

    Args:
        function: What is called with every item.
        forks: Whether processes would be forked.

    Returns:
        For each of ``threads`` and ``processes`` in which it is not right, the reason.
    """
    if forks and is_surely_clean(function):
        return {}
    kinds = {
        "threads": PoolKind.THREADS if gil_is_on() else PoolKind.FREE_THREADS,
        "processes": PoolKind.FORK if forks else PoolKind.SPAWN,
    }
    findings = _findings(function)
    reasons: dict[str, str] = {}
    for pool, kind in kinds.items():
        effects = [_reason(one, kind) for one in findings if kind in one.effects]
        if effects:
            reasons[pool] = "; ".join(effects)
    return reasons


def _findings(function: Callable[..., Any]) -> tuple[Finding, ...]:
    """Look at a function's code, unless it is remembered what was found there."""
    from whichpool.running.whole_look import look  # noqa: PLC0415 - slow to import, and often not needed

    inner = function.__func__ if type(function) is MethodType else function
    if type(inner) is not FunctionType or inner.__dict__:  # something around a function
        return look(function)
    key = id(inner.__code__), inner is not function
    if key not in _known:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[key] = inner.__code__, look(function)
    return _known[key][1]


def _reason(finding: Finding, kind: PoolKind) -> str:
    place = f" (line {finding.spots[0].line})" if finding.spots else ""
    return f"{finding.message}{place}: {finding.effects[kind]}"
