"""What every pool offers."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from whichpool.errors import Trouble
from whichpool.pools.chunk import Chunk, ChunkEnd, Function
from whichpool.values import Strategy


@dataclass(slots=True)
class Cluster:
    """What an engine tells of its cluster, beside the results.

    Attributes:
        starting_s: What starting it took, of the time until the pool was open; 0 where it ran before. The rest was
            connecting to it.
        cpu_s: The CPU time that its workers used for the job, known when the pool is closed; None where it starts
            processes of this machine, which are seen from outside, and where the engine does not tell.
    """

    starting_s: float
    cpu_s: float | None = None


class OpenPool(Protocol):
    """A pool that has been opened and takes chunks."""

    @property
    def cluster(self) -> Cluster | None:
        """What the engine tells of its cluster; None where there is none."""
        ...

    def run(self, function: Function, chunks: Iterable[Chunk]) -> Iterator[ChunkEnd]:
        """Run every chunk and yield each as it ends, in any order.

        Chunks are drawn from the iterable no further ahead than keeps the workers busy. An exception that an item
        raises is that item's failure; siblings and other chunks are not touched by it.

        Raises:
            BaseException: Whatever the function raised that is no ``Exception``, such as ``SystemExit``; or that the
                pool broke, so that the chunks not yet yielded are lost. Leaving the pool's context tells how.
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
            PoolFailed: The pool cannot be opened, cannot take this function, or broke while it ran.
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
