"""Claim 8: threads are lightweight; processes have a larger memory footprint.

A fresh host starts idle workers of one kind, one after the other; once each has said that it is there, the proportional
set sizes of the host and of all its descendants are summed. Pages that several share count by their share, so the sum
grows by what a worker really adds: for fork far less than its own size. The host is fresh because the C library keeps
the stacks of threads that ended. The fork server is counted with its first worker, the resource tracker not at all.
"""

import contextlib
import multiprocessing
import os
import random
import sys
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from threading import Thread
from time import monotonic

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import figure_in, in_bytes, median_of, samples_in, words_in
from whichpool.machine.process_memory import proportional_bytes
from whichpool.values import Holds, Judgement, Measured
from whichpool.wording import number, size

WORKERS = 7  # six beyond the first: as few samples as bound a median at 95 %
ROUNDS = 3
BOX_S = 3.0


def idle(way: str, talk: Connection) -> None:
    """Say that the worker is there, and wait to be let go; runs in the worker."""
    with contextlib.ExitStack() as stack:
        if way == "interpreter" and sys.version_info >= (3, 14):
            from concurrent import interpreters  # noqa: PLC0415 - older Pythons have none

            interpreter = interpreters.create()
            stack.callback(interpreter.close)
            interpreter.exec("pass")
        talk.send("idle")
        talk.recv()


def host(way: str, talk: Connection) -> None:
    """Start workers of one kind, one each time it is told to; runs in a process of its own."""
    kind: type[multiprocessing.Process | Thread] = Thread
    if way in multiprocessing.get_all_start_methods():
        multiprocessing.set_start_method(way, force=True)
        kind = multiprocessing.Process
    workers, ends = [], []
    talk.send("ready")
    while talk.recv():
        end, other = multiprocessing.Pipe()
        workers.append(kind(target=idle, args=(way, other), daemon=True))
        workers[-1].start()
        ends.append(end)
        talk.send(end.recv())
    for worker, end in zip(workers, ends, strict=True):
        end.send("go")
        worker.join()


def _tree_bytes(root: int | None) -> int:
    """Sum up what a process and its descendants have in memory."""
    parents = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has just ended
            parents[int(file.parent.name)] = int(file.read_text(errors="replace").rpartition(")")[2].split()[1])
    tree = {root}
    while more := {process for process, parent in parents.items() if parent in tree} - tree:
        tree |= more
    return sum(proportional_bytes(process) or 0 for process in tree if process)


def _added_bytes(way: str) -> list[int]:
    talk, other = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=host, args=(way, other))
    process.start()
    other.close()  # so that the host's end is seen
    totals = []
    with talk:
        for workers in range(WORKERS + 1):
            talk.recv()
            totals.append(_tree_bytes(process.pid))
            talk.send(workers < WORKERS)
    process.join()
    return [after - before for before, after in pairwise(totals)]


def measure() -> Measured:
    """Take the memory that each further worker adds, way by way, in rounds."""
    ways = ["thread", *multiprocessing.get_all_start_methods()]
    if sys.version_info >= (3, 14):
        ways.append("interpreter")
    added: dict[str, list[float]] = {f"{way}_added_bytes": [] for way in ways}
    ends_s = monotonic() + BOX_S
    for number_of_round in range(ROUNDS):
        if proportional_bytes(os.getpid()) is None or (number_of_round and monotonic() > ends_s):
            break
        for way in random.sample(ways, len(ways)):
            added[f"{way}_added_bytes"] += _added_bytes(way)
    return {"ways": ways, "workers": WORKERS, **added}


def judge(measured: Measured) -> Judgement:
    """Hold the claim if by every start method a further worker process certainly adds more than a thread."""
    every, workers = words_in(measured, "ways"), int(figure_in(measured, "workers"))
    samples = {way: samples_in(measured, f"{way}_added_bytes") for way in every}
    if not all(samples.values()):
        reason = "this system does not tell the proportional set size of a process; Linux does"
        return Judgement(Holds.CANNOT_TELL, "nothing", reason)
    further = {way: median_of([added for place, added in enumerate(samples[way]) if place % workers]) for way in every}
    seen = "a further idle worker adds " + ", ".join(f"{in_bytes(further[way])} ({way})" for way in every)
    if "forkserver" in samples:
        first = median(samples["forkserver"][::workers])
        seen += f"; the first by forkserver, with its server, {size(first)}"
    thread = further["thread"]
    processes = {way: added for way, added in further.items() if way not in {"thread", "interpreter"}}
    lighter = [way for way, added in processes.items() if added.high <= thread.low]
    if lighter:
        return Judgement(Holds.DOES_NOT_HOLD, seen, f"a process by {lighter[0]} adds no more than a thread")
    if not all(added.low > thread.high for added in processes.values()):
        reason = "what a thread and a process add was not told apart; try it when less else starts and ends here"
        return Judgement(Holds.CANNOT_TELL, seen, reason)
    least = min(processes, key=lambda way: processes[way].low)
    reason = (
        f"a further process adds at least {number(processes[least].low / thread.high)} times as much as a thread, "
        f"least by {least}; shared pages count by their share, what the workers import here is included"
    )
    return Judgement(Holds.HOLDS, seen, reason)


if __name__ == "__main__":
    run_alone(measure, judge)
