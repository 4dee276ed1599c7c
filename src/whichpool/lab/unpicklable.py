"""What cannot travel between a caller and its workers, as findings."""

import inspect
import sys
from collections.abc import Iterator
from enum import StrEnum
from types import FunctionType, MethodType

from whichpool.lab.showing import with_article
from whichpool.lab.travelling import Fault, find_fault, mend_for
from whichpool.lab.worker import publish
from whichpool.pools.chunk import Function
from whichpool.values import PICKLED, Finding, Hazard, PoolKind

_MOST_CLASSES = 20


class Journey(StrEnum):
    """What a value is to a call, with what comes of it when it cannot travel."""

    FUNCTION = "the function cannot be sent to a worker"
    ARGUMENT = "the argument cannot be sent to a worker"
    RESULT = "the result cannot be sent back"
    EXCEPTION = "the exception cannot be sent back: another comes in its place"


_BREAKS = {
    Journey.FUNCTION: "the function cannot be made again in a worker, which breaks the pool",
    Journey.ARGUMENT: "the argument cannot be made again in a worker, which breaks the pool",
    Journey.RESULT: "the result cannot be made again in the caller, which breaks the pool",
    Journey.EXCEPTION: "the exception cannot be made again in the caller, which breaks the pool",
}
"""What comes of it where it can be pickled but not unpickled: the pool's own thread or worker ends of it.

Seen with ``ProcessPoolExecutor`` of CPython 3.11 and 3.14; a pool of interpreters lives on.
"""


def find_unpicklable(value: object, name: str, journey: Journey) -> Iterator[Finding]:
    """Try whether a value can travel, and blame the smallest part that cannot."""
    fault = _find_fault(value, name)
    if fault is not None:
        yield _finding(fault, journey, PICKLED)


def find_unsendable(function: Function) -> Iterator[Finding]:
    """Try whether a function can travel: by the name it has in its module, or with the object that it is bound to."""
    if isinstance(function, MethodType):
        fault = _find_fault(function.__self__, "self")
    else:
        fault = _find_fault(function, _name_of(function))
    if fault is not None:
        kinds = (
            PICKLED if fault.part is not function or not _is_stateless(function) else (PoolKind.SPAWN, PoolKind.FORK)
        )
        yield _finding(fault, Journey.FUNCTION, kinds)


def _find_fault(value: object, name: str) -> Fault | None:
    """Find a fault that is the value's own, and not that of this process, whose ``__main__`` is not the caller's."""
    fault = find_fault(value, name)
    for _ in range(_MOST_CLASSES):  # two classes of one name would go on for ever
        if fault is None or not _is_missing_from_main(type(fault.part)):
            break
        publish({type(fault.part).__name__: type(fault.part)})
        fault = find_fault(value, name)
    return fault


def _is_missing_from_main(cls: type) -> bool:
    at_top_level = cls.__module__ == "__main__" and cls.__qualname__.isidentifier()
    return at_top_level and getattr(sys.modules["__main__"], cls.__name__, None) is not cls


def _finding(fault: Fault, journey: Journey, kinds: tuple[PoolKind, ...]) -> Finding:
    what = "an exception" if isinstance(fault.part, BaseException) else with_article(type(fault.part).__name__)
    done = "is pickled but cannot be unpickled" if fault.at_loading else "cannot be pickled"
    effects = {
        kind: _BREAKS[journey] if fault.at_loading and kind is not PoolKind.INTERPRETERS else journey.value
        for kind in kinds
    }
    message = f"{fault.path}, {what}, {done}: {fault.error}"
    return Finding(Hazard.UNPICKLABLE, fault.path, message, effects, mend_for(fault), tried=True)


def _name_of(function: Function) -> str:
    """Give the name that a module knows a function by; that of a lambda is in no module."""
    for name, value in getattr(function, "__globals__", {}).items():
        if value is function:
            return str(name)
    return str(getattr(function, "__qualname__", type(function).__name__)).replace("<locals>.", "")


def _is_stateless(function: Function) -> bool:
    """Tell whether a function needs nothing but its arguments and builtins: interpreters pass such a one on as code."""
    if not isinstance(function, FunctionType) or function.__defaults__ or function.__kwdefaults__:
        return False
    return not function.__closure__ and not inspect.getclosurevars(function).globals
