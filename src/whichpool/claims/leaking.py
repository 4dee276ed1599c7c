"""Claim 12: a leak in one thread harms the others and the parent.

A host, a process of its own, has two workers: threads, or processes. One leaks until its process meets a cap on its
memory. Now its neighbour and the host ask for memory too; and what host and workers hold together is looked at before,
then, and once the leaking worker has ended. In further hosts one worker crashes hard, as faulty native code does, and
it is seen who is left; last in a ProcessPoolExecutor, which gives up its other workers by itself.
"""

import contextlib
import faulthandler
import multiprocessing
import os
import random
import resource
import signal
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from math import isfinite
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import in_bytes, median_of, ratios, samples_in
from whichpool.machine.process_memory import proportional_bytes, resident_bytes
from whichpool.values import Estimate, Holds, Judgement, Measured

FORK = multiprocessing.get_context("fork")  # quick; hosts and their processes are forked while there is one thread
KINDS = ("thread", "process")
MIB = 1 << 20
CAP_BYTES = 48 * MIB  # beyond what the process has when the leak begins
NEEDED_BYTES = 40 * MIB  # the C library gives back at once what is larger than 32 MiB
ROOM_BLOCKS = 4  # given back by the leaking worker, so that the interpreter itself can go on
ROUNDS = 6
BOX_S = 4.5
CRASHES = 3
LIMIT_S = 10.0
HALF = 0.5

leaked: list[bytes] = []


def leak(talk: Connection) -> None:
    """Leak when told to, until the process that this worker is in may have no more; then wait to be let go."""
    talk.recv()
    data_bytes = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    with contextlib.suppress(ValueError):  # the hard limit is lower yet
        resource.setrlimit(resource.RLIMIT_DATA, (data_bytes + CAP_BYTES, hard))
    with contextlib.suppress(MemoryError):
        while len(leaked) * MIB < 2 * CAP_BYTES:  # an end, should the cap not be kept
            leaked.append(b"x" * MIB)
    del leaked[-ROOM_BLOCKS:]
    talk.send("leaked")
    talk.recv()


def crash(talk: Connection | None = None) -> None:
    """Crash when told to, without a core dump or a word."""
    if talk:
        talk.recv()
    faulthandler.disable()
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    signal.raise_signal(signal.SIGSEGV)


def ask_for_memory(talk: Connection) -> None:
    """Tell whether some memory can be had, as often as asked; the neighbour does it."""
    while talk.recv():
        talk.send(memory_is_refused())


def memory_is_refused() -> bool:
    """Ask for some memory, and give it back."""
    try:
        return not bytes(NEEDED_BYTES)
    except MemoryError:
        return True


def _start(kind: str, job: Callable[[Connection], None]) -> tuple[Connection, ForkProcess | Thread]:
    talk, other = multiprocessing.Pipe()
    worker = (FORK.Process if kind == "process" else Thread)(target=job, args=(other,), daemon=True)
    worker.start()
    return talk, worker


def leaking_host(kind: str, tell: Connection) -> None:
    """Let one of two workers leak, and tell what becomes of the memory, and who is refused some."""
    (leaking, leaker), (neighbour, other) = _start(kind, leak), _start(kind, ask_for_memory)
    processes = [os.getpid(), *(child.pid for child in multiprocessing.active_children() if child.pid)]

    def look() -> tuple[int, int, bool]:
        held_bytes = sum(proportional_bytes(process) or 0 for process in processes)
        own_bytes = resident_bytes() or 0
        neighbour.send("ask")
        return held_bytes, own_bytes, neighbour.recv() and memory_is_refused()

    look()  # whatever a look needs is there from now on
    before = look()
    leaking.send("leak")
    leaking.recv()
    then = look()
    leaking.send("end")
    leaker.join()
    after = look()
    told = {
        "leaked_bytes": then[0] - before[0],
        "kept_bytes": max(0, after[0] - before[0]),
        "host_grew_bytes": max(0, then[1] - before[1]),
        "others_refused": then[2] and not before[2],
    }
    tell.send({f"{kind}_{name}": float(figure) for name, figure in told.items()})
    neighbour.send(None)
    other.join()


def crashing_host(kind: str, tell: Connection) -> None:
    """Let one of two workers crash, and tell whether the other is still there, if there is anyone to tell."""
    (crashing, crasher), (neighbour, other) = _start(kind, crash), _start(kind, ask_for_memory)
    crashing.send("crash")
    crasher.join()
    neighbour.send("ask")
    tell.send({"process_neighbour_alive": float(neighbour.poll(LIMIT_S))})
    neighbour.send(None)
    other.join()


def crashing_pool(_: str, tell: Connection) -> None:
    """Let one of two workers of a pool crash, and tell whether the pool gives up the other's work as well."""
    with ProcessPoolExecutor(2, FORK) as pool:
        other = pool.submit(sleep, LIMIT_S)
        pool.submit(crash)
        tell.send({"pool_neighbour_lost": float(isinstance(other.exception(), BrokenProcessPool))})


def _see(host: Callable[[str, Connection], None], kind: str) -> tuple[Mapping[str, float], int | None]:
    """Let a host do something, and see what it tells and how it ends."""
    hearing, telling = multiprocessing.Pipe(duplex=False)
    process = FORK.Process(target=host, args=(kind, telling))
    process.start()
    telling.close()
    told: Mapping[str, float] = {}
    with hearing, contextlib.suppress(EOFError):  # it had no time to tell
        if hearing.poll(LIMIT_S):
            told = hearing.recv()
    process.join(LIMIT_S)
    process.kill()
    process.join()
    return told, process.exitcode


def measure() -> Measured:
    """Leak by a thread and by a process, in rounds; then crash a few times."""
    measured: dict[str, list[float]] = defaultdict(list)
    ends_s = monotonic() + BOX_S
    for number in range(ROUNDS if resident_bytes() else 0):
        if number and monotonic() > ends_s:
            break
        for kind in random.sample(KINDS, len(KINDS)):
            for name, figure in _see(leaking_host, kind)[0].items():
                measured[name].append(figure)
    for _ in range(CRASHES):
        for kind, host in (("thread", crashing_host), ("process", crashing_host), ("pool", crashing_pool)):
            told, exit_code = _see(host, kind)
            measured[f"{kind}_crash_host_exit_codes"].append(exit_code or 0)
            for name, figure in told.items():
                measured[name].append(figure)
    return dict(measured)


def judge(measured: Measured) -> Judgement:
    """Hold the claim if a thread's leak stays and its crash ends the host, while a process takes both along with it."""
    died = {
        kind: [code == -signal.SIGSEGV for code in samples_in(measured, f"{kind}_crash_host_exit_codes")]
        for kind in KINDS
    }
    seen = "hosts that died: " + ", ".join(f"{_all_of(died[kind])} when a {kind} crashed" for kind in KINDS)
    leaks = {kind: samples_in({f"{kind}_leaked_bytes": (), **measured}, f"{kind}_leaked_bytes") for kind in KINDS}
    if not all(leaked_bytes and min(leaked_bytes) > 0 for leaked_bytes in leaks.values()):
        reason = "what a leak leaves behind was not seen; Linux tells what a process has in memory, and caps it"
        return Judgement(Holds.CANNOT_TELL, seen, reason)
    kept = {kind: ratios(samples_in(measured, f"{kind}_kept_bytes"), leaks[kind]) for kind in KINDS}
    for kind in KINDS:
        refused = _all_of(samples_in(measured, f"{kind}_others_refused"))
        seen += (
            f"; a {kind} leaked {in_bytes(median_of(leaks[kind]))}: {_share(kept[kind])} left once it had ended, "
            f"others refused memory in {refused} rounds"
        )
    if kept["thread"].high < HALF or not any(died["thread"]):
        reason = "a thread that ended gave back what it had leaked, or its host outlived its crash"
        return Judgement(Holds.DOES_NOT_HOLD, seen, reason)
    apart = not any(died["process"]) and all(samples_in(measured, "process_neighbour_alive"))
    if not (apart and all(died["thread"]) and kept["thread"].low > HALF > kept["process"].high):
        reason = "threads and processes were not told apart by what they leave behind; it takes six rounds of each"
        return Judgement(Holds.CANNOT_TELL, seen, reason)
    reason = (
        "what a thread leaks stays with its host when the thread has ended, and its crash ends the host; "
        "a process takes its leak and its crash with it"
    )
    if any(samples_in({"pool_neighbour_lost": (), **measured}, "pool_neighbour_lost")):
        reason += ", though a ProcessPoolExecutor then gives up the work of its other workers too"
    return Judgement(Holds.HOLDS, seen, reason)


def _all_of(facts: Sequence[float]) -> str:
    return f"{sum(map(bool, facts))} of {len(facts)}"


def _share(estimate: Estimate) -> str:
    bounds = f"{estimate.low:.0%}–{estimate.high:.0%}" if isfinite(estimate.high) else "?"
    return f"{estimate.value:.0%} ({bounds})"


if __name__ == "__main__":
    run_alone(measure, judge)
