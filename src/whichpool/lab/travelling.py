"""Whether a value can travel between processes, tried as process pools do it, and which part of it cannot."""

import pickle
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.reduction import ForkingPickler
from types import AsyncGeneratorType, CoroutineType, FunctionType, GeneratorType, MethodType, ModuleType
from typing import Any

from whichpool.hazards.effects import ResourceKind
from whichpool.lab.live_kinds import resource_kind
from whichpool.lab.showing import short

_BLOCK = 64
_DEPTH = 20
_MOST_PARTS = 100_000
_WIDTH = 120
_ITERATORS = (map, filter, zip, enumerate, reversed)
_MENDS: tuple[tuple[tuple[type, ...], str], ...] = (
    ((BaseException,), "pass all arguments of the exception on to super().__init__(), or define its __reduce__"),
    ((FunctionType,), "define it with def at the top level of a module, under the name that it keeps"),
    ((type,), "define the class at the top level of a module"),
    ((ModuleType,), "pass the module's name, and import it where it is used"),
    ((GeneratorType, AsyncGeneratorType, *_ITERATORS), "make a list of what it yields"),
    ((CoroutineType,), "run it within the function with asyncio.run, and return what it gives"),
    ((memoryview,), "make bytes of it"),
)
_OPEN_IT_THERE = "pass the path, and open it in the worker: inside the function, or in the pool's initializer"
_MENDS_BY_KIND = {
    ResourceKind.FILE: _OPEN_IT_THERE,
    ResourceKind.ARCHIVE: _OPEN_IT_THERE,
    ResourceKind.LOCK: "make the lock in the worker, or leave it out in __getstate__ and make it in __setstate__",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """The smallest part of a value that cannot travel.

    Attributes:
        path: The way to it: ``result['rows'][0].connection``.
        part: The part itself.
        error: What went wrong, in a line.
        at_loading: Whether it was pickled, and could not be made again from that.
    """

    path: str
    part: object
    error: str
    at_loading: bool


def find_fault(value: object, name: str) -> Fault | None:
    """Try to send a value, and if that fails find the smallest part to blame; None if it arrives.

    What arrives is not compared with what was sent.

    Args:
        value: What is to travel.
        name: What the path of a part begins with.
    """
    try:
        return _smallest(_tried(value, name))
    finally:  # pickling a socket starts a thread that hands it out
        sharer = sys.modules.get("multiprocessing.resource_sharer")
        if sharer is not None:
            sharer.stop()


def _smallest(fault: Fault | None) -> Fault | None:
    met: set[int] = set()
    while fault is not None and len(met) < _DEPTH:
        met.add(id(fault.part))
        inner = _first_fault([one for one in _some_parts(fault.path, fault.part) if id(one[1]) not in met])
        if inner is None:
            break
        fault = inner
    return fault


def _tried(value: object, path: str) -> Fault | None:
    try:
        data = ForkingPickler.dumps(value)
    except Exception as error:  # a user's __reduce__ may raise anything
        return Fault(path, value, _in_a_line(error), at_loading=False)
    try:
        arrived = pickle.loads(data)  # noqa: S301 - our own bytes
    except Exception as error:  # and a constructor, too
        return Fault(path, value, _in_a_line(error), at_loading=True)
    if isinstance(value, BaseException) and type(arrived) is not type(value):
        return Fault(path, value, f"it arrives as {type(arrived).__name__}", at_loading=True)
    return None


def _first_fault(parts: Sequence[tuple[str, object]]) -> Fault | None:
    """Find the first part that cannot travel; whole blocks that can are tried at once."""
    for start in range(0, len(parts), _BLOCK):
        block = parts[start : start + _BLOCK]
        if len(block) > 1 and _tried([part for _, part in block], "") is None:
            continue
        for path, part in block:
            fault = _tried(part, path)
            if fault is not None:
                return fault
    return None


def _some_parts(path: str, value: object) -> Iterator[tuple[str, object]]:
    parts = _parts(path, value)
    with suppress(Exception):  # a user's object may raise anything while it is taken apart
        for _ in range(_MOST_PARTS):
            try:
                yield next(parts)
            except StopIteration:
                return


def _parts(path: str, value: object) -> Iterator[tuple[str, object]]:
    """Take a value apart as pickle does, and name the parts as people would."""
    if isinstance(value, type | FunctionType | ModuleType):
        return  # they travel by name
    if type(value) is dict:
        yield from ((f"a key of {path}", key) for key in value)
        yield from ((f"{path}[{short(key, 30)}]", part) for key, part in value.items())
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        yield from ((f"{path}.{name}", part) for name, part in zip(value._fields, value, strict=False))
    elif isinstance(value, list | tuple) and type(value) in {list, tuple}:
        yield from ((f"{path}[{place}]", part) for place, part in enumerate(value))
    elif isinstance(value, set | frozenset):
        yield from ((f"an element of {path}", part) for part in value)
    elif isinstance(value, partial):
        yield f"{path}.func", value.func
        yield from ((f"{path}.args[{place}]", part) for place, part in enumerate(value.args))
        yield from ((f"{path}.keywords[{name!r}]", part) for name, part in value.keywords.items())
    elif isinstance(value, MethodType):
        yield f"{path}.__self__", value.__self__
    else:
        yield from _parts_of_object(path, value)


def _parts_of_object(path: str, value: object) -> Iterator[tuple[str, object]]:
    """Take an object apart into what its ``__reduce_ex__`` gives: arguments, state, and what it contains."""
    reduced: Any = value.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
    if isinstance(reduced, str):
        return
    arguments, state, elements, entries = ([*reduced[1:], None, None, None])[:4]
    for attributes in state if isinstance(state, tuple) else (state,):
        if isinstance(attributes, dict):
            yield from ((f"{path}.{name}", part) for name, part in attributes.items())
        elif attributes is not None:
            yield f"the state of {path}", attributes
    yield from ((f"{path}[{place}]", part) for place, part in enumerate(elements or ()))
    yield from ((f"{path}[{short(key, 30)}]", part) for key, part in entries or ())
    where = f"{path}.args" if isinstance(value, BaseException) else f"what makes {path} anew: "
    yield from ((f"{where}[{place}]", part) for place, part in enumerate(arguments) if not isinstance(part, type))


def mend_for(fault: Fault) -> str:
    """Say what helps against a fault, by what the part is that cannot travel."""
    for types, mend in _MENDS:
        if isinstance(fault.part, types):
            return mend
    kind = None
    with suppress(Exception):  # as above
        kind = resource_kind(fault.part)
    if kind is not None:
        return _MENDS_BY_KIND.get(kind, "make it in the worker: inside the function, or in the pool's initializer")
    if fault.at_loading:
        return "define its __reduce__ so that it can be made anew, or use plain data in its place"
    return "use plain data in its place, or leave it out in __getstate__"


def _in_a_line(error: BaseException) -> str:
    try:
        text = " ".join(f"{type(error).__name__}: {error}".split())
    except Exception as failure:
        text = f"{type(error).__name__}, whose text raises {type(failure).__name__}"
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
