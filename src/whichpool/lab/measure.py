"""One job, measured: the pool opened, every item run, the pool closed."""

import os
import resource
from collections.abc import Iterator
from time import perf_counter
from typing import Any

from whichpool.errors import Trouble
from whichpool.lab.breakdown import break_down
from whichpool.lab.clocks import on_our_clock
from whichpool.lab.digest import digest_blocks
from whichpool.lab.target import Loaded
from whichpool.machine.gil import gil_is_on
from whichpool.pools import catalogue
from whichpool.pools.chunk import Chunk, ChunkEnd
from whichpool.pools.parcel import ItemFailure, Parcel
from whichpool.values import Draw, Failure, Sample, Strategy


def measure(
    workload: Loaded, strategy: Strategy, draw: Draw, round_number: int, *, explained: bool = False
) -> Sample | Failure:
    """Run one job under a strategy whose chunk size is set, and take the time; explained, also tell where it went.

    Raises:
        PoolFailed: The pool broke or cannot take the workload.
    """
    places = draw.places(len(workload.items))
    items = [workload.items[place] for place in places]
    chunksize = strategy.chunksize or len(items)
    chunks = list(_cut(workload, items, chunksize, explained=explained))
    row = catalogue.find(strategy.pool)
    open_pool = row.load()
    function = workload.function if row.shares_memory or row.takes_closures else workload.sendable
    ends: list[ChunkEnd | None] = [None] * len(chunks)

    cpu_before = _cpu_s()
    opened_s = perf_counter()
    with open_pool(strategy, function, workload.prepare) as pool:
        for end in pool.run(function, chunks):
            ends[end.index] = on_our_clock(end) if strategy.address else end
    closed_s = perf_counter()
    cpu_after = _cpu_s()

    done = [end for end in ends if end is not None]
    failures = {
        places[end.index * chunksize + place]: failure
        for end in done
        for place, failure in end.results.failures.items()
    }
    if failures:
        return items_failed(workload, failures, len(items))
    own_cpu_s = cpu_after[0] - cpu_before[0]
    workers_cpu_s: float | None = max(cpu_after[1] - cpu_before[1], _workers_cpu_s(done))
    if strategy.address:  # these workers have done more than this job
        workers_cpu_s = None if pool.cluster is None else pool.cluster.cpu_s
    is_seen = explained and not strategy.address  # nor can their clocks be laid beside each other
    digests, block = digest_blocks([result for end in done for result in end.results.values])
    return Sample(
        round=round_number,
        items=len(items),
        seed=draw.seed,
        chunksize=chunksize,
        job_s=closed_s - opened_s,
        startup_s=min(end.begun_s for end in done) - opened_s,
        cpu_s=None if workers_cpu_s is None else own_cpu_s + workers_cpu_s,
        load_s=workload.facts.load_s,
        teardown_s=closed_s - max(end.ended_s for end in done),
        digests=tuple(digests),
        block=block,
        breakdown=break_down(done, opened_s, closed_s, own_cpu_s) if is_seen else None,
        cluster_s=None if pool.cluster is None else pool.cluster.starting_s,
        gil=gil_is_on(),
    )


def _cut(workload: Loaded, items: list[Any], chunksize: int, *, explained: bool) -> Iterator[Chunk]:
    unpacked, awaited = workload.facts.unpacked, workload.facts.is_async
    for index, start in enumerate(range(0, len(items), chunksize)):
        parcel = Parcel(items[start : start + chunksize])
        yield Chunk(index, parcel, unpacked=unpacked, explained=explained, awaited=awaited)


def _cpu_s() -> tuple[float, float]:
    """CPU time of this process, and of its children that have ended."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime, children.ru_utime + children.ru_stime


def _workers_cpu_s(ends: list[ChunkEnd]) -> float:
    """CPU time of worker processes by their own clocks: forkserver's workers are not this process's children."""
    last: dict[int, float] = {}
    for end in ends:
        if end.worker != os.getpid():
            last[end.worker] = max(end.worker_cpu_s, last.get(end.worker, 0.0))
    return sum(last.values())


def items_failed(workload: Loaded, failures: dict[int, ItemFailure], tried: int) -> Failure:
    """Tell of the first item that failed, with its traceback, and of how many did."""
    place = min(failures)
    failure = failures[place]
    others = f" ({len(failures):,} of {tried:,} items failed)" if len(failures) > 1 else ""
    what = "raised" if failure.trouble is Trouble.RAISED else "could not be handed over:"
    message = f"{workload.show_item(place)} {what} {failure.message}{others}"
    if failure.trouble is Trouble.UNPICKLABLE:
        message += "; give and return plain data, and open files, locks and connections inside the function"
    return Failure(failure.trouble, message, failure.traceback)
