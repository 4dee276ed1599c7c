"""Claim 11: processes use several cores and bypass the GIL.

The same Python work is split among 1, 2, 4, ... workers, up to twice the usable cores: once among processes, once among
threads. All of them run before the clock starts, so no start-up is counted, and each tells the processor time it got:
processes that were given two cores must be faster than one. Where as many threads are not, the GIL is what held them.
"""

import multiprocessing
from collections.abc import Mapping, Sequence
from functools import partial
from math import ceil
from multiprocessing.connection import Connection
from threading import Thread
from time import perf_counter, thread_time

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import figure_in, in_times, median_of, ratios, samples_in
from whichpool.claims.turns import take_turns
from whichpool.claims.work import count_down, has_gil, steps_that_take
from whichpool.machine.cores import usable_cores
from whichpool.values import Estimate, Holds, Judgement, Measured
from whichpool.wording import interval, number

WORK_S = 0.12
COUNTS = (1, 2, 4, 8)
ROUNDS = 10
BOX_S = 5.5
ENOUGH = 1 / 3  # of a core, for each core beyond the first: more than a second hyper-thread of one core gives


def work(talk: Connection) -> None:
    """Count down from what is sent, again and again, until that is 0, and tell the processor time it took."""
    while steps := talk.recv():
        begun_s = thread_time()
        count_down(steps)
        talk.send(thread_time() - begun_s)


def _split_s(workers: Sequence[Connection], steps: int, cores_used: list[float]) -> float:
    begun_s = perf_counter()
    for worker in workers:
        worker.send(steps // len(workers))
    processor_s = sum(worker.recv() for worker in workers)
    taken_s = perf_counter() - begun_s
    cores_used.append(processor_s / taken_s)
    return taken_s


def _one_for_each(cores: float) -> int:
    return min(ceil(cores), COUNTS[-1])


def measure() -> Measured:
    """Time the same work split among more and more workers, in rounds."""
    cores = usable_cores().usable
    counts = sorted({_one_for_each(cores), *(count for count in COUNTS if count <= 2 * ceil(cores))})
    steps = steps_that_take(WORK_S)
    workers: list[tuple[Connection, multiprocessing.Process | Thread]] = []
    conditions = {}
    cores_used: dict[str, list[float]] = {}
    try:
        for name in ("processes", "threads"):  # in this order: a process is best forked while there is one thread
            for _ in range(counts[-1]):
                talk, other = multiprocessing.Pipe()
                kind = multiprocessing.Process if name == "processes" else Thread
                workers.append((talk, kind(target=work, args=(other,), daemon=True)))
                workers[-1][1].start()
            talks = [talk for talk, _ in workers[-counts[-1] :]]
            for count in counts:
                used = cores_used[f"{name}_{count}_cores"] = []
                conditions[f"{name}_{count}_s"] = partial(_split_s, talks[:count], steps, used)
        samples = take_turns(conditions, ROUNDS, BOX_S)
    finally:
        for talk, worker in workers:
            talk.send(0)
            worker.join()
    counted = {name: used[1:] for name, used in cores_used.items()}  # the first round warms up
    return {"gil": has_gil(), "cores": cores, "counts": counts, **samples, **counted}


def judge(measured: Measured) -> Judgement:
    """Hold the claim if a process for each core gains enough and, where there is a GIL, as many threads do not."""
    cores = figure_in(measured, "cores")
    at = _one_for_each(cores)
    processes, threads = _speedups(measured, "processes"), _speedups(measured, "threads")
    given = median_of(samples_in(measured, f"processes_{at}_cores"))
    enough = 1 + ENOUGH * (min(cores, at) - 1)
    process_gains, thread_gains = _exceeds(processes[at], enough), _exceeds(threads[at], enough)
    many = f"{at} processes are at least {number(enough)} times as fast as one"
    if cores <= 1:
        holds, reason = Holds.CANNOT_TELL, "one core does one thing at a time; it takes two to tell"
    elif process_gains is None or not (process_gains or _exceeds(given, enough)):
        holds = Holds.CANNOT_TELL
        reason = f"whether {many} did not show: they got {_cores(given)}; try a quieter machine"
    elif not process_gains:
        holds, reason = Holds.DOES_NOT_HOLD, f"it is not so that {many}, though they got {_cores(given)}"
    elif not measured["gil"]:
        holds, reason = Holds.HOLDS, f"{many}; no GIL is on in this Python, so there is none that they could bypass"
    elif thread_gains is None:
        holds, reason = Holds.CANNOT_TELL, f"{many}, but whether threads are so too did not show"
    elif thread_gains:
        holds, reason = Holds.DOES_NOT_HOLD, f"{many}, but so are {at} threads, although the GIL is on"
    else:
        holds, reason = Holds.HOLDS, f"{many}, and the GIL keeps {at} threads from being so"
    seen = f"against one worker: {_in_words(processes, 'processes')}; {_in_words(threads, 'threads')}; {cores:g} cores"
    return Judgement(holds, seen, reason)


def _speedups(measured: Measured, name: str) -> dict[int, Estimate]:
    counts = [int(count) for count in samples_in(measured, "counts")]
    return {
        count: ratios(samples_in(measured, f"{name}_1_s"), samples_in(measured, f"{name}_{count}_s"))
        for count in counts
    }


def _exceeds(estimate: Estimate, threshold: float) -> bool | None:
    if estimate.low <= threshold <= estimate.high:
        return None
    return estimate.low > threshold


def _cores(used: Estimate) -> str:
    return f"{number(used.value)} cores' time ({interval(used)})"


def _in_words(speedups: Mapping[int, Estimate], name: str) -> str:
    return ", ".join(f"{count} {name} {in_times(speedup)}" for count, speedup in speedups.items() if count > 1)


if __name__ == "__main__":
    run_alone(measure, judge)
