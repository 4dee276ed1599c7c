"""Claim 7: a thread cannot be killed; a process can.

A thread and processes run a call that has no end. ``threading`` has no way to kill: the thread is asked by an event,
which it looks at between two calls. The processes are killed. What counts is the time from asking to gone. The thread
lives in a process of its own and ends with that. (CPython's C API can raise an exception in a thread, but the thread
must run Python code to meet it: one that waits in C does not.)
"""

import multiprocessing
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from threading import Event, Thread
from time import perf_counter
from typing import Any

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import figure_in, in_seconds, median_of, samples_in, words_in
from whichpool.claims.turns import take_turns
from whichpool.claims.work import count_down
from whichpool.values import Holds, Judgement, Measured
from whichpool.wording import count, duration

PATIENCE_S = 0.5
ENDLESS = 10**18
ROUNDS = 7
BOX_S = 6.0


def spin(begun: Connection, stop: Event | None = None) -> None:
    """Make one endless call after another, and look in between whether to stop."""
    begun.send(None)
    while True:
        count_down(ENDLESS)
        if stop and stop.is_set():
            return


def ask_thread(telling: Connection, patience_s: float) -> None:
    """Ask a thread that spins to stop; tell how long it took to be gone, or the patience spent."""
    hearing, begun = multiprocessing.Pipe(duplex=False)
    stop = Event()
    thread = Thread(target=spin, args=(begun, stop), daemon=True)
    thread.start()
    hearing.recv()
    begun_s = perf_counter()
    stop.set()
    thread.join(patience_s)
    telling.send(perf_counter() - begun_s)


def _gone_s(method: str, target: Callable[[Connection], None]) -> float:
    """Start a process and kill it once it tells something: the time that its thread took, or that it spins itself."""
    context: Any = multiprocessing.get_context(method)
    hearing, telling = context.Pipe(duplex=False)
    process = context.Process(target=target, args=(telling,), daemon=True)
    process.start()
    telling.close()
    with hearing:
        told = hearing.recv()
    begun_s = perf_counter()
    process.kill()
    process.join(PATIENCE_S)
    return perf_counter() - begun_s if told is None else float(told)


def measure() -> Measured:
    """Ask a thread and kill processes, in turns; count the processes that are left in the end."""
    methods = multiprocessing.get_all_start_methods()
    conditions = {f"{method}_s": partial(_gone_s, method, spin) for method in methods}
    conditions["thread_s"] = partial(_gone_s, "spawn", partial(ask_thread, patience_s=PATIENCE_S))
    gone_s = take_turns(conditions, ROUNDS, BOX_S)
    return {"methods": methods, **gone_s, "left_running": len(multiprocessing.active_children())}


def judge(measured: Measured) -> Judgement:
    """Hold the claim if a thread surely outlasts :data:`PATIENCE_S` and processes surely do not."""
    thread = median_of(samples_in(measured, "thread_s"))
    processes = {method: median_of(samples_in(measured, f"{method}_s")) for method in words_in(measured, "methods")}
    patience = duration(PATIENCE_S)
    outlasted = min(samples_in(measured, "thread_s")) >= PATIENCE_S
    told = f"still ran {patience} after" if outlasted else f"was gone {in_seconds(thread)} after"
    seen = f"a spinning thread {told} being asked; a spinning process, killed, was gone after "
    seen += ", ".join(f"{in_seconds(process)} ({method})" for method, process in processes.items())
    if thread.high < PATIENCE_S:
        return Judgement(Holds.DOES_NOT_HOLD, seen, "the thread stopped in the middle of a call")
    if any(process.low >= PATIENCE_S for process in processes.values()) or figure_in(measured, "left_running"):
        reason = f"processes were killed that were not gone {patience} after"
        return Judgement(Holds.DOES_NOT_HOLD, seen, reason)
    if thread.low < PATIENCE_S or any(process.high >= PATIENCE_S for process in processes.values()):
        rounds = f"{count(thread.n, 'round')} do not tell on which side of {patience} the times lie"
        return Judgement(Holds.CANNOT_TELL, seen, f"{rounds}; try a quieter machine")
    reason = (
        "a thread that does not look runs on, and threading has nothing stronger; every process was gone when killed"
    )
    return Judgement(Holds.HOLDS, seen, reason)


if __name__ == "__main__":
    run_alone(measure, judge)
