"""Claim 12: a leak in one thread harms the others and the parent.

A host, a process that may have only so much memory, starts three workers: threads, or processes. The first leaks until
it gets no more; then the second and the host ask for memory as well. When the first has ended, it is seen how much of
its leak is still held. Last the second crashes: does the third still answer the host? ``misdeeds.py`` does the harm.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Thread
from time import monotonic

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import in_bytes, median_of, ratios, samples_in
from whichpool.claims.misdeeds import cap_memory, do_as_told, is_refused
from whichpool.machine.process_memory import proportional_bytes
from whichpool.values import Holds, Judgement, Measured

FORK = multiprocessing.get_context("fork")  # quick, and safe here: all forks come before the host's first thread
KINDS: dict[str, Callable[..., Thread | BaseProcess]] = {"thread": Thread, "process": FORK.Process}
ROUNDS, BOX_S, LIMIT_S = 6, 5.0, 10.0
FIGURES = ("leaked_bytes", "left_bytes", "others_refused", "host_exit_codes")
HALF = 0.5  # of the leak


def host(kind: str, tell: Connection) -> None:
    """Let workers leak and crash, and tell; end well, with exit code 0, if the third worker answers at last."""
    cap_memory()
    talks, others = zip(*(multiprocessing.Pipe() for _ in range(3)), strict=True)
    workers = [KINDS[kind](target=do_as_told, args=(other,), daemon=True) for other in others]
    for worker in workers:
        worker.start()
    processes = [os.getpid(), *(child.pid or 0 for child in multiprocessing.active_children())]

    def held_bytes() -> int:
        return sum(proportional_bytes(process) or 0 for process in processes)

    before_bytes = held_bytes()
    talks[0].send("leak")
    talks[0].recv()
    leaked_bytes = held_bytes() - before_bytes
    talks[1].send("ask")
    both_refused = talks[1].recv() and is_refused()
    talks[0].send(None)
    workers[0].join()
    tell.send((leaked_bytes, max(0, held_bytes() - before_bytes), both_refused))
    talks[1].send("crash")
    workers[1].join()
    talks[2].send("ask")
    sys.exit(not talks[2].poll(LIMIT_S))


def measure() -> Measured:
    """Watch a host with threads and a host with processes, in rounds."""
    measured: dict[str, list[float]] = {f"{kind}_{name}": [] for kind in KINDS for name in FIGURES}
    ends_s = monotonic() + BOX_S
    for kind in ROUNDS * list(KINDS):
        if proportional_bytes(os.getpid()) is None or monotonic() > ends_s:
            break
        hearing, telling = multiprocessing.Pipe(duplex=False)
        process = FORK.Process(target=host, args=(kind, telling))
        process.start()
        with hearing, telling:
            told = hearing.recv() if hearing.poll(LIMIT_S) else (0, 0, False)
        process.join(2 * LIMIT_S)
        process.kill()  # nothing, unless it hangs
        process.join()
        for name, figure in zip(FIGURES, (*told, process.exitcode), strict=True):
            measured[f"{kind}_{name}"].append(figure)
    return measured


def judge(measured: Measured) -> Judgement:
    """Hold the claim if a thread's leak and crash harm its host in every round, and those of a process in none."""
    if any(min(samples_in(measured, f"{kind}_leaked_bytes"), default=0) <= 0 for kind in KINDS):
        reason = "no leak was seen: either this is not Linux, or the limits set here leave no room for one"
        return Judgement(Holds.CANNOT_TELL, "nothing was measured", reason)
    share_left, refused, died, seen = {}, {}, {}, []
    for kind in KINDS:
        leaked_bytes, left_bytes, refused[kind], codes = (samples_in(measured, f"{kind}_{name}") for name in FIGURES)
        share_left[kind] = ratios(left_bytes, leaked_bytes)
        died[kind] = [code == -signal.SIGSEGV for code in codes]
        seen.append(
            f"a {kind} leaked {in_bytes(median_of(leaked_bytes))} and left {in_bytes(median_of(left_bytes))} behind; "
            f"others lacked memory in {sum(refused[kind])} of {len(refused[kind])} rounds, "
            f"its crash ended the host in {sum(died[kind])} of {len(died[kind])}"
        )
    if share_left["thread"].high < HALF or not any(died["thread"]):
        reason = "a thread gave back its leak when it ended, or its host outlived its crash"
        return Judgement(Holds.DOES_NOT_HOLD, "; ".join(seen), reason)
    harmed = share_left["thread"].low > HALF and all(refused["thread"]) and all(died["thread"])
    unharmed = share_left["process"].high < HALF and not any(refused["process"])
    if not (harmed and unharmed and set(samples_in(measured, "process_host_exit_codes")) == {0}):
        reason = "it was not so that a thread did harm in each of six rounds, and a process in none"
        return Judgement(Holds.CANNOT_TELL, "; ".join(seen), reason)
    reason = (
        "what a thread leaked stayed for as long as its host lived, so that the others lacked it, and its crash ended "
        "them all; a process, with a limit of its own, took its leak along when it ended, and its crash harmed nobody"
    )
    return Judgement(Holds.HOLDS, "; ".join(seen), reason)


if __name__ == "__main__":
    run_alone(measure, judge)
