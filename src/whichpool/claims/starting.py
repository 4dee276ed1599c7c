"""Claim 9: starting a process is slower than starting a thread; once running there is not much difference.

First each kind of worker is started with nothing to do and waited for: a thread, a process by each start method, and an
interpreter where Python has them. Then a thread and a process that are already there do the same work in turns, each by
itself, and time it themselves. The claim has two halves, and both must hold.
"""

import multiprocessing
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from importlib import import_module
from time import perf_counter, sleep
from typing import Any

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import figure_in, in_seconds, in_times, median_of, ratios, samples_in, words_in
from whichpool.claims.turns import take_turns
from whichpool.claims.work import count_down, steps_that_take
from whichpool.values import Holds, Judgement, Measured
from whichpool.wording import duration

STARTS = 12
STARTING_BOX_S = 4.0
WORK_S = 0.01  # short, so that most runs are over before another program takes the core
RUNS = 60
RUNNING_BOX_S = 2.0
# "not much difference": the layout of memory alone can make processes differ by several percent (T. Mytkowicz et al.,
# Producing wrong data without doing anything obviously wrong!, ASPLOS 2009)
LOW, HIGH = 0.8, 1.25


def work_s(steps: int) -> float:
    """Do the work, and tell how long it took."""
    begun_s = perf_counter()
    count_down(steps)
    return perf_counter() - begun_s


def _start_s(kind: Callable[..., Any]) -> float:
    begun_s = perf_counter()
    worker = kind(target=sleep, args=(0,))  # so that a process need not import this file
    worker.start()
    worker.join()
    return perf_counter() - begun_s


def _interpreter_s(interpreters: Any) -> float:  # noqa: ANN401 - a module of Python 3.14
    begun_s = perf_counter()
    interpreter = interpreters.create()
    interpreter.exec("pass")
    interpreter.close()
    return perf_counter() - begun_s


def _kinds() -> dict[str, Callable[[], float]]:
    kinds: dict[str, Callable[[], float]] = {"start_thread_s": partial(_start_s, threading.Thread)}
    for method in multiprocessing.get_all_start_methods():
        context: Any = multiprocessing.get_context(method)
        kinds[f"start_{method}_s"] = partial(_start_s, context.Process)
    with suppress(ModuleNotFoundError):  # before Python 3.14
        kinds["start_interpreter_s"] = partial(_interpreter_s, import_module("concurrent.interpreters"))
    return kinds


def measure() -> Measured:
    """Time starts, and then the same work in workers that are there already; the first fork server counts apart."""
    kinds = _kinds()
    with warnings.catch_warnings():
        # a thread that was joined may be in the kernel a moment longer; no thread of ours is there to be forked
        warnings.filterwarnings("ignore", "(?s).*multi-threaded", DeprecationWarning)
        first_s = kinds["start_forkserver_s"]() if "start_forkserver_s" in kinds else None
        starts = take_turns(kinds, STARTS, STARTING_BOX_S)
    steps = steps_that_take(WORK_S)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process, ThreadPoolExecutor(1) as thread:
        runs: dict[str, Callable[[], float]] = {
            "run_thread_s": lambda: thread.submit(work_s, steps).result(),
            "run_process_s": lambda: process.submit(work_s, steps).result(),
        }
        running = take_turns(runs, RUNS, RUNNING_BOX_S)
    methods = multiprocessing.get_all_start_methods()
    return {"methods": methods, "first_forkserver_s": first_s, **starts, **running}


def judge(measured: Measured) -> Judgement:
    """Both halves hold if each start method takes surely longer, and the rates are surely closer than a quarter."""
    methods = words_in(measured, "methods")
    thread_s = samples_in(measured, "start_thread_s")
    starts = {name: ratios(samples_in(measured, f"start_{name}_s"), thread_s) for name in methods}
    running = ratios(samples_in(measured, "run_process_s"), samples_in(measured, "run_thread_s"))
    interpreters = ["interpreter"] if "start_interpreter_s" in measured else []
    seen = "starting: " + ", ".join(
        f"{name} {in_seconds(median_of(samples_in(measured, f'start_{name}_s')))}"
        for name in ("thread", *methods, *interpreters)
    )
    if "forkserver" in methods:
        seen += f", forkserver with its server {duration(figure_in(measured, 'first_forkserver_s'))} once"
    seen += f"; the same work in a running process took {in_times(running)} as long as in a thread"
    slower = all(start.low > 1 for start in starts.values())
    alike = running.low >= LOW and running.high <= HIGH
    failed = [f"starting by {name} was not slower" for name, start in starts.items() if start.high < 1]
    if running.high < LOW or running.low > HIGH:
        failed.append(f"once running, the process differed by more than a quarter: {in_times(running)}")
    if failed:
        return Judgement(Holds.DOES_NOT_HOLD, seen, " and ".join(failed))
    if slower and alike:
        factors = ", ".join(f"{in_times(start)} by {name}" for name, start in starts.items())
        reason = f"a process took longer to start, {factors}; once running the two differed by less than a quarter"
        return Judgement(Holds.HOLDS, seen, reason)
    halves = {"whether starting is slower": slower, "whether the rates differ by less than a quarter": alike}
    unknown = " and ".join(half for half, shown in halves.items() if not shown)
    return Judgement(Holds.CANNOT_TELL, seen, f"{unknown} did not show; try a quieter machine")


if __name__ == "__main__":
    run_alone(measure, judge)
