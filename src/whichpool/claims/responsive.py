"""Claim 6: threads keep a user interface responsive.

A user interface is an event loop that must not be held up. This one should tick every 10 ms while a piece of work runs
in the loop itself, in a thread, and in a process; what counts is how late its ticks come. The work is Python code,
which gives up the GIL every few milliseconds when others want it; hashing, which needs none; and, in a thread only,
one long call in C that keeps it to the end.
"""

import asyncio
import multiprocessing
import random
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from statistics import median, quantiles
from time import monotonic, perf_counter

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import in_seconds, median_of, samples_in
from whichpool.claims.work import count_down, has_gil, hash_blocks
from whichpool.values import Holds, Judgement, Measured
from whichpool.wording import duration

TICK_S = 0.01
WORK_S = 0.13
ROUNDS = 6
ROUNDS_WITH_C_CALL = 2
BOX_S = 6.5
NOTICED_S = 0.1  # up to here an answer feels instantaneous: J. Nielsen, Usability Engineering (1993), 5.5
WORKS = {"python": "Python code", "hashing": "hashing"}
PLACES = ("loop", "thread", "process")


def run_python() -> None:
    """Run Python code for a while."""
    _keep_at(count_down, 1_000)


def run_hashing() -> None:
    """Hash in C, a mebibyte a call, for a while."""
    _keep_at(hash_blocks, 1)


def _keep_at(work: Callable[[int], None], amount: int) -> None:
    until_s = monotonic() + WORK_S
    while monotonic() < until_s:
        work(amount)


def run_c_call() -> None:
    """Run one long call in C that never lets go of the GIL, for a good while too."""
    sum(range(24_000_000))


async def _in_the_loop(work: Callable[[], None]) -> None:
    work()


async def _delays_s(running: asyncio.Future[None]) -> list[float]:
    """Tick until the work is done, the tick that it held up included; tell how late each tick came."""
    delays_s = []
    while not running.done():
        due_s = perf_counter() + TICK_S
        await asyncio.sleep(TICK_S)
        delays_s.append(max(0.0, perf_counter() - due_s))
    await running
    return delays_s


async def _rounds(pool: ProcessPoolExecutor) -> dict[str, list[float]]:
    loop = asyncio.get_running_loop()
    works = {"python": run_python, "hashing": run_hashing, "c_call": run_c_call}
    places: dict[str, Callable[[Callable[[], None]], Awaitable[None]]] = {
        "loop": _in_the_loop,
        "thread": asyncio.to_thread,
        "process": lambda work: loop.run_in_executor(pool, work),
    }
    await asyncio.gather(places["thread"](run_hashing), places["process"](run_hashing))  # starts both
    conditions = [(work, place) for work in WORKS for place in PLACES]
    seen: dict[str, list[float]] = {}
    until_s = monotonic() + BOX_S
    for done in range(ROUNDS):
        if done and monotonic() > until_s:
            break
        now = conditions + [("c_call", "thread")] * (done < ROUNDS_WITH_C_CALL)
        for work, place in random.sample(now, len(now)):
            delays_s = await _delays_s(asyncio.ensure_future(places[place](works[work])))
            seen.setdefault(f"{work}_{place}_delay_s", []).extend(delays_s)
            seen.setdefault(f"{work}_{place}_worst_s", []).append(max(delays_s))
    return seen


def measure() -> Measured:
    """Collect how late ticks come: all delays, and the worst one of each piece of work."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return {"gil": has_gil(), **asyncio.run(_rounds(pool))}


def judge(measured: Measured) -> Judgement:
    """Threads keep it responsive if the worst delay, over :data:`NOTICED_S` in the loop itself, stays below in them."""
    worst = {
        f"{work}_{place}": median_of(samples_in(measured, f"{work}_{place}_worst_s"))
        for work in WORKS
        for place in PLACES
    }
    seen = "worst delay of a tick, work in the loop, in a thread, in a process: " + "; ".join(
        f"{name} " + ", ".join(in_seconds(worst[f"{work}_{place}"]) for place in PLACES) for work, name in WORKS.items()
    )
    noticed = duration(NOTICED_S)
    late = [name for work, name in WORKS.items() if worst[f"{work}_thread"].low > NOTICED_S]
    if any(worst[f"{work}_loop"].low <= NOTICED_S for work in WORKS):
        reason = f"work in the loop did not surely hold it up by {noticed}: nothing to compare; try a quieter machine"
        return Judgement(Holds.CANNOT_TELL, seen, reason)
    if late:
        reason = f"in a thread, {' and '.join(late)} held the loop up by more than the {noticed} that people notice"
        return Judgement(Holds.DOES_NOT_HOLD, seen, reason)
    if any(worst[f"{work}_thread"].high >= NOTICED_S for work in WORKS):
        reason = f"the worst delay may or may not stay below {noticed}; try a quieter machine"
        return Judgement(Holds.CANNOT_TELL, seen, reason)
    usual = " and ".join(_usual(name, samples_in(measured, f"{work}_thread_delay_s")) for work, name in WORKS.items())
    thread = "in a thread" if measured["gil"] else "in a thread, without a GIL"
    reason = f"{thread}, {usual}, at worst less than the {noticed} that people notice"
    frozen_s = min(samples_in(measured, "c_call_thread_worst_s"))
    if frozen_s > NOTICED_S:
        reason += f"; but one call in C that keeps the GIL held it up by at least {duration(frozen_s)} each time"
    return Judgement(Holds.HOLDS, seen, reason)


def _usual(name: str, delays_s: Sequence[float]) -> str:
    high_s = quantiles(delays_s, n=20)[-1] if len(delays_s) > 1 else delays_s[0]
    return f"{name} made ticks {duration(median(delays_s))} late ({duration(high_s)} at the 95th percentile)"


if __name__ == "__main__":
    run_alone(measure, judge)
