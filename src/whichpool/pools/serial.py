"""No pool at all: a plain loop in the caller. What every other pool has to beat."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext

from whichpool.pools.chunk import Chunk, ChunkEnd, Function, run_chunk
from whichpool.pools.protocol import OpenPool
from whichpool.values import Strategy


class _Loop:
    cluster = None

    def run(self, function: Function, chunks: Iterable[Chunk]) -> Iterator[ChunkEnd]:
        for chunk in chunks:
            yield run_chunk(function, chunk)


def open_pool(
    _strategy: Strategy, _function: Function, _prepare: Callable[[], None]
) -> AbstractContextManager[OpenPool]:
    """Open nothing: the loop needs no workers."""
    return nullcontext(_Loop())
