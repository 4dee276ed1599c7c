"""An executor that begins in threads and moves a function to processes when that pays."""

import math
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Executor as BaseExecutor
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from multiprocessing.context import BaseContext
from typing import Any, ParamSpec, TypeVar

from whichpool.errors import WrongCall
from whichpool.machine.cores import usable_cores
from whichpool.machine.gil import gil_is_on
from whichpool.running import place
from whichpool.running.executors.course import ExecutorReport
from whichpool.running.executors.dispatch import Dispatch
from whichpool.running.executors.gil_watch import GilWatch
from whichpool.running.executors.lasting_pool import LastingPool
from whichpool.running.executors.process_calls import ProcessCalls
from whichpool.running.executors.remote_call import begin_thread
from whichpool.running.executors.worker import safe_context

P = ParamSpec("P")
T = TypeVar("T")

_POOLS = ("threads", "processes")
_MOST_WORKERS, _MORE_THAN_CORES = 32, 4


class Executor(BaseExecutor):
    """A ``concurrent.futures.Executor`` whose calls run in threads, or in processes where those are faster.

    Every function begins in threads. Its calls are watched there, and when they are seen to keep each other waiting
    for the GIL (:class:`whichpool.running.executors.gil_watch.GilWatch`), and function, arguments and result can be
    pickled, its calls that have not begun yet run in processes. Futures are those of ``ThreadPoolExecutor``; a thread
    hands its call over and waits for the result. See docs/executor.md.
    """

    def __init__(
        self,
        max_workers: int | None = None,
        *,
        pools: str | Iterable[str] = _POOLS,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
        mp_context: BaseContext | None = None,
    ) -> None:
        """Start nothing yet.

        Args:
            max_workers: How many calls may run at once, whichever pool they are in; None for four more than the cores
                that may be used, at most 32, as ``ThreadPoolExecutor`` has it. There are as many processes as cores,
                and more only for calls that wait. With processes alone None is for as many as cores.
            pools: Where calls may run: ``threads``, ``processes`` or both. With processes alone it is a plain
                ``ProcessPoolExecutor``.
            initializer: Called in each worker, thread or process, before its first call.
            initargs: What the initializer is called with.
            mp_context: How processes are started, as ``multiprocessing.get_context`` gives it; None for Python's own
                way where that is not ``fork``, else ``forkserver`` on Linux and ``spawn`` elsewhere.

        Raises:
            WrongCall: There is no such pool, or processes would be forked while threads are alive.
            ValueError: There is to be no worker.
            TypeError: The initializer cannot be called.
        """
        allowed = (pools,) if isinstance(pools, str) else tuple(pools)
        if not allowed or set(allowed) - set(_POOLS):
            message = f"an executor runs in threads, processes or both; pools={allowed!r} is none of these"
            raise WrongCall(message)
        if "threads" in allowed and mp_context is not None and mp_context.get_start_method() == "fork":
            message = "threads are alive when processes are started, and fork is not safe then: use forkserver or spawn"
            raise WrongCall(message)
        if max_workers is not None and max_workers <= 0:
            message = "max_workers must be greater than 0"
            raise ValueError(message)
        if initializer is not None and not callable(initializer):
            message = "initializer must be a callable"  # type: ignore[unreachable] # for callers without types
            raise TypeError(message)
        cores = usable_cores().usable
        usual = min(_MOST_WORKERS, math.ceil(cores) + _MORE_THAN_CORES) if "threads" in allowed else math.ceil(cores)
        self._max_workers = max_workers or usual  # dask asks for it
        context, begin = mp_context or safe_context(), (initializer, initargs)
        self._threads: ThreadPoolExecutor | None = None
        self._processes: ProcessCalls | None = None
        self._pool: LastingPool | None = None
        if "threads" not in allowed:
            self._pool = LastingPool(self._max_workers, context, *begin)
        else:
            self._threads = ThreadPoolExecutor(self._max_workers, "whichpool", begin_thread, begin)
            if "processes" in allowed and gil_is_on() and not place.is_inside():
                self._processes = ProcessCalls(self._max_workers, cores, context, *begin)
        self._dispatch = Dispatch(self._processes, partial(GilWatch, cores))

    @property
    def report(self) -> ExecutorReport:
        """What has run where so far, and why."""
        return self._dispatch.report()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Have a function called in a worker.

        Returns:
            The future of the call. Where a worker process dies during the call its exception is ``BrokenProcessPool``;
            what is submitted later goes on in new processes.

        Raises:
            RuntimeError: The executor has been shut down, or the interpreter is about to end.
            BrokenExecutor: The workers die as they begin, or the initializer failed in them.
        """
        course = self._dispatch.course(fn)
        if self._threads is not None:
            future = self._threads.submit(self._dispatch.call, course, fn, args, kwargs)
            course.submit()
            return future
        assert self._pool is not None  # noqa: S101 - one of the two is there
        course.count("processes")
        return self._pool.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - its signature
        """Take no more calls, and free what was used; see ``concurrent.futures.Executor.shutdown``.

        Args:
            wait: Whether to wait until all calls have ended.
            cancel_futures: Whether calls that have not begun are not to begin.
        """
        if self._pool is not None:
            self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)
        if self._threads is not None:
            self._threads.shutdown(wait=wait, cancel_futures=cancel_futures)
            if wait:
                self._end_processes()
            elif self._processes is not None:  # calls that have not begun may still need them
                try:
                    threading.Thread(target=self._end_processes, name="whichpool", daemon=True).start()
                except RuntimeError:  # the interpreter is about to end, and all calls have ended
                    self._end_processes()

    def _end_processes(self) -> None:
        if self._threads is not None and self._processes is not None:
            self._threads.shutdown(wait=True)
            self._processes.shutdown()
