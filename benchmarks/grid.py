"""Every strategy there is, within reason: what a choice has to be held against.

Threads from 1 to 64 and processes from 1 to 16, each handing over items one by one, in four chunks a worker, and in
one chunk a worker; processes by every start method that the Python has. Where native code brings threads of its own,
all of that once more with those limited to one.
"""

from collections.abc import Iterator
from itertools import product

from whichpool.values import Facts, Strategy

THREADS = (1, 2, 4, 8, 16, 32, 64)
PROCESSES = (1, 2, 4, 8, 16)
CHUNKS_PER_WORKER = 4


def grid(facts: Facts, *, native: bool = False) -> tuple[Strategy, ...]:
    """List every strategy for a workload, serial first; none has more workers than there are items.

    Args:
        facts: What loading the workload told.
        native: Whether native code brings threads of its own.
    """
    limits = (None, 1) if native else (None,)
    serial = (Strategy("serial", chunksize=facts.items, native_threads=limit) for limit in limits)
    pools = (
        Strategy(pool, workers, chunksize, method, native_threads=limit)
        for pool, counts, methods in (("threads", THREADS, (None,)), ("processes", PROCESSES, facts.start_methods))
        for limit, method, count in product(limits, methods, counts)
        for workers in (min(count, facts.items),)
        for chunksize in _chunksizes(facts.items, workers)
    )
    return tuple(dict.fromkeys((*serial, *pools)))


def _chunksizes(items: int, workers: int) -> Iterator[int]:
    yield 1
    yield max(1, items // (CHUNKS_PER_WORKER * workers))
    yield -(-items // workers)
