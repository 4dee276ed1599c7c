"""Claim 10: exchanging data between processes is more complicated and costs more.

Bytes, from one to 64 MiB, go to a worker that runs already, and come back. A thread is handed the object itself, by a
queue. A process gets it pickled, through a pipe; or in shared memory: written into a block made for it and read back
out, with only the block's name in the pipe. Interpreters, where there are some, have a queue of their own.
"""

import multiprocessing
import os
import pickle
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from math import inf
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from threading import Thread
from time import perf_counter
from typing import Protocol, cast

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import in_seconds, in_times, median_of, ratios, samples_in, words_in
from whichpool.claims.turns import take_turns
from whichpool.values import Estimate, Holds, Judgement, Measured
from whichpool.wording import size

KIB, MIB = 1 << 10, 1 << 20
SIZES_BYTES = (1, KIB, 64 * KIB, MIB, 16 * MIB, 64 * MIB)
ROUNDS = 9
FEWEST_ROUNDS = 6  # under which no median is bounded at 95 %
BOX_S = 6.5
SAMPLE_S = 0.01
_SHARED = Path("/dev/shm")  # noqa: S108 - only its size is asked
ECHO = """
while payload := there.get():
    back.put(payload)
    del payload
"""


class Queue(Protocol):
    """What queues between threads and queues between interpreters have in common."""

    def put(self, payload: bytes, /) -> None:
        """Hand over."""

    def get(self) -> bytes:
        """Wait for what comes."""


def echo_by_pipe(talk: Connection) -> None:
    """Send back what comes, or touch the shared memory whose name comes; runs in the process."""
    while payload := talk.recv():
        if isinstance(payload, str):
            block = SharedMemory(payload)
            payload = cast("memoryview", block.buf)[0]
            block.close()
        talk.send(payload)
        del payload  # while it waits for the next one, a worker holds none


def echo_by_queue(there: Queue, back: Queue) -> None:
    """Put back what comes; runs in the thread."""
    while payload := there.get():
        back.put(payload)
        del payload


def by_queue(there: Queue, back: Queue, held: list[bytes]) -> None:
    """Hand over what is held, and hold what comes back."""
    there.put(held.pop())
    held.append(back.get())


def by_pickle(talk: Connection, held: list[bytes]) -> None:
    """Hand over what is held, which is let go of to save memory, and hold what comes back."""
    talk.send(held.pop())
    held.append(talk.recv())


def by_shared_memory(talk: Connection, held: list[bytes]) -> None:
    """Write into a new block, let the worker find it, and read out of it."""
    length = len(held[0])
    block = SharedMemory(create=True, size=length)
    memory = cast("memoryview", block.buf)
    try:
        memory[:length] = held.pop()
        talk.send(block.name)
        talk.recv()
        held.append(bytes(memory[:length]))
    finally:
        block.close()
        block.unlink()


def _exchange_s(exchange: Callable[[list[bytes]], None], held: list[bytes]) -> float:
    """Time exchanges for a while and take their median: now and then one waits for a busy core."""
    taken_s: list[float] = []
    begun_s = now_s = perf_counter()
    while now_s < begun_s + SAMPLE_S:
        exchange(held)
        taken_s.append(perf_counter() - now_s)
        now_s = perf_counter()
    return median(taken_s)


def _room_bytes() -> float:
    """Ask how much shared memory is free: writing more than that, a container has often 64 MB, kills a process."""
    if not _SHARED.is_dir():  # not Linux: its size is then bounded by that of the memory alone
        return inf
    free = os.statvfs(_SHARED)
    return free.f_bavail * free.f_frsize


def measure() -> Measured:
    """Time the exchange of each size in every way, in rounds."""
    room_bytes = _room_bytes()
    probe = SharedMemory(create=True, size=1)  # starts the resource tracker, which the process must share with us
    name_bytes = len(pickle.dumps(probe.name))
    probe.close()
    probe.unlink()
    talk, other = multiprocessing.Pipe()
    there: SimpleQueue[bytes] = SimpleQueue()
    back: SimpleQueue[bytes] = SimpleQueue()
    ways = {
        "thread": partial(by_queue, there, back),
        "pickle": partial(by_pickle, talk),
        "shared_memory": partial(by_shared_memory, talk),
    }
    workers: list[tuple[multiprocessing.Process | Thread, Callable[[bytes], object]]] = [
        (multiprocessing.Process(target=echo_by_pipe, args=(other,), daemon=True), talk.send),
        (Thread(target=echo_by_queue, args=(there, back), daemon=True), there.put),
    ]
    if sys.version_info >= (3, 14):
        from concurrent import interpreters  # noqa: PLC0415 - older Pythons have none

        interpreter, to, fro = interpreters.create(), interpreters.create_queue(), interpreters.create_queue()
        interpreter.prepare_main(there=to, back=fro)
        workers.append((Thread(target=interpreter.exec, args=(ECHO,), daemon=True), to.put))
        ways["interpreter"] = partial(by_queue, to, fro)
    held = {length: [b"x" * length] for length in SIZES_BYTES}
    pickled_bytes = [len(pickle.dumps(payload)) for (payload,) in held.values()]
    conditions = {
        f"{way}_{length}_bytes_s": partial(_exchange_s, exchange, held[length])
        for way, exchange in ways.items()
        for length in SIZES_BYTES
        if way != "shared_memory" or 2 * length <= room_bytes
    }
    for worker, _ in workers:
        worker.start()
    try:
        samples = take_turns(conditions, ROUNDS, BOX_S)
    finally:
        for worker, end in workers:
            end(b"")
            worker.join()
    told: Measured = {"ways": list(ways), "sizes_bytes": SIZES_BYTES, "name_pickled_bytes": name_bytes}
    return {**told, "pickled_bytes": pickled_bytes, **samples}


def judge(measured: Measured) -> Judgement:
    """Hold the claim if, at every size and in both ways, a process certainly takes longer than a thread."""
    lengths = [int(length) for length in samples_in(measured, "sizes_bytes")]
    pairs = [(way, length) for way in ("pickle", "shared_memory") for length in lengths if _has(measured, way, length)]
    dearer = {pair: _against(measured, "thread", *pair) for pair in pairs}
    seen = "; ".join(_in_words(measured, length) for length in (lengths[0], lengths[-1]))
    cheap = _listed(pair for pair, ratio in dearer.items() if ratio.high < 1)
    unclear = _listed(pair for pair, ratio in dearer.items() if ratio.low <= 1 <= ratio.high)
    dear = _listed(pair for pair, ratio in dearer.items() if ratio.low > 1)
    rounds = min(ratio.n for ratio in dearer.values())
    if rounds < FEWEST_ROUNDS:
        reason = f"there was time for {rounds} rounds only, and it takes {FEWEST_ROUNDS}; try it on a quieter machine"
        return Judgement(Holds.CANNOT_TELL, seen, reason)
    if cheap:
        reason = f"processes took less time than a thread for {cheap}; more for {dear or 'no other'}"
        return Judgement(Holds.DOES_NOT_HOLD, seen, reason)
    if unclear:
        reason = (
            f"processes took more time than a thread for {dear or 'none'}; it did not show for {unclear}: "
            "small exchanges depend on which cores the two happen to be on"
        )
        return Judgement(Holds.CANNOT_TELL, seen, reason)
    mended = [
        length
        for way, length in pairs
        if way == "shared_memory" and _against(measured, "shared_memory", "pickle", length).low > 1
    ]
    sharing = f"is quicker than pickling for {', '.join(map(size, mended))}, yet" if mended else "does not help:"
    reason = (
        "a process took longer than a thread at every size, for a thread is handed the object itself; "
        f"shared memory {sharing} what is written in and read out is copied too"
    )
    return Judgement(Holds.HOLDS, seen, reason)


def _has(measured: Measured, way: str, length: int) -> bool:
    return f"{way}_{length}_bytes_s" in measured


def _against(measured: Measured, other: str, way: str, length: int) -> Estimate:
    return ratios(samples_in(measured, f"{way}_{length}_bytes_s"), samples_in(measured, f"{other}_{length}_bytes_s"))


def _listed(pairs: Iterable[tuple[str, int]]) -> str:
    sizes: dict[str, list[str]] = defaultdict(list)
    for way, length in pairs:
        sizes[way.replace("_", " ")].append(size(length))
    return " and ".join(f"{', '.join(listed)} by {way}" for way, listed in sizes.items())


def _in_words(measured: Measured, length: int) -> str:
    """Say what a size takes there and back: by a thread, and how many times that in the other ways."""
    thread, *others = words_in(measured, "ways")
    taken = in_seconds(median_of(samples_in(measured, f"{thread}_{length}_bytes_s")))
    ratio = [
        f"{in_times(_against(measured, thread, way, length))} by {way.replace('_', ' ')}"
        if _has(measured, way, length)
        else f"no room in {way.replace('_', ' ')}"
        for way in others
    ]
    return f"{size(length)} there and back by thread {taken}, {', '.join(ratio)}"


if __name__ == "__main__":
    run_alone(measure, judge)
