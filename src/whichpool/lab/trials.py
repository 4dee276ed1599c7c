"""What the pools cost by themselves, with this workload's imports: each is opened once, with one worker."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from time import perf_counter

from whichpool.lab.clocks import on_our_clock
from whichpool.lab.target import Loaded
from whichpool.lab.worker import nothing
from whichpool.machine.process_memory import private_bytes
from whichpool.pools import catalogue
from whichpool.pools.catalogue import Workers
from whichpool.pools.chunk import Chunk
from whichpool.pools.parcel import Parcel
from whichpool.values import Strategy, Trial

_HANDOVERS = 64
_MOST_ATTEMPTS = 3
_SHORT_S = 0.05


def try_pools(workload: Loaded, place: int, pools: Sequence[Strategy], start_methods: Sequence[str]) -> Iterator[Trial]:
    """Open each pool once, the quickest to start first; a pool that fails tells nothing here, but in the race.

    Args:
        workload: What the worker has to import.
        place: The item that the worker is to run once: best the quickest.
        pools: The pools with what they need, but for a start method.
        start_methods: How to start processes; empty for every way that this Python has, its default first.
    """
    known = workload.facts.start_methods
    for pool in pools:
        methods: Sequence[str | None] = (None,)
        if catalogue.find(pool.pool).has_start_methods:
            methods = [method for method in start_methods if method in known] if start_methods else known
        for method in methods:
            with contextlib.suppress(Exception):  # no processes or semaphores here: the race will tell
                yield _quickest(partial(_try, workload, place, replace(pool, start_method=method)))


def _quickest(attempt: Callable[[], Trial]) -> Trial:
    """Try again what is quick, and take the quickest: a single try of a few milliseconds tells little."""
    begun_s = perf_counter()
    trials = [attempt()]
    while len(trials) < _MOST_ATTEMPTS and perf_counter() - begun_s < _SHORT_S:
        trials.append(attempt())
    return min(trials, key=lambda trial: trial.ready_s)


def _try(workload: Loaded, place: int, strategy: Strategy) -> Trial:
    row = catalogue.find(strategy.pool)
    function = workload.function if row.shares_memory or row.takes_closures else workload.sendable
    facts = workload.facts
    item = Chunk(0, Parcel([workload.items[place]]), unpacked=facts.unpacked, awaited=facts.is_async)
    open_pool = row.load()
    own_bytes = private_bytes(os.getpid())
    opened_s = perf_counter()
    with open_pool(strategy, function, workload.prepare) as pool:
        (first,) = [on_our_clock(end) if strategy.address else end for end in pool.run(function, [item])]
        worker_bytes = None if strategy.address else _worker_bytes(row, first.worker, own_bytes)
        begun_s = perf_counter()
        for _ in pool.run(nothing, (Chunk(n, Parcel([None])) for n in range(_HANDOVERS))):
            pass
        handed_s = perf_counter()
    closed_s = perf_counter()
    return Trial(
        pool=strategy.pool,
        start_method=strategy.start_method,
        ready_s=first.begun_s - opened_s,
        handover_s=(handed_s - begun_s) / _HANDOVERS,
        close_s=closed_s - handed_s,
        worker_bytes=worker_bytes,
    )


def _worker_bytes(row: catalogue.Row, worker: int, own_bytes: int | None) -> int | None:
    """Tell what the first worker brought: its own process, or by how much this one grew; a thread brings nothing."""
    if row.workers is Workers.INTERPRETERS:
        now_bytes = private_bytes(worker)
        return None if now_bytes is None or own_bytes is None else max(0, now_bytes - own_bytes)
    return private_bytes(worker) if row.has_processes else None
