"""Worker processes: ``concurrent.futures.ProcessPoolExecutor``, by any start method."""

import copy
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any

from whichpool.errors import Trouble
from whichpool.pools.chunk import Function
from whichpool.pools.executor import ExecutorPool
from whichpool.pools.exits import how_a_worker_died
from whichpool.pools.pickling import refuse_what_cannot_travel
from whichpool.pools.protocol import OpenPool, PoolFailed
from whichpool.values import Strategy


@contextmanager
def open_pool(strategy: Strategy, function: Function, prepare: Callable[[], None]) -> Iterator[OpenPool]:
    """Open a process pool; see :class:`whichpool.pools.protocol.Pool`."""
    refuse_what_cannot_travel(function)
    context, started = _watched_context(strategy.start_method)
    try:
        with ProcessPoolExecutor(strategy.workers, mp_context=context, initializer=prepare) as executor:
            yield ExecutorPool(executor, strategy.workers)
    except BrokenProcessPool:
        # asked only now: forkserver tells an exit code once, and while it lived the executor's thread was asking too
        exit_codes = [process.exitcode for process in started if process.exitcode is not None]
        raise PoolFailed(Trouble.DIED, how_a_worker_died(exit_codes)) from None


def _watched_context(start_method: str | None) -> tuple[BaseContext, list[BaseProcess]]:
    """Make a multiprocessing context that remembers the processes it starts.

    The executor forgets its processes when the pool breaks, which is when their exit codes are wanted.
    """
    context: Any = copy.copy(multiprocessing.get_context(start_method))
    started: list[BaseProcess] = []
    start = context.Process

    def remember(*args: object, **kwargs: object) -> BaseProcess:
        process: BaseProcess = start(*args, **kwargs)
        started.append(process)
        return process

    context.Process = remember
    return context, started
