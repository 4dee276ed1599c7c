"""Worker processes: ``concurrent.futures.ProcessPoolExecutor``, by any start method."""

import copy
import multiprocessing
import pickle
import signal
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
from whichpool.pools.exits import how_it_ended
from whichpool.pools.protocol import OpenPool, PoolFailed
from whichpool.values import Strategy


@contextmanager
def open_pool(strategy: Strategy, function: Function, prepare: Callable[[], None]) -> Iterator[OpenPool]:
    """Open a process pool; see :class:`whichpool.pools.protocol.Pool`."""
    _try_to_pickle(function)
    context, started = _watched_context(strategy.start_method)
    try:
        with ProcessPoolExecutor(strategy.workers, mp_context=context, initializer=prepare) as executor:
            yield ExecutorPool(executor, strategy.workers)
    except BrokenProcessPool:
        # asked only now: forkserver tells an exit code once, and while it lived the executor's thread was asking too
        exit_codes = [process.exitcode for process in started if process.exitcode is not None]
        raise PoolFailed(Trouble.DIED, _how_a_worker_died(exit_codes)) from None


def _try_to_pickle(function: Function) -> None:
    """Find out by trying, before any worker is started, whether the function can travel."""
    try:
        pickle.dumps(function)
    except Exception as error:
        name = getattr(function, "__qualname__", repr(function))
        mend = (
            "define it with def at the top level of a module"
            if "<" in name
            else "make it, and the object it is bound to, something that pickle can rebuild"
        )
        message = f"the function {name} cannot be pickled ({type(error).__name__}: {error}); {mend}"
        raise PoolFailed(Trouble.UNPICKLABLE, message) from None


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


def _how_a_worker_died(exit_codes: list[int]) -> str:
    """Tell how the worker ended that broke the pool.

    The executor terminates the survivors (SIGTERM), so another signal or code is the culprit's.
    """
    culprits = [code for code in exit_codes if code not in {0, -signal.SIGTERM}] or exit_codes
    return f"a worker process {how_it_ended(culprits[0])}" if culprits else "a worker process died without a trace"
