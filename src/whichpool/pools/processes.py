"""Worker processes: ``concurrent.futures.ProcessPoolExecutor``, by any start method."""

import copy
import multiprocessing
import pickle
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any

from whichpool.errors import Trouble
from whichpool.pools.chunk import Chunk, ChunkEnd, Function
from whichpool.pools.executor import ExecutorPool
from whichpool.pools.exits import how_it_ended
from whichpool.pools.protocol import OpenPool, PoolFailed
from whichpool.values import Strategy


@contextmanager
def open_pool(strategy: Strategy, function: Function, prepare: Callable[[], None]) -> Iterator[OpenPool]:
    """Open a process pool; see :class:`whichpool.pools.protocol.Pool`."""
    _try_to_pickle(function)
    context, started = _watched_context(strategy.start_method)
    with ProcessPoolExecutor(strategy.workers, mp_context=context, initializer=prepare) as executor:
        yield _ProcessPool(ExecutorPool(executor, strategy.workers), started)


@dataclass(frozen=True, slots=True)
class _ProcessPool:
    """An executor's pool that can tell how a worker died."""

    pool: ExecutorPool
    started: list[BaseProcess]

    def run(self, function: Function, chunks: Iterable[Chunk]) -> Iterator[ChunkEnd]:
        try:
            yield from self.pool.run(function, chunks)
        except BrokenProcessPool:
            raise PoolFailed(Trouble.DIED, _how_a_worker_died(_exit_codes(self.started))) from None


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


def _exit_codes(processes: list[BaseProcess]) -> list[int]:
    """Tell how each worker ended; the executor has ended those that were still alive."""
    for process in processes:
        process.join(timeout=1)
    return [process.exitcode for process in processes if process.exitcode is not None]


def _how_a_worker_died(exit_codes: list[int]) -> str:
    """Tell how the worker ended that broke the pool.

    The executor terminates the survivors (SIGTERM), so another signal or code is the culprit's.
    """
    culprits = [code for code in exit_codes if code not in {0, -signal.SIGTERM}] or exit_codes
    return f"a worker process {how_it_ended(culprits[0])}" if culprits else "a worker process died without a trace"
