"""Claim 10: exchanging data between processes costs more.

Bytes, from one to 64 MiB, go to somebody who runs already, and come back. A thread is handed the object itself. A
process gets it pickled, through a pipe; or in shared memory, written in and read out. Interpreters, where there are
some, get a copy. How they answer stands in ``echoes.py``. They and the asker take turns, so all are kept on one core:
who happens to be put on another is woken far more slowly, be it a thread or a process.
"""

import os
import pickle
import sys
from contextlib import ExitStack
from functools import partial
from math import inf
from pathlib import Path
from shutil import disk_usage
from statistics import median
from time import perf_counter

from whichpool.claims.alone import run_alone
from whichpool.claims.echoes import WAYS, Exchange
from whichpool.claims.evidence import in_seconds, in_times, median_of, ratios, samples_in, words_in
from whichpool.claims.turns import take_turns
from whichpool.values import Holds, Judgement, Measured
from whichpool.wording import size

KIB, MIB = 1 << 10, 1 << 20
SIZES_BYTES = (1, KIB, 64 * KIB, MIB, 64 * MIB)
ROUNDS = 15
BOX_S = 4.5  # for the rounds of a size; only the largest takes that long
SAMPLE_S = 0.003
PROCESS_WAYS = ("pickle", "shared_memory")
SHARED = Path("/dev/shm")  # noqa: S108 - only asked how much is free


def room_bytes() -> float:
    """Ask for free shared memory: who writes more, and containers often have 64 MB, is killed by the system."""
    return disk_usage(SHARED).free if SHARED.is_dir() else inf


def exchange_s(exchange: Exchange, length: int) -> float:
    """Exchange for a while, and take the median: now and then one waits for a busy core."""
    taken_s: list[float] = []
    ends_s = perf_counter() + SAMPLE_S
    while not taken_s or perf_counter() < ends_s:
        payload = [b"x" * length]  # handed over for good: who sends it need not hold it on
        begun_s = perf_counter()
        answer = exchange(payload.pop())
        taken_s.append(perf_counter() - begun_s)
        del answer
    return median(taken_s)


def measure() -> Measured:
    """Time the exchange size by size, the ways in turns."""
    measured: dict[str, float | list[float]] = {}
    with ExitStack() as stack:
        if sys.platform == "linux":
            stack.callback(os.sched_setaffinity, 0, cores := os.sched_getaffinity(0))
            os.sched_setaffinity(0, {max(cores)})
        ways = {way: stack.enter_context(open_way()) for way, open_way in WAYS.items()}
        for length in SIZES_BYTES:
            measured[f"pickled_{length}_bytes"] = len(pickle.dumps(b"x" * length))
            fitting = [way for way in ways if way != "shared_memory" or 2 * length < room_bytes()]
            conditions = {f"{way}_{length}_bytes_s": partial(exchange_s, ways[way], length) for way in fitting}
            measured |= take_turns(conditions, ROUNDS, BOX_S)
    return {"ways": list(ways), "lengths": list(map(str, SIZES_BYTES)), **measured}


def judge(measured: Measured) -> Judgement:
    """Hold the claim if even the quicker way to a process certainly costs more at most sizes, and less at none."""
    lines, times = [], {}
    for length in map(int, words_in(measured, "lengths")):
        names = {way: f"{way}_{length}_bytes_s" for way in words_in(measured, "ways")}
        taken_s = {way: samples_in(measured, name) for way, name in names.items() if name in measured}
        thread_s = taken_s.pop("thread")
        others = [f"{way.replace('_', ' ')} {in_times(ratios(way_s, thread_s))}" for way, way_s in taken_s.items()]
        lines.append(f"{size(length)}: thread {in_seconds(median_of(thread_s))}, {', '.join(others)}")
        quicker_s = min((taken_s[way] for way in PROCESS_WAYS if way in taken_s), key=median)
        times[length] = ratios(quicker_s, thread_s)
    seen = f"there and back, {lines[0]}; {lines[-1]}"
    left_out = [size(length) for length in times if f"shared_memory_{length}_bytes_s" not in measured]
    seen += f"; there was no room for shared memory of {', '.join(left_out)}" if left_out else ""
    dearer = [size(length) for length, ratio in times.items() if ratio.low > 1]
    cheaper = [size(length) for length, ratio in times.items() if ratio.high < 1]
    unclear = [size(length) for length, ratio in times.items() if ratio.low <= 1 <= ratio.high]
    told = f"even the quicker way to a process took longer than a thread at {', '.join(dearer) or 'no size'}"
    told += f", and was not told apart at {', '.join(unclear)}" if unclear else ""
    if cheaper:
        reason = f"a process took less time than a thread at {', '.join(cheaper)}; {told}"
        return Judgement(Holds.DOES_NOT_HOLD, seen, reason)
    if 2 * len(dearer) <= len(times):
        return Judgement(Holds.CANNOT_TELL, seen, f"{told}; more than half of the sizes would decide")
    return Judgement(Holds.HOLDS, seen, f"{told}; a thread is handed the object itself, a process a copy")


if __name__ == "__main__":
    run_alone(measure, judge)
