"""What it takes to pickle values, to unpickle them, and to move them through a pipe to another process."""

import multiprocessing
import pickle
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from time import perf_counter
from typing import Any

from whichpool.claims.turns import take_turns
from whichpool.machine.memory import memory_left
from whichpool.values import Samples, SendingCosts

_KIB, _MIB = 1 << 10, 1 << 20
_LENGTHS = (1, _KIB, 64 * _KIB, _MIB, 64 * _MIB)
_COPIES = 8  # pickled, in the pipe's reader, unpickled: with room to spare
_INTS = 100_000
_DICTS = 10_000
_ROUNDS = 9
_BOX_S = 2.0
_SHORTEST_S = 1e-3


def sending_costs() -> tuple[SendingCosts, ...]:
    """Measure bytes from 1 B to 64 MiB, as far as memory holds them, a list of ints and one of dicts."""
    left = memory_left()
    room_bytes = float("inf") if left is None else left.left_bytes
    values: list[tuple[str, int, Any]] = [
        ("bytes", length, b"x" * length) for length in _LENGTHS if _COPIES * length < room_bytes
    ]
    values.append(("ints", _INTS, list(range(10**6, 10**6 + _INTS))))
    values.append(("dicts", _DICTS, [{"number": place, "name": f"item {place}"} for place in range(_DICTS)]))
    pickles = [pickle.dumps(value, pickle.HIGHEST_PROTOCOL) for _, _, value in values]
    conditions: dict[str, Callable[[], float]] = {}
    with _reader() as move_s:
        for place, ((what, _, value), pickled) in enumerate(zip(values, pickles, strict=True)):
            conditions[f"dump {place}"] = partial(_mean_s, partial(pickle.dumps, value, pickle.HIGHEST_PROTOCOL))
            conditions[f"load {place}"] = partial(_mean_s, partial(pickle.loads, pickled))
            if what == "bytes":
                conditions[f"pipe {place}"] = partial(move_s, pickled)
        samples: defaultdict[str, Samples] = defaultdict(tuple)
        samples |= {name: tuple(taken) for name, taken in take_turns(conditions, _ROUNDS, _BOX_S).items()}
    return tuple(
        SendingCosts(
            what,
            amount,
            len(pickles[place]),
            samples[f"dump {place}"],
            samples[f"load {place}"],
            samples[f"pipe {place}"],
        )
        for place, (what, amount, _) in enumerate(values)
    )


def _mean_s(call: Callable[[], object]) -> float:
    """Time a call; the mean of as many as make it long enough to be timed."""
    calls = 1
    while True:
        begun_s = perf_counter()
        for _ in range(calls):
            call()
        taken_s = perf_counter() - begun_s
        if taken_s >= _SHORTEST_S:
            return taken_s / calls
        calls *= 4


@contextmanager
def _reader() -> Iterator[Callable[[bytes], float]]:
    """Start a process that reads a pipe, and give what sends it bytes and tells how long they took to get there."""
    incoming, outgoing = multiprocessing.Pipe(duplex=False)
    answers, answering = multiprocessing.Pipe(duplex=False)
    with incoming, outgoing, answers, answering:
        process = multiprocessing.Process(target=_read, args=(incoming, answering), daemon=True)
        process.start()

        def move_s(data: bytes) -> float:
            begun_s = perf_counter()
            outgoing.send_bytes(data)
            arrived_s: float = answers.recv()
            return arrived_s - begun_s

        yield move_s
        outgoing.send_bytes(b"")
        process.join()


def _read(incoming: Connection, answering: Connection) -> None:
    """Read until nothing comes, and tell when each piece was there; both processes have the same clock."""
    while incoming.recv_bytes():
        answering.send(perf_counter())
