"""Claim 6: threads keep a user interface responsive.

A user interface is an event loop that must not be held up. This one should tick every 10 ms while a piece of work runs
in the loop itself, in a thread, or in a process; what counts is the worst delay of a tick. The work is counting in
Python, which holds the GIL but gives it up every few milliseconds when others want it, and hashing, which needs none.
(One long call in C that keeps the GIL, such as ``sum(range(10**8))``, holds up the loop from a thread too.)
"""

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from time import monotonic, perf_counter

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import in_seconds, median_of, samples_in
from whichpool.claims.turns import take_turns
from whichpool.claims.work import count_down, hash_blocks
from whichpool.values import Holds, Judgement, Measured
from whichpool.wording import duration

TICK_S = 0.01
WORK_S = 0.13
ROUNDS = 7
BOX_S = 6.0
NOTICED_S = 0.1  # up to here an answer feels instantaneous: J. Nielsen, Usability Engineering (1993), 5.5
WORKS = {"counting": (count_down, 1_000), "hashing": (hash_blocks, 1)}
PLACES = ("loop", "thread", "process")


def keep_at(function: Callable[[int], None], amount: int) -> None:
    """Work in small steps for a while."""
    until_s = monotonic() + WORK_S
    while monotonic() < until_s:
        function(amount)


async def _run(work: Callable[[], None], pool: Executor | None) -> None:
    if pool is None:
        work()
    else:
        await asyncio.get_running_loop().run_in_executor(pool, work)


async def _tick_until_done(work: Callable[[], None], pool: Executor | None) -> float:
    running = asyncio.create_task(_run(work, pool))
    worst_s = 0.0
    while not running.done():
        due_s = perf_counter() + TICK_S
        await asyncio.sleep(TICK_S)
        worst_s = max(worst_s, perf_counter() - due_s)
    await running
    return worst_s


def _delay_s(work: Callable[[], None], pool: Executor | None) -> float:
    """Let an event loop tick while the work runs, here or in a pool; tell the worst delay of a tick."""
    return asyncio.run(_tick_until_done(work, pool))


def measure() -> Measured:
    """Take the worst delay of a tick for each work in each place, in turns."""
    with ThreadPoolExecutor(1) as thread, ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        conditions = {
            f"{work}_{place}_delay_s": partial(_delay_s, partial(keep_at, *WORKS[work]), pool)
            for work in WORKS
            for place, pool in zip(PLACES, (None, thread, process), strict=True)
        }
        return take_turns(conditions, ROUNDS, BOX_S)


def judge(measured: Measured) -> Judgement:
    """It holds if ticks that the loop's own work delays by over :data:`NOTICED_S` come earlier beside a thread's."""
    delays = {
        work: {place: median_of(samples_in(measured, f"{work}_{place}_delay_s")) for place in PLACES} for work in WORKS
    }
    seen = "worst delay of a tick: " + "; ".join(
        ", ".join(f"{in_seconds(delay)} ({work}, {place})" for place, delay in places.items())
        for work, places in delays.items()
    )
    noticed = f"the {duration(NOTICED_S)} that people notice"
    late = [work for work in WORKS if delays[work]["thread"].low > NOTICED_S]
    if any(delays[work]["process"].high >= NOTICED_S for work in late):
        reason = f"beside a process the loop was as late, so the machine delays it by {noticed}; try a quieter one"
        return Judgement(Holds.CANNOT_TELL, seen, reason)
    if any(delays[work]["loop"].low <= NOTICED_S for work in WORKS):
        reason = f"work in the loop did not surely delay it by {noticed}, so there is nothing to compare"
        return Judgement(Holds.CANNOT_TELL, seen, reason)
    if late:
        reason = f"{' and '.join(late)} in a thread delayed the loop by more than {noticed}"
        return Judgement(Holds.DOES_NOT_HOLD, seen, reason)
    if any(delays[work]["thread"].high >= NOTICED_S for work in WORKS):
        reason = f"work in a thread may or may not have delayed the loop by {noticed}; try a quieter machine"
        return Judgement(Holds.CANNOT_TELL, seen, reason)
    reason = f"neither counting nor hashing in a thread delayed the loop by {noticed}; in the loop itself both did"
    return Judgement(Holds.HOLDS, seen, reason)


if __name__ == "__main__":
    run_alone(measure, judge)
