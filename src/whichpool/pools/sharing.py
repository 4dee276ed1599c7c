"""What many items share is sent to a worker once: the function, and large arguments that are one and the same object.

The caller replaces such an argument by a reference, which unpickles in the worker as the object that was sent there
before. Between two items of a worker it is then one object, as among threads, and not a fresh copy for every chunk.
"""

from __future__ import annotations

import pickle
from functools import partial
from itertools import count

from whichpool.pools.chunk import Chunk
from whichpool.pools.parcel import Parcel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    Data = Any  # with a length: whatever workers are sent in an object's place

WORTH_BYTES = 64 * 1024
"""What is smaller when pickled travels with its items."""
_MOST = 8
"""How many objects a job may share: what fills a worker's memory should not be most of the input."""
_MOST_REMEMBERED = 64
"""How many objects are remembered as not worth sending; they are kept alive for that."""
_NEVER_LARGE = frozenset({int, float, complex, bool, type(None)})


class Reference:
    """Stands for an object that a worker holds, and unpickles there as that object."""

    __slots__ = ("key",)

    def __init__(self, key: str) -> None:
        """Refer to what was sent under a key."""
        self.key = key

    def __reduce__(self) -> tuple[Any, ...]:
        """Unpickle as the object."""
        return held, (self.key,)


class Shares:
    """Finds out, chunk by chunk, which arguments are shared; in the caller.

    An argument is an item, or an element of an item that is a tuple. It is shared when it is met in two items of the
    chunks that are looked at together, or again in the chunks looked at next.
    """

    def __init__(self, name: str, pickled: Callable[[object], Data] | None = None) -> None:
        """Begin with nothing shared.

        Args:
            name: A name that no other job of the same workers has.
            pickled: Pickles an argument into whatever workers are to be sent; its length is in bytes. None for bytes.
        """
        self._pickled = pickled or _pickled
        self._keys = (f"{name}-{number}" for number in count())
        # both keep the objects themselves: the number that tells one from another is given out again once it is gone
        self._before: dict[int, object] = {}
        self._shared: dict[int, tuple[object, Reference]] = {}
        self._not_worth: dict[int, object] = {}

    def split(self, chunks: Sequence[Chunk]) -> tuple[list[Chunk], dict[str, Data]]:
        """Put references in the place of shared arguments.

        Returns:
            The chunks as they are to be sent, and what every worker must hold before: pickled objects by their keys.
        """
        referring, new = self.refer([chunk.items.values for chunk in chunks])
        if not self._shared:
            return list(chunks), new
        return [_holding(chunk, items) for chunk, items in zip(chunks, referring, strict=True)], new

    def refer(self, lists: Sequence[Sequence[Any]]) -> tuple[Sequence[Sequence[Any]], dict[str, Data]]:
        """Put references in the place of shared arguments, in lists of items that are looked at together."""
        met, again = self._before, dict[int, object]()
        self._before = {}
        for items in lists:
            for item in items:
                for argument in _arguments(item):
                    if id(argument) in met or id(argument) in self._before:
                        again[id(argument)] = argument
                    self._before[id(argument)] = argument
        new = dict(self._worth_sending(again))
        return [[self._with_references(item) for item in items] for items in lists] if self._shared else lists, new

    def _worth_sending(self, again: dict[int, object]) -> Iterator[tuple[str, Data]]:
        for number, argument in again.items():
            if number in self._shared or number in self._not_worth or len(self._shared) == _MOST:
                continue
            try:
                data = self._pickled(argument)
            except Exception:  # what cannot be pickled is its item's failure, where the item is pickled
                data = b""
            if len(data) >= WORTH_BYTES:
                key = next(self._keys)
                self._shared[number] = (argument, Reference(key))
                yield key, data
            elif len(self._not_worth) < _MOST_REMEMBERED:
                self._not_worth[number] = argument

    def _with_references(self, item: object) -> object:
        if type(item) is tuple:
            return tuple([self._reference(argument) for argument in item])
        return self._reference(item)

    def _reference(self, argument: object) -> object:
        shared = self._shared.get(id(argument))
        return argument if shared is None else shared[1]


def _pickled(argument: object) -> bytes:
    return pickle.dumps(argument, pickle.HIGHEST_PROTOCOL)


def _holding(chunk: Chunk, items: Sequence[Any]) -> Chunk:
    return Chunk(
        chunk.index,
        Parcel(list(items), chunk.items.failures),
        unpacked=chunk.unpacked,
        explained=chunk.explained,
        awaited=chunk.awaited,
    )


def _arguments(item: object) -> Iterator[object]:
    """List what of an item may be large: a quick look at most, for every item of every job is looked at."""
    for argument in item if type(item) is tuple else (item,):
        kind = type(argument)
        if kind in _NEVER_LARGE or (kind in {str, bytes} and len(argument) < WORTH_BYTES):
            continue
        yield argument


class _Unopened:
    __slots__ = ("load",)

    def __init__(self, load: Callable[[], Any]) -> None:
        self.load = load


_held: dict[str, object] = {}


def hold(objects: dict[str, bytes]) -> None:
    """Keep pickled objects in this worker, each unpickled when it is first asked for."""
    for key, data in objects.items():
        hold_unopened(key, partial(pickle.loads, data))


def hold_unopened(key: str, load: Callable[[], Any]) -> None:
    """Keep an object in this worker that is loaded when it is first asked for."""
    _held[key] = _Unopened(load)


def held(key: str) -> Any:  # noqa: ANN401 - whatever it is
    """Return an object that this worker holds.

    Raises:
        LookupError: It holds none: it is not the process that was given it.
        Exception: Whatever unpickling it raises.
    """
    try:
        value = _held[key]
    except KeyError:
        message = "this worker process was started anew in the middle of the job"
        raise LookupError(message) from None
    if isinstance(value, _Unopened):
        value = _held[key] = value.load()
    return value


def forget(name: str) -> None:
    """Let go of all that a job had this worker hold."""
    for key in [key for key in _held if key.startswith(name)]:
        del _held[key]
