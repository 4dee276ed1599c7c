"""Chunks dealt out to the workers of a cluster, each chunk to one worker and never to another.

A cluster's own scheduler gives the work of a worker that died to the next one, and so runs items twice. Here every
worker is given its chunks by name, a few ahead of the one that it runs: as many as last it a moment, so that
it never waits for the next, and few enough that none is left waiting behind a long one.

What is sent is an errand: bytes that do their work by being unpickled, and whose result is bytes again. So what lies
between the caller and the worker, such as a scheduler that unpickles what it forwards, needs neither whichpool nor the
user's modules, and copies no data but bytes.
"""

from __future__ import annotations

import pickle
import sys
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from whichpool.errors import Trouble
from whichpool.pools.chunk import Chunk, ChunkEnd, Function, run_chunk
from whichpool.pools.parcel import travels
from whichpool.pools.protocol import Cluster, PoolFailed
from whichpool.pools.sharing import Shares, forget, held, hold

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

_AHEAD_S = 0.1
_MOST_AHEAD = 80


class Engine(Protocol):
    """What a cluster's engine has to offer; its workers are numbered from 0."""

    @property
    def workers(self) -> int:
        """How many workers there are."""
        ...

    def send(self, worker: int, errands: Sequence[bytes]) -> Sequence[Hashable]:
        """Have a worker run errands after those it has, and give each a name."""
        ...

    def take(self) -> Iterable[tuple[Hashable, bytes]]:
        """Wait until errands have ended, and return their names and results.

        Raises:
            PoolFailed: A worker died, or the cluster went away.
        """
        ...

    def tell_all(self, errand: bytes) -> None:
        """Have every worker run an errand before any that is sent later."""
        ...


class Errand:
    """A call that is carried out where it is unpickled."""

    __slots__ = ("arguments", "function")

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        """Write a call down."""
        self.function = function
        self.arguments = arguments

    def __reduce__(self) -> tuple[Any, ...]:
        """Unpickle as what the call returns."""
        return self.function, self.arguments

    def packed(self) -> bytes:
        """Write it down as bytes."""
        return pickle.dumps(self, pickle.HIGHEST_PROTOCOL)


class Left:
    """What left the function and is no failure of an item, such as ``SystemExit``, on its way to the caller."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        """Keep the exception, or one that says the same where it cannot travel."""
        if not travels(error):
            kind = SystemExit if isinstance(error, SystemExit) else RuntimeError
            error = kind(f"{type(error).__name__}: {error}")
        self.error = error


def serve(key: str, chunk: Chunk) -> bytes:
    """Run a chunk with a function that this worker holds."""
    try:
        answer: ChunkEnd | Left = run_chunk(held(key), chunk)
    except BaseException as error:  # a cluster's worker would end by it
        answer = Left(error)
    return pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)


def set_up(prepare: bytes, python: tuple[int, int]) -> bytes:
    """Prepare this worker, unless its Python is another than the caller's."""
    answer: Left | str = ""
    if sys.version_info[:2] != python:
        answer = f"run Python {sys.version_info[0]}.{sys.version_info[1]}, and this is {python[0]}.{python[1]}"
    else:
        try:
            pickle.loads(prepare)()  # noqa: S301 - the caller's bytes
        except BaseException as error:  # a cluster's worker would end by it
            answer = Left(error)
    return pickle.dumps(answer)


class Dealer:
    """An open pool: what is common to the engines that have clusters.

    Attributes:
        cluster: What the engine tells of its cluster.
    """

    def __init__(self, engine: Engine, cluster: Cluster, pickled: Callable[[Function], bytes]) -> None:
        """Deal to the workers of an engine; ``pickled`` is how it pickles functions, closures too."""
        self.cluster = cluster
        self._engine = engine
        self._pickled = pickled
        self._name = uuid4().hex
        self._shares = Shares(self._name)
        self._functions: dict[int, tuple[Function, str]] = {}

    def set_up(self, function: Function, prepare: Callable[[], None], address: str) -> None:
        """Prepare every worker, and send it the function.

        Raises:
            PoolFailed: The function cannot be pickled, or the workers cannot take it.
        """
        self._send_function(function)
        errand = Errand(set_up, pickle.dumps(prepare), sys.version_info[:2]).packed()
        waiting = {name for worker in range(self._engine.workers) for name in self._engine.send(worker, [errand])}
        while waiting:
            for name, answer in self._engine.take():
                if name in waiting:
                    waiting.discard(name)
                    _check(pickle.loads(answer), address)  # noqa: S301 - bytes of a worker of ours

    def run(self, function: Function, chunks: Iterable[Chunk]) -> Iterator[ChunkEnd]:
        """Run every chunk and yield each as it ends; see :class:`whichpool.pools.protocol.OpenPool`."""
        key = self._send_function(function)
        left = iter(chunks)
        ahead = _Ahead(self._engine.workers)
        running: dict[Hashable, int] = {}
        while True:
            places = ahead.places()
            drawn, new = self._shares.split(list(islice(left, len(places))))
            if new:
                self._engine.tell_all(Errand(hold, new).packed())
            errands: dict[int, list[bytes]] = {}
            for worker, chunk in zip(places, drawn, strict=False):
                errands.setdefault(worker, []).append(Errand(serve, key, chunk).packed())
            for worker, parts in errands.items():
                running |= dict.fromkeys(self._engine.send(worker, parts), worker)
                ahead.sent(worker, len(parts))
            if not running:
                return
            for name, answer in self._engine.take():
                if name not in running:  # of a run whose results were not all taken
                    continue
                end = pickle.loads(answer)  # noqa: S301 - bytes of a worker of ours
                if isinstance(end, Left):
                    raise end.error
                ahead.ended(running.pop(name), end.ended_s - end.begun_s)
                yield end

    def forget(self) -> None:
        """Have workers that go on let go of what this job had them hold."""
        self._engine.tell_all(Errand(forget, self._name).packed())

    def _send_function(self, function: Function) -> str:
        """Send a function to every worker, once, and return the key that it is held by."""
        if id(function) not in self._functions:
            try:
                data = self._pickled(function)
            except Exception as error:  # anything may be raised by a user's __reduce__
                name = getattr(function, "__qualname__", repr(function))
                message = (
                    f"the function {name} cannot be pickled ({type(error).__name__}: {error}); make what it refers to "
                    "something that pickle can rebuild"
                )
                raise PoolFailed(Trouble.UNPICKLABLE, message) from None
            key = f"{self._name}-function-{len(self._functions)}"
            self._engine.tell_all(Errand(hold, {key: data}).packed())
            self._functions[id(function)] = (function, key)
        return self._functions[id(function)][1]


class _Ahead:
    """How many chunks each worker has, and how many it should have."""

    def __init__(self, workers: int) -> None:
        self._most = max(2, _MOST_AHEAD // workers)
        self._given = [0] * workers
        self._ended = 0
        self._busy_s = 0.0

    def places(self) -> list[int]:
        """List the workers that chunks are to go to next, one entry a chunk, in turns.

        A worker is given new ones when half of what it had is done, many at once: that costs less each.
        """
        most = 1
        if self._ended:
            most = min(self._most, 1 + int(_AHEAD_S * self._ended / max(self._busy_s, 1e-9)))
        rooms = [most - given if given <= most // 2 else 0 for given in self._given]
        return [worker for turn in range(most) for worker, room in enumerate(rooms) if turn < room]

    def sent(self, worker: int, chunks: int) -> None:
        """Note that a worker was given chunks."""
        self._given[worker] += chunks

    def ended(self, worker: int, busy_s: float) -> None:
        """Note that a worker has ended one, and how long that took it."""
        self._given[worker] -= 1
        self._ended += 1
        self._busy_s += busy_s


def _check(answer: Left | str, address: str) -> None:
    """See what a worker said to being prepared."""
    if isinstance(answer, Left):
        error = answer.error
        if address and isinstance(error, ModuleNotFoundError):
            message = (
                f"the workers at {address} have no module {error.name}: put it where they can import it, or "
                "install it there"
            )
            raise PoolFailed(Trouble.UNAVAILABLE, message)
        raise error
    if answer:
        message = (
            f"the workers at {address} {answer}: name that Python with --python, or start the cluster with this one"
        )
        raise PoolFailed(Trouble.UNAVAILABLE, message)
