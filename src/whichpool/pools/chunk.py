"""A chunk of work, and what a worker does with it.

This is the inner loop of every job; nothing is added to it lightly. Every spawned worker imports this file, inside the
clock of its job, so it imports next to nothing: no dataclasses.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import get_native_id
from time import perf_counter, process_time, thread_time

from whichpool.pools.parcel import ItemFailure, Parcel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Function = Callable[..., "Any"]
_LONGEST = 200


class Chunk:
    """Items that are handed over together.

    Attributes:
        index: The chunk's place among the chunks of the job, from 0.
        items: The items, in order.
        unpacked: Whether an item is a tuple of arguments, ``function(*item)``.
        explained: Whether the worker is to tell where its time went, which costs it some.
        awaited: Whether the function is an ``async def``, so that what a call gives has to be awaited.
    """

    __slots__ = ("awaited", "explained", "index", "items", "unpacked")

    def __init__(
        self, index: int, items: Parcel, *, unpacked: bool = False, explained: bool = False, awaited: bool = False
    ) -> None:
        """Pack items."""
        self.index = index
        self.items = items
        self.unpacked = unpacked
        self.explained = explained
        self.awaited = awaited


class Clocks:
    """What the system tells a thread of its own time.

    Attributes:
        thread: The thread, as the system numbers it.
        cpu_s: How long it has computed.
        queued_s: How long it has waited for a core; 0 where the system does not tell.
    """

    __slots__ = ("cpu_s", "queued_s", "thread")

    def __init__(self, cpu_s: float | None = None) -> None:
        """Read the clocks of the thread that calls, but for the first one where that was read before."""
        self.thread = get_native_id()
        self.queued_s = queued_s()
        self.cpu_s = thread_time() if cpu_s is None else cpu_s


def queued_s(thread: str = "thread-self") -> float:
    """Tell how long a thread has waited for a core, in seconds; 0 where the system does not tell.

    Args:
        thread: Its folder in ``/proc``; that of the calling thread by default.
    """
    try:
        file = os.open(f"/proc/{thread}/schedstat", os.O_RDONLY)  # takes half as long as a file object
        try:
            return int(os.read(file, _LONGEST).split()[1]) / 1e9
        finally:
            os.close(file)
    except (OSError, IndexError, ValueError):
        return 0.0


class ChunkEnd:
    """A chunk that has ended, with the result or the failure of each of its items.

    Attributes:
        index: The chunk's place among the chunks of the job.
        results: The results, in the order of the items; where an item failed, its failure.
        begun_s: When the worker began it, on the clock of ``time.perf_counter`` (one for the whole machine on Linux).
        ended_s: When the worker ended it.
        worker: The process that ran it.
        worker_cpu_s: The CPU time that this process had used by then, since its start.
        unpacked_s: What unpickling its items took the worker.
        clocks: The worker's clocks before and after; None where that was not asked.
    """

    __slots__ = ("begun_s", "clocks", "ended_s", "index", "results", "unpacked_s", "worker", "worker_cpu_s")

    def __init__(self, chunk: Chunk, results: Parcel, begun_s: float, clocks: Clocks | None) -> None:
        """Take the time, here and now in the worker."""
        self.ended_s = perf_counter()
        cpu_s = None if clocks is None else thread_time()  # before the other clocks are read, which costs some
        self.index = chunk.index
        self.results = results
        self.begun_s = begun_s
        self.worker = os.getpid()
        self.worker_cpu_s = process_time()
        self.unpacked_s = chunk.items.unpacked_s
        self.clocks = None if clocks is None else (clocks, Clocks(cpu_s))


def run_chunk(function: Function, chunk: Chunk) -> ChunkEnd:
    """Call the function on each item, and keep an item's exception as that item's failure.

    Raises:
        BaseException: What the function raised that is no ``Exception``; the pool hands it to the caller.
    """
    if chunk.awaited:
        from whichpool.pools.awaiting import run_awaited_chunk  # noqa: PLC0415 - asyncio is slow to import

        return run_awaited_chunk(function, chunk)
    clocks = Clocks() if chunk.explained else None
    begun_s = perf_counter()
    items = chunk.items
    results = Parcel([], dict(items.failures))
    if items.failures:
        for place, item in enumerate(items.values):
            if place in items.failures:
                results.values.append(None)
            else:
                _call_each(function, [item], chunk, results)
    else:
        _call_each(function, items.values, chunk, results)
    return ChunkEnd(chunk, results, begun_s, clocks)


def _call_each(function: Function, items: list[Any], chunk: Chunk, results: Parcel) -> None:
    """Append the result of every item.

    One ``try`` around the loop costs nothing per item, and going on with the same iterator after an exception runs
    no item twice. A ``StopIteration`` from the function is an exception like any other here, as it would not be
    inside ``map``.
    """
    append = results.values.append
    left = iter(items)
    while True:
        try:
            if chunk.unpacked:
                for item in left:
                    append(function(*item))
            else:
                for item in left:
                    append(function(item))
        except Exception as error:  # a user's function may raise anything
            results.failures[len(results.values)] = ItemFailure.raised(error)
            append(None)
        else:
            return
