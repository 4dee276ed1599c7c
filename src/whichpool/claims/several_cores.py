"""Claim 11: processes use several cores and bypass the GIL.

The same Python work is split among 1, 2, 4, ... workers, up to twice the usable cores: among processes, and among
threads. The warm-up has started them, so no start-up is counted. As a control threads hash, in C and without the GIL:
where not even that gains, no cores are to spare, and processes that gain nothing prove nothing.
"""

from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from math import ceil
from time import perf_counter

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import figure_in, in_times, ratios, samples_in
from whichpool.claims.turns import take_turns
from whichpool.claims.work import blocks_that_take, count_down, hash_blocks, steps_that_take
from whichpool.machine.cores import usable_cores
from whichpool.machine.gil import gil_is_on
from whichpool.values import Estimate, Holds, Judgement, Measured
from whichpool.wording import number

WORK_S = 0.06
MOST = 8
ROUNDS = 16
BOX_S = 5.5
ENOUGH = 1 / 3  # of a core, for each core beyond the first: more than a second hyper-thread of one core gives


def one_for_each(cores: float) -> int:
    """Tell how many workers the rule looks at."""
    return min(ceil(cores), MOST)


def _split_s(pool: Executor, work: Callable[[int], None], amount: int, workers: int) -> float:
    begun_s = perf_counter()
    list(pool.map(work, [amount // workers] * workers))
    return perf_counter() - begun_s


def measure() -> Measured:
    """Time the same work split among more and more workers, in turns."""
    cores = usable_cores().usable
    most, at = min(2 * ceil(cores), MOST), one_for_each(cores)
    counts = sorted({1, 2, at, most})
    steps, blocks = steps_that_take(WORK_S), blocks_that_take(WORK_S)
    with ProcessPoolExecutor(most) as processes, ThreadPoolExecutor(most) as threads:
        list(processes.map(count_down, [1] * most))  # a process is best forked while there is one thread
        conditions = {
            f"processes_{count}_s": partial(_split_s, processes, count_down, steps, count) for count in counts
        }
        conditions |= {f"threads_{count}_s": partial(_split_s, threads, count_down, steps, count) for count in counts}
        conditions |= {
            f"hashing_{count}_s": partial(_split_s, threads, hash_blocks, blocks, count) for count in (1, at)
        }
        samples = take_turns(conditions, ROUNDS, BOX_S)
    return {"gil": gil_is_on(), "cores": cores, "counts": counts, **samples}


def judge(measured: Measured) -> Judgement:
    """Hold the claim if a process for each core gains enough and, where there is a GIL, as many threads do not."""
    cores = figure_in(measured, "cores")
    at = one_for_each(cores)
    processes, threads, hashing = (_speedup(measured, kind, at) for kind in ("processes", "threads", "hashing"))
    enough = 1 + ENOUGH * (min(cores, at) - 1)
    many = f"{at} processes were at least {number(enough)} times as fast as one"
    if cores <= 1:
        holds, reason = Holds.CANNOT_TELL, "one core does one thing at a time; it takes two to tell"
    elif processes.high < enough < hashing.low:
        holds, reason = Holds.DOES_NOT_HOLD, f"it is not so that {many}, though threads that hash were so"
    elif processes.low <= enough:
        holds, reason = Holds.CANNOT_TELL, f"whether {many} did not show; try a quieter machine"
    elif not measured["gil"]:
        holds, reason = Holds.HOLDS, f"{many}; no GIL is on in this Python, so there is none that they could bypass"
    elif threads.low > enough:
        holds, reason = Holds.DOES_NOT_HOLD, f"{many}, but so were {at} threads, although the GIL is on"
    elif threads.high >= enough:
        holds, reason = Holds.CANNOT_TELL, f"{many}, but whether threads were so too did not show"
    else:
        holds, reason = Holds.HOLDS, f"{many}, and the GIL kept {at} threads from being so"
    seen = f"on {cores:g} core{'' if cores == 1 else 's'}, against one worker: " + ", ".join(
        f"{count:g} {kind} {in_times(_speedup(measured, kind, count))}"
        for kind in ("processes", "threads")
        for count in samples_in(measured, "counts")
        if count > 1
    )
    return Judgement(holds, f"{seen}, {at} threads that hash {in_times(hashing)}", reason)


def _speedup(measured: Measured, kind: str, workers: float) -> Estimate:
    return ratios(samples_in(measured, f"{kind}_1_s"), samples_in(measured, f"{kind}_{workers:g}_s"))


if __name__ == "__main__":
    run_alone(measure, judge)
