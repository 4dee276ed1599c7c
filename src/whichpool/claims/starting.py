"""Claim 9: starting a process is slower than starting a thread; once running there is not much difference.

First each kind of worker is started with nothing to do and waited for: a thread, and a process by each start method.
Then a thread and a process that are already there do the same work in turns, each by itself, and time it themselves.
The claim has two halves, and both must hold.
"""

import multiprocessing
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from threading import Thread
from time import sleep

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import in_seconds, in_times, median_of, ratios, samples_in, words_in
from whichpool.claims.tasks import Task, Worker, at_once, one_after_other, worker_processes
from whichpool.claims.turns import take_turns
from whichpool.claims.work import count_down, steps_that_take
from whichpool.values import Holds, Judgement, Measured
from whichpool.wording import number

STARTS = 12
STARTING_BOX_S = 4.0
NOTHING: list[Task] = [(sleep, 0)]
WORK_S = 0.01  # short, so that most runs are over before another program takes the core
RUNS = 60
RUNNING_BOX_S = 2.0
# "not much difference": the layout of memory alone can make processes differ by several percent (T. Mytkowicz et al.,
# Producing wrong data without doing anything obviously wrong!, ASPLOS 2009)
LOW, HIGH = 0.8, 1.25


def _run_s(pool: Executor, steps: int) -> float:
    return pool.submit(one_after_other, [(count_down, steps)]).result()


def measure() -> Measured:
    """Time starts, and then the same work in workers that are there already; the warm-up starts the fork server."""
    kinds: dict[str, Worker] = {"thread": Thread, **worker_processes()}
    starts = {f"start_{kind}_s": partial(at_once, worker, NOTHING) for kind, worker in kinds.items()}
    started = take_turns(starts, STARTS, STARTING_BOX_S)
    steps = steps_that_take(WORK_S)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process, ThreadPoolExecutor(1) as thread:
        runs = {"run_thread_s": partial(_run_s, thread, steps), "run_process_s": partial(_run_s, process, steps)}
        return {"kinds": list(kinds), **started, **take_turns(runs, RUNS, RUNNING_BOX_S)}


def judge(measured: Measured) -> Judgement:
    """Both halves hold if each start method takes surely longer, and the rates are surely closer than a quarter."""
    starts = {kind: samples_in(measured, f"start_{kind}_s") for kind in words_in(measured, "kinds")}
    running = ratios(samples_in(measured, "run_process_s"), samples_in(measured, "run_thread_s"))
    seen = "starting took " + ", ".join(f"{in_seconds(median_of(took_s))} ({kind})" for kind, took_s in starts.items())
    seen += f"; the same work in a running process took {in_times(running)} as long as in a thread"
    thread_s = starts.pop("thread")
    slower = {method: ratios(took_s, thread_s) for method, took_s in starts.items()}
    failed = [f"starting a process by {method} was faster" for method, times in slower.items() if times.high < 1]
    if running.high < LOW or running.low > HIGH:
        failed.append("once running, the two differed by more than a quarter")
    if failed:
        return Judgement(Holds.DOES_NOT_HOLD, seen, " and ".join(failed))
    open_halves = []
    if any(times.low <= 1 for times in slower.values()):
        open_halves.append("whether starting is slower")
    if running.low < LOW or running.high > HIGH:
        open_halves.append("whether the rates differ by less than a quarter")
    if open_halves:
        reason = f"{' and '.join(open_halves)} did not show; try a quieter machine"
        return Judgement(Holds.CANNOT_TELL, seen, reason)
    least = number(min(times.low for times in slower.values()))
    reason = (
        f"a process took at least {least} times as long to start; once running they differed by less than a quarter"
    )
    return Judgement(Holds.HOLDS, seen, reason)


if __name__ == "__main__":
    run_alone(measure, judge)
