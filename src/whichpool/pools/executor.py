"""Any ``concurrent.futures.Executor`` as an open pool."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from itertools import islice
from queue import SimpleQueue

from whichpool.pools.chunk import Chunk, ChunkEnd, Function, run_chunk
from whichpool.pools.protocol import Cluster

_AHEAD_PER_WORKER = 4
_AHEAD_AT_LEAST = 64


@dataclass(frozen=True, slots=True)
class ExecutorPool:
    """Feeds an executor and yields what ends.

    Attributes:
        executor: Where the chunks run.
        workers: How many workers it has; decides how far ahead chunks are drawn.
        cluster: What the engine tells of its cluster; None where there is none.
    """

    executor: Executor
    workers: int
    cluster: Cluster | None = None

    def run(self, function: Function, chunks: Iterable[Chunk]) -> Iterator[ChunkEnd]:
        """Run every chunk and yield each as it ends; see :class:`whichpool.pools.protocol.OpenPool`."""
        ended: SimpleQueue[Future[ChunkEnd]] = SimpleQueue()
        ahead = max(_AHEAD_AT_LEAST, _AHEAD_PER_WORKER * self.workers)
        left = iter(chunks)
        running = 0
        while True:
            if running <= ahead // 2:  # many at once: the caller and the workers get in each other's way less often
                for chunk in islice(left, ahead - running):
                    future = self.executor.submit(run_chunk, function, chunk)
                    future.add_done_callback(ended.put)
                    running += 1
            if not running:
                return
            future = ended.get()
            running -= 1
            yield future.result()
