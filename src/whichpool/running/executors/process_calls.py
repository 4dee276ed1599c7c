"""The processes of an executor: started when they are first needed, as many as it takes, and again when one died."""

import math
import multiprocessing
import sys
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from threading import Lock, Semaphore
from typing import Any, ParamSpec, TypeVar

from whichpool.running.crew import NotBegun
from whichpool.running.executors.remote_call import Returned, begin_process, run
from whichpool.running.workers.outcomes import read_one

P = ParamSpec("P")
T = TypeVar("T")


def safe_context() -> BaseContext:
    """Choose how to start processes while threads are alive: never by ``fork``, which may copy a lock that is held."""
    method: str | None = multiprocessing.get_start_method(allow_none=True)
    if method is None or method == "fork":
        has_server = "forkserver" in multiprocessing.get_all_start_methods() and sys.platform == "linux"
        method = "forkserver" if has_server else "spawn"
    return multiprocessing.get_context(method)


class ProcessCalls:
    """Runs calls in a ``ProcessPoolExecutor``.

    A pool that breaks, because a worker died, is replaced at the next call if it had finished a call before. One that
    had not would break again: its workers die as they begin.
    """

    def __init__(
        self,
        most: int,
        cores: float,
        context: BaseContext,
        initializer: Callable[..., object] | None,
        initargs: tuple[Any, ...],
    ) -> None:
        """Start nothing yet.

        Args:
            most: How many processes there may be.
            cores: How many cores may be used; so many calls run at once, or more if they wait.
            context: How processes are started.
            initializer: Called in each of them before its first call.
            initargs: What it is called with.
        """
        self._most = most
        self._cores = cores
        self._context = context
        self._begin = (initializer, initargs)
        self._lock = Lock()
        self._ending = Lock()
        self._is_shut = False
        self._pool: ProcessPoolExecutor | None = None
        self._has_finished = _Mark()
        self._slots_made = min(most, math.ceil(cores))
        self._slots = Semaphore(self._slots_made)
        self._elapsed_s = self._cpu_s = 0.0

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
                if not self._has_finished.is_set:
                    raise
                self._pool = None
                future = self._started().submit(function, *args, **kwargs)
            future.add_done_callback(self._has_finished.set)
            return future

    def call(self, pickled: bytes) -> Any:  # noqa: ANN401 - whatever the function returns
        """Make a pickled call, and wait for its result.

        Raises:
            NotBegun: There are no workers to be had, or they cannot read the call.
            BrokenProcessPool: A worker died during the call.
            Unsendable: The result cannot be pickled, or not unpickled.
            BaseException: What the function raised.
        """
        with self._slots:
            try:
                future = self.submit(run, pickled)
            except BrokenProcessPool as error:
                message = "worker processes die as they begin"
                raise NotBegun(message) from error
            except (RuntimeError, OSError) as error:
                raise NotBegun(str(error)) from error
            returned = future.result()
        self._make_room(returned)
        (value,), failures = read_one(returned.pickled)
        if failures:
            raise failures[0]
        return value

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
            self._has_finished = _Mark()
            self._pool = ProcessPoolExecutor(self._most, self._context, begin_process, self._begin)
        return self._pool

    def _make_room(self, returned: Returned) -> None:
        """Let more calls run at once, if these keep their cores busy for a part of their time only."""
        with self._lock:
            self._elapsed_s += returned.elapsed_s
            self._cpu_s += returned.cpu_s
            share = self._cpu_s / self._elapsed_s if self._elapsed_s else 1.0
            wanted = math.ceil(self._cores / share) if share * self._most > self._cores else self._most
            while self._slots_made < min(wanted, self._most):
                self._slots.release()
                self._slots_made += 1


class _Mark:
    """Tells whether a call of a pool has come to an end that is not the pool's; holds nothing of the pool alive."""

    is_set = False

    def set(self, future: "Future[Any]") -> None:
        """Look at how a call ended."""
        if not future.cancelled() and not isinstance(future.exception(), BrokenProcessPool):
            self.is_set = True
