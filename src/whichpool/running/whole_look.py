"""The whole look at a function, and what of it concerns a whole job: slow to import, and seldom needed."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO, IOBase, StringIO
from types import BuiltinMethodType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from whichpool.hazards.changing import METHODS
from whichpool.hazards.effects import ResourceKind, resource_finding
from whichpool.hazards.look import look_at_function
from whichpool.hazards.state import changed_state
from whichpool.machine.gil import gil_is_on
from whichpool.running.trial import without_partials
from whichpool.values.hazards import Finding, Hazard, PoolKind
from whichpool.whose import is_of_standard_library

NO_CONCERN = frozenset(
    {
        Hazard.NO_MAIN_GUARD,  # our workers never run the main program
        Hazard.MODULE_WORK,  # nor do they import its modules anew where that matters: results are the same, only later
        Hazard.THREADS_AT_FORK,  # we fork where one thread is alive, and nowhere else
        Hazard.UNPICKLABLE,  # functions travel by value, and whether results can travel is tried on one
        Hazard.CALL_DOES_NOT_FIT,  # that fails in the loop just the same
        Hazard.ASSIGNMENT_STAYS_LOCAL,  # and so it does in the loop
    }
)
"""What keeps a function from other people's pools, and not from ours."""

_OF_THE_PROCESS = frozenset({Hazard.PROCESS_STATE, Hazard.RANDOM_STATE})
_MOST_KNOWN = 1000
_ADVANCING = frozenset({"__next__", "compress", "decompress", "send"})
"""Methods of iterators, of generators and of what compresses a stream: each call goes on from the one before."""
_known: dict[tuple[int, bool], tuple[CodeType, tuple[Finding, ...]]] = {}
"""What was found, by the identity of the code: equal code of two files may call different functions."""


def reasons(function: Callable[..., Any], *, forks: bool) -> dict[str, str]:
    """Tell why a function is not right in a pool.

    Args:
        function: What is called with every item. It is not run.
        forks: Whether processes would be forked.

    Returns:
        For each of ``threads`` and ``processes`` in which it is not right, the reason.
    """
    kinds = {
        "threads": PoolKind.THREADS if gil_is_on() else PoolKind.FREE_THREADS,
        "processes": PoolKind.FORK if forks else PoolKind.SPAWN,
    }
    findings = _findings(function)
    found: dict[str, str] = {}
    for pool, kind in kinds.items():
        effects = [_reason(one, kind, function) for one in findings if kind in one.effects]
        if effects:
            found[pool] = "; ".join(effects)
    return found


def look(function: Callable[..., Any]) -> tuple[Finding, ...]:
    """Look at a function's code, and keep what concerns a whole job.

    Args:
        function: What is called with every item. It is not run.

    Returns:
        The hazards; none where it could not be looked at.
    """
    try:
        inner, _ = without_partials(function)
        findings = _of_compiled(inner) if isinstance(inner, BuiltinMethodType) else look_at_function(function).findings
        return tuple(
            _in_our_workers(one) for one in findings if one.hazard not in NO_CONCERN and not _is_own_affair(one)
        )
    except Exception:  # a job must not fail for a look at its function, whatever stands in the user's code
        return ()


def _findings(function: Callable[..., Any]) -> tuple[Finding, ...]:
    """Look at a function's code, unless it is remembered what was found there."""
    inner = function.__func__ if type(function) is MethodType else function
    if type(inner) is not FunctionType or inner.__dict__:  # something around a function
        return look(function)
    key = id(inner.__code__), inner is not function
    if key not in _known:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[key] = inner.__code__, look(function)
    return _known[key][1]


def _reason(finding: Finding, kind: PoolKind, function: Callable[..., Any]) -> str:
    place = ""
    if finding.spots:
        file, line = finding.spots[0].file, finding.spots[0].line
        is_at_home = file == getattr(getattr(function, "__code__", None), "co_filename", file)
        place = f" (line {line})" if is_at_home else f" ({os.path.basename(file)}, line {line})"  # noqa: PTH119 - as above
    return f"{finding.message}{place}: {finding.effects[kind]}"


def _in_our_workers(finding: Finding) -> Finding:
    """Add what comes of a generator that travels by value, as it does with a function of the main program's."""
    if finding.hazard is not Hazard.RANDOM_GENERATOR:
        return finding
    alike = {PoolKind.SPAWN: "every worker gets a copy of its state: all draw the same numbers"}
    return replace(finding, effects=alike | dict(finding.effects))


def _of_compiled(method: BuiltinMethodType) -> Iterator[Finding]:
    """Tell what a compiled method does to the object that it is bound to, as ``SEEN.append`` does."""
    owner = method.__self__
    if isinstance(owner, ModuleType | type):
        return
    name = type(owner).__name__
    if method.__name__ in METHODS | _ADVANCING or isinstance(owner, StringIO | BytesIO):
        what = f"a {name} that the method is bound to"
        yield changed_state(name, what, f".{method.__name__}()", (), alone=False)
    elif isinstance(owner, IOBase):
        message = f"{method.__name__} is bound to {ResourceKind.FILE}"
        yield resource_finding(ResourceKind.FILE, "the file", message)


def _is_own_affair(finding: Finding) -> bool:
    """Tell whether a finding is about what the standard library keeps for itself, such as the cache of ``re``.

    Nobody sees of that whether calls ran in a loop, and nobody looks at it where a function of the user's calls the
    same. What belongs to the process, or to an object that a method is bound to, is another matter.
    """
    file = finding.spots[0].file if finding.spots else ""
    return (
        is_of_standard_library(file)
        and finding.hazard not in _OF_THE_PROCESS
        and not finding.subject.startswith("self.")
    )
