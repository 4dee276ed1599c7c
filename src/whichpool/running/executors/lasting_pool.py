"""A process pool that goes on when a worker has died."""

import os
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import parent_process
from multiprocessing.context import BaseContext
from multiprocessing.synchronize import Semaphore
from threading import Lock
from typing import Any, ParamSpec, TypeVar

from whichpool.running.executors.remote_call import begin_process
from whichpool.running.hang_up import kill_at_hang_up

P = ParamSpec("P")
T = TypeVar("T")


class LastingPool:
    """A ``ProcessPoolExecutor`` that is replaced at the next call when it is broken, if a worker had begun before.

    One whose workers die as they begin would break again.
    """

    def __init__(
        self,
        workers: int,
        context: BaseContext,
        initializer: Callable[..., object] | None,
        initargs: tuple[Any, ...],
    ) -> None:
        """Start nothing yet; see ``ProcessPoolExecutor``."""
        self._workers = workers
        self._context = context
        self._begin = (initializer, initargs)
        self._begun: Semaphore
        self._lock = Lock()
        self._ending = Lock()
        self._is_shut = False
        self._pool: ProcessPoolExecutor | None = None

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Submit a call as ``ProcessPoolExecutor`` does.

        Raises:
            BrokenProcessPool: The workers die as they begin.
            RuntimeError: It has been shut down, or the interpreter is about to end.
        """
        with self._lock:
            try:
                future = self._started().submit(function, *args, **kwargs)
            except BrokenProcessPool:
                if not self._begun.acquire(block=False):
                    raise
                self._pool = None
                future = self._started().submit(function, *args, **kwargs)
            return future

    def shutdown(self, *, wait: bool, cancel_futures: bool) -> None:
        """Take no more calls; see ``concurrent.futures.Executor.shutdown``."""
        with self._ending:  # a pool cannot be shut down by two threads at once
            with self._lock:
                self._is_shut = True
                pool, self._pool = self._pool, None
            if pool is not None:
                pool.shutdown(wait=wait, cancel_futures=cancel_futures)

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            if self._is_shut:
                message = "cannot schedule new futures after shutdown"
                raise RuntimeError(message)
            self._begun = self._context.Semaphore(0)  # each worker adds one when it has begun
            self._pool = ProcessPoolExecutor(self._workers, self._context, _begin, (self._begun, *self._begin))
        return self._pool


def _begin(begun: Semaphore, initializer: Callable[..., object] | None, initargs: tuple[Any, ...]) -> None:
    caller = parent_process()
    if caller is not None:
        kill_at_hang_up(caller.sentinel, os.getpid())
    begin_process(initializer, initargs)
    begun.release()
