"""Claim 7: a thread cannot be killed; a process can.

Threads and processes run a call that has no end. The threads are asked to stop by an event, which they look at between
two calls, for threading offers nothing stronger; then an exception is raised in them by way of CPython's C API.
Processes are terminated and killed. What counts is the time from asking to gone. The threads live in a process of their
own and end with it.
"""

import ctypes
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from time import monotonic, perf_counter, sleep
from typing import Any, cast

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import in_seconds, median_of, samples_in, words_in
from whichpool.claims.turns import take_turns
from whichpool.claims.work import count_down
from whichpool.values import Holds, Judgement, Measured
from whichpool.wording import duration

THREADS = 3
PATIENCE_S = 1.0
ENDLESS = 10**18
LONG_S = 3600.0
WAYS = ("terminate", "kill")
STRONGER = ("abort", "cancel", "interrupt", "kill", "stop", "terminate")
ROUNDS = 5
BOX_S = 3.0


def spin_in_thread(started: threading.Event, stop: threading.Event) -> None:
    """Run Python code until asked to stop, but look only between two calls, of which the first has no end."""
    started.set()
    while not stop.is_set():
        count_down(ENDLESS)


def spin_in_process(started: Connection) -> None:
    """Run the same call in a process."""
    started.send(None)
    count_down(ENDLESS)


def _still_running(threads: Sequence[threading.Thread], patience_s: float) -> int:
    until_s = monotonic() + patience_s
    for thread in threads:
        thread.join(max(0.0, until_s - monotonic()))
    return sum(thread.is_alive() for thread in threads)


def ask_threads(patience_s: float, answer: Connection) -> None:
    """Ask threads that spin, and by exception also threads that wait in C; tell how many run on after each asking."""
    started, stop = threading.Event(), threading.Event()
    spinning = [threading.Thread(target=spin_in_thread, args=(started, stop), daemon=True) for _ in range(THREADS)]
    waiting = [threading.Thread(target=sleep, args=(LONG_S,), daemon=True) for _ in range(THREADS)]
    for thread in (*spinning, *waiting):
        thread.start()
    started.wait()
    stop.set()
    after_event = _still_running(spinning, patience_s)
    for thread in (*spinning, *waiting):
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit))
    answer.send((after_event, _still_running(spinning, patience_s), _still_running(waiting, patience_s)))


@contextmanager
def _process(method: str, target: Callable[[Connection], None]) -> Iterator[tuple[BaseProcess, Any]]:
    """Start a process, and give it with the first word that it tells; kill it in the end."""
    context: Any = multiprocessing.get_context(method)
    hearing, telling = context.Pipe(duplex=False)
    process = context.Process(target=target, args=(telling,), daemon=True)
    process.start()
    telling.close()
    try:
        yield process, hearing.recv()
    finally:
        process.kill()
        process.join()
        hearing.close()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _gone_s(method: str, way: str, pids: list[int]) -> float:
    with _process(method, spin_in_process) as (process, _):
        pids.append(process.pid or 0)
        begun_s = perf_counter()
        getattr(process, way)()
        process.join(PATIENCE_S)
        return perf_counter() - begun_s


def measure() -> Measured:
    """Ask threads and processes to stop, and count what is left of them in the end."""
    pids: list[int] = []
    methods = multiprocessing.get_all_start_methods()
    asked = {f"{method}_{way}_s": partial(_gone_s, method, way, pids) for method in methods for way in WAYS}
    gone_s = take_turns(asked, ROUNDS, BOX_S)
    with _process("spawn", partial(ask_threads, PATIENCE_S)) as (process, told):
        pids.append(process.pid or 0)
        after_event, after_exception, waiting = told
    return {
        "threads": THREADS,
        "running_after_event": after_event,
        "running_after_exception": after_exception,
        "waiting_after_exception": waiting,
        "stronger_ways": [name for name in STRONGER if hasattr(threading.Thread, name)],
        "patience_s": PATIENCE_S,
        "left_running": sum(map(_exists, pids)),
        "methods": methods,
        **gone_s,
    }


def judge(measured: Measured) -> Judgement:
    """It holds if every thread runs on for longer than any process takes to be gone: both are counted."""
    count = cast("Mapping[str, int]", measured)
    patience_s, threads, running = count["patience_s"], count["threads"], count["running_after_event"]
    gone_s = {
        method: [took_s for way in WAYS for took_s in samples_in(measured, f"{method}_{way}_s")]
        for method in words_in(measured, "methods")
    }
    gone = ", ".join(f"{in_seconds(median_of(taken_s))} ({method})" for method, taken_s in gone_s.items())
    seen = (
        f"{running} of {threads} spinning threads ran on {duration(patience_s)} after being asked; spinning processes, "
        f"terminated or killed, were gone in {gone}"
    )
    late = {method: sum(took_s >= patience_s for took_s in taken_s) for method, taken_s in gone_s.items()}
    found = f"{threads - running} of {threads} threads ended in time, and {sum(late.values())} processes did not"
    if running < threads or count["left_running"] or any(late[method] == len(gone_s[method]) for method in late):
        return Judgement(Holds.DOES_NOT_HOLD, seen, f"{found}; {count['left_running']} were left in the end")
    if any(late.values()):
        return Judgement(Holds.CANNOT_TELL, seen, f"{found}, though others of their kind did; try a quieter machine")
    if stronger := words_in(measured, "stronger_ways"):
        return Judgement(Holds.CANNOT_TELL, seen, f"threads of this Python have {', '.join(stronger)}: not tried")
    reason = (
        "threading has only the asking, and a thread that does not look runs on; an exception raised through CPython's "
        f"C API ended {threads - count['running_after_exception']} of {threads} threads that ran Python code, but "
        f"{threads - count['waiting_after_exception']} of {threads} that waited in C"
    )
    return Judgement(Holds.HOLDS, seen, reason)


if __name__ == "__main__":
    run_alone(measure, judge)
