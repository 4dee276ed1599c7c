"""Claim 8: threads are lightweight; processes have a larger memory footprint.

A fresh process starts idle workers of one kind, one after the other; once each has said that it is there, the
proportional set sizes of all are summed. Pages that several share count by their share, so the sum grows by what a
worker really adds: for fork far less than its own size. The first worker of each is kept apart, because it brings along
what is loaded once, and by forkserver the server. The process is fresh because stacks of ended threads are kept.
"""

import multiprocessing
import os
import random
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing.connection import Connection
from threading import Thread
from time import monotonic

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import in_bytes, median_of, samples_in, words_in
from whichpool.claims.tasks import worker_processes
from whichpool.machine.process_memory import proportional_bytes
from whichpool.values import Holds, Judgement, Measured
from whichpool.wording import number

WORKERS = 7  # six beyond the first: as few samples as bound a median at 95 %
ROUNDS = 3
BOX_S = 3.0


def idle(talk: Connection) -> None:
    """Say which process this is and which started it, and wait to be let go; runs in the worker."""
    talk.send({os.getpid(), os.getppid()})
    talk.recv()


def added_bytes(way: str, workers: int) -> list[int]:
    """Start workers of one kind, and tell what each of them adds; runs in a fresh process."""
    start = {"thread": Thread, **worker_processes()}[way]
    processes = {os.getpid()}
    totals, running = [_total_bytes(processes)], []
    for _ in range(workers):
        talk, other = multiprocessing.Pipe()
        running.append((talk, start(target=idle, args=(other,), daemon=True)))
        running[-1][1].start()
        processes |= talk.recv() - {os.getppid()}  # so the fork server counts, and who started this process does not
        totals.append(_total_bytes(processes))
    for talk, worker in running:
        talk.send("go")
        worker.join()
    return [after - before for before, after in pairwise(totals)]


def _total_bytes(processes: Iterable[int]) -> int:
    return sum(proportional_bytes(process) or 0 for process in processes)


def measure() -> Measured:
    """Take the memory that each worker adds, way by way, in rounds."""
    ways = ["thread", *multiprocessing.get_all_start_methods()]
    first: dict[str, list[float]] = {f"{way}_first_bytes": [] for way in ways}
    further: dict[str, list[float]] = {f"{way}_further_bytes": [] for way in ways}
    ends_s = monotonic() + BOX_S
    while proportional_bytes(os.getpid()) and monotonic() < ends_s and len(first["thread_first_bytes"]) < ROUNDS:
        for way in random.sample(ways, len(ways)):
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
                added = fresh.submit(added_bytes, way, WORKERS).result()
            first[f"{way}_first_bytes"].append(added[0])
            further[f"{way}_further_bytes"] += added[1:]
    return {"ways": ways, **first, **further}


def judge(measured: Measured) -> Judgement:
    """Hold the claim if by every start method a further worker process surely adds more than a thread."""
    samples = {way: samples_in(measured, f"{way}_further_bytes") for way in words_in(measured, "ways")}
    if not all(samples.values()):
        reason = "this system does not tell the proportional set size of a process; Linux does"
        return Judgement(Holds.CANNOT_TELL, "nothing", reason)
    added = {way: median_of(further) for way, further in samples.items()}
    seen = "a further idle worker adds " + ", ".join(f"{in_bytes(each)} ({way})" for way, each in added.items())
    thread = added.pop("thread")
    light = [way for way, process in added.items() if process.high <= thread.low]
    if light:
        return Judgement(Holds.DOES_NOT_HOLD, seen, f"a process by {light[0]} adds no more than a thread")
    if any(process.low <= thread.high for process in added.values()):
        reason = "what a thread and a process add was not told apart; try it when less else starts and ends here"
        return Judgement(Holds.CANNOT_TELL, seen, reason)
    least = min(added, key=lambda way: added[way].low)
    times = number(added[least].low / thread.high)
    reason = f"a further process adds at least {times} times what a thread does, least by {least}"
    return Judgement(Holds.HOLDS, seen, reason)


if __name__ == "__main__":
    run_alone(measure, judge)
