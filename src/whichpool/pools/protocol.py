"""What every pool offers, and the values that go in and come out of it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from whichpool.pools.parcel import Parcel
from whichpool.values import Strategy, Trouble

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Items that are handed over together.

    Attributes:
        index: The chunk's place among the chunks of the job, from 0.
        items: The items, in order.
        unpacked: Whether an item is a tuple of arguments, ``function(*item)``.
    """

    index: int
    items: Parcel
    unpacked: bool = False


@dataclass(frozen=True, slots=True)
class ChunkEnd:
    """A chunk that has ended, with the result or the failure of each of its items.

    Attributes:
        index: The chunk's place among the chunks of the job.
        results: The results, in the order of the items; where an item failed, its failure.
        begun_s: When the worker began it, on the clock of ``time.perf_counter`` (one for the whole machine on Linux).
        ended_s: When the worker ended it.
        worker: The process that ran it.
        worker_cpu_s: The CPU time that this process had used by then, since its start.
    """

    index: int
    results: Parcel
    begun_s: float
    ended_s: float
    worker: int
    worker_cpu_s: float


class OpenPool(Protocol):
    """A pool that has been opened and takes chunks."""

    def run(self, function: Function, chunks: Iterable[Chunk]) -> Iterator[ChunkEnd]:
        """Run every chunk and yield each as it ends, in any order.

        Chunks are drawn from the iterable no further ahead than keeps the workers busy. An exception that an item
        raises is that item's failure; siblings and other chunks are not touched by it.

        Raises:
            PoolFailed: The pool itself broke, so the chunks not yet yielded are lost.
            BaseException: Whatever the function raised that is no ``Exception``, such as ``SystemExit``.
        """
        ...


class Pool(Protocol):
    """What a pool's file defines: how it is opened."""

    def __call__(
        self, strategy: Strategy, function: Function, prepare: Callable[[], None]
    ) -> AbstractContextManager[OpenPool]:
        """Open the pool; leaving the context closes it and waits until all its workers are gone.

        Args:
            strategy: The pool's settings.
            function: What the chunks will be run with, so that a function that cannot travel is refused at once.
            prepare: Called once in each worker that shares no memory with the caller, before its first chunk; it
                can be pickled.

        Raises:
            PoolFailed: The pool cannot be opened, or cannot take this function.
        """
        ...


class PoolFailed(Exception):
    """A pool broke, or cannot take the work.

    Attributes:
        trouble: The kind of failure.
    """

    def __init__(self, trouble: Trouble, message: str) -> None:
        """Keep the kind beside the message."""
        super().__init__(message)
        self.trouble = trouble
