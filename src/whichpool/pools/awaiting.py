"""Chunks of an ``async def``, awaited in an event loop that is opened for them."""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from time import perf_counter

from whichpool.pools.chunk import Chunk, ChunkEnd, Clocks, Function, run_chunk
from whichpool.pools.parcel import ItemFailure, Parcel


class EventLoop:
    """An event loop in the thread that calls, with a limited number of chunks in flight.

    The loop runs while the caller waits for the next chunk to end, and stands still while it does not. A chunk is a
    task; its items are awaited one after the other.
    """

    cluster = None

    def __init__(self, loop: asyncio.AbstractEventLoop, in_flight: int) -> None:
        """Take over a loop that nobody runs."""
        self._loop = loop
        self._in_flight = in_flight
        self._tasks: set[asyncio.Task[None]] = set()  # a loop by itself does not keep its tasks alive
        self._closing = False

    def run(self, function: Function, chunks: Iterable[Chunk]) -> Iterator[ChunkEnd]:
        """Run every chunk and yield each as it ends; see :class:`whichpool.pools.protocol.OpenPool`."""
        ended = deque[ChunkEnd | BaseException]()
        left = iter(chunks)
        running = 0
        while True:
            for chunk in islice(left, self._in_flight - running):
                task = self._loop.create_task(self._bring_to_its_end(function, chunk, ended))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                running += 1
            if not running:
                return
            while not ended:
                self._loop.run_forever()
            running -= len(ended)
            while ended:
                end = ended.popleft()
                if isinstance(end, BaseException):
                    raise end
                yield end

    def close(self) -> None:
        """Take what is cancelled from now on for what is left behind, not for an item's failure."""
        self._closing = True

    async def _bring_to_its_end(self, function: Function, chunk: Chunk, ended: deque[ChunkEnd | BaseException]) -> None:
        """Hand on whatever comes of a chunk, and stop the loop; all that ends in the same turn is handed on together.

        What is no ``Exception`` is handed on too: a task that is left by it stops the loop somewhere, and complains.
        """
        end: ChunkEnd | BaseException
        try:
            end = await self._await_each(function, chunk) if chunk.awaited else run_chunk(function, chunk)
        except BaseException as error:
            if self._closing:
                raise
            end = error
        if not self._closing:
            ended.append(end)
            self._loop.stop()

    async def _await_each(self, function: Function, chunk: Chunk) -> ChunkEnd:
        """Await the items; the time is taken in the running loop, so opening it is no part of an item."""
        clocks = Clocks() if chunk.explained else None
        begun_s = perf_counter()
        results = Parcel([], dict(chunk.items.failures))
        for place, item in enumerate(chunk.items.values):
            result = None
            if self._closing:  # the item before has not let itself be cancelled
                break
            if place not in results.failures:
                try:
                    result = await (function(*item) if chunk.unpacked else function(item))
                except asyncio.CancelledError as error:
                    # Nobody but the closing pool cancels a chunk. So the item has awaited something that was
                    # cancelled, or has cancelled its own task, which must not be held against the items after it.
                    if self._closing:
                        raise
                    _this_task().uncancel()
                    results.failures[place] = ItemFailure.raised(error)
                except Exception as error:  # a user's function may raise anything
                    results.failures[place] = ItemFailure.raised(error)
            results.values.append(result)
        return ChunkEnd(chunk, results, begun_s, clocks)


@contextmanager
def event_loop(in_flight: int) -> Iterator[EventLoop]:
    """Open an event loop; leaving the context cancels what is in flight, waits for it, and closes the loop.

    Args:
        in_flight: How many chunks are run at the same time.
    """
    # not Runner.run(), which would take Ctrl-C for a cancelled item: here it is the KeyboardInterrupt it is elsewhere
    with asyncio.Runner() as runner:
        loop = EventLoop(runner.get_loop(), in_flight)
        try:
            yield loop
        finally:
            loop.close()


def run_awaited_chunk(function: Function, chunk: Chunk) -> ChunkEnd:
    """Await the items of one chunk in a loop of its own, in a worker of any pool.

    Raises:
        BaseException: What the function raised that is no ``Exception``.
    """
    with event_loop(1) as loop:
        (end,) = loop.run(function, [chunk])
    return end


def _this_task() -> "asyncio.Task[object]":
    task = asyncio.current_task()
    if task is None:
        message = "what is awaited runs in a task"
        raise RuntimeError(message)
    return task
