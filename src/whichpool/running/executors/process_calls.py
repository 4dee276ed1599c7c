"""The processes of an executor that chooses: started when they are first needed, as many as it takes."""

import math
import os
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from multiprocessing.util import Finalize
from threading import Lock, Semaphore
from time import perf_counter
from typing import Any, NoReturn
from weakref import WeakSet

from whichpool.running.crew import NotBegun
from whichpool.running.executors.remote_call import Returned
from whichpool.running.executors.worker import Worker
from whichpool.running.workers.outcomes import read_one

_RETRY_AFTER_S = 1.0
_MOST_FAILURES = 3
_all: "WeakSet[ProcessCalls]" = WeakSet()
_in_fork: list[str] = []
"""Why there are no processes to be had, in a fork of a program that had some."""


class ProcessCalls:
    """Makes calls in processes, each by the thread that it came to, which talks to a process by itself.

    (With a ``ProcessPoolExecutor`` behind the threads a call passes through two threads more, which take longer than
    all the rest.) A process that dies fails the call that it was at, and no other. Where the first dies before it takes
    a call, so would the next: there are none then.
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
        self._begin = (context, initializer, initargs)
        self._begin_anew()
        self._refusal = "".join(_in_fork)
        self._has_begun = False
        self._elapsed_s = self._cpu_s = 0.0
        # also where nobody shuts it down: when it is forgotten, or at exit before multiprocessing waits for children
        self._end = Finalize(self, self._staff.end, exitpriority=0)
        _all.add(self)

    def _begin_anew(self) -> None:
        self._lock = Lock()
        self._starting = Lock()
        self._staff = _Staff()
        self._slots_made = min(self._most, math.ceil(self._cores))
        self._slots = Semaphore(self._slots_made)
        self._failures = self._slots_aside = 0
        self._failed_at_s = 0.0

    def disown(self) -> None:
        """Have nothing to do with the workers, in a fork of the caller: they are the caller's."""
        self._begin_anew()
        self._refusal = "".join(_in_fork)

    @property
    def has_workers(self) -> bool:
        """Whether there is a process."""
        return self._staff.is_there()

    def call(self, pickled: bytes) -> Any:  # noqa: ANN401 - whatever the function returns
        """Make a pickled call, and wait for its result.

        Raises:
            NotBegun: There are no workers to be had, or they cannot read the call; without a word if the next call may
                find one.
            BrokenProcessPool: A worker died during the call, or the program is about to end.
            Unsendable: The result cannot be pickled, or not unpickled.
            BaseException: What the function raised.
        """
        worker = self._free_worker()
        try:
            returned, outcome = worker.call(pickled)
        except BaseException:  # what it says next would be taken for the answer to another call
            self._staff.bury(worker)
            raise
        else:
            self._staff.put_back(worker)
        finally:
            self._slots.release()
        if returned.why_not_begun:
            raise NotBegun(returned.why_not_begun)
        self._make_room(returned)
        (value,), failures = read_one(outcome)
        if failures:
            failure = failures.pop(0)
            try:
                raise failure
            finally:
                del failure  # a traceback that leads to its own exception would keep the arguments
        return value

    def shutdown(self) -> None:
        """End the workers, of which none is to be called any more, and wait until they are gone."""
        self._end()
        self._staff.wait_for_the_end()

    def _free_worker(self) -> Worker:
        """Wait for a slot and take a worker for it; a slot for which none can be started is put aside for a while."""
        while True:
            self._slots.acquire()
            try:
                worker = self._staff.take_idle() or self._started()
            except BaseException:
                self._slots.release()
                raise
            if worker is not None:
                return worker

    def _started(self) -> Worker | None:
        """Start a worker, or take one that is idle by then; None where none can be started beside those there are."""
        try:
            with self._starting:
                idle = self._staff.take_idle()
                if idle is not None:
                    return idle
                self._may_start()
                worker = Worker(*self._begin)
                if not self._has_begun:  # nobody starts another before the first has shown that it can be done
                    worker.begin()
                    self._has_begun = True
            worker.begin()
        except NotBegun as reason:
            self._note_failure(str(reason))
            if self._staff.is_there():
                self._slots_aside += 1
                return None
            if self._refusal:
                raise
            raise NotBegun from None
        self._failures = 0
        self._staff.hire(worker)
        return worker

    def _note_failure(self, reason: str) -> None:
        """Start none any more where the first could not be started, or several one after the other."""
        self._failures += 1
        self._failed_at_s = perf_counter()
        if not self._has_begun or (self._failures >= _MOST_FAILURES and not self._staff.is_there()):
            self._refusal = reason

    def _may_start(self) -> None:
        """See whether a worker has died as it began, and none has begun before.

        Raises:
            NotBegun: So it was.
        """
        if self._refusal:
            raise NotBegun(self._refusal)

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
            if self._slots_aside and perf_counter() - self._failed_at_s > _RETRY_AFTER_S:
                self._slots_aside -= 1
                self._slots.release()


def _disown_all() -> None:
    if not _in_fork and any(calls.has_workers for calls in _all):
        _in_fork.append("in a fork of the program calls run in threads: the processes are the program's")
    for calls in list(_all):
        calls.disown()


os.register_at_fork(after_in_child=_disown_all)


class _Staff:
    """The workers there are. Whoever takes one out, because it died or all is over, ends it; nobody else does."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ending = Lock()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._is_over = False

    def is_there(self) -> bool:
        return bool(self._busy or self._idle)

    def hire(self, worker: Worker) -> None:
        """Take in a worker that has begun, as one that is busy.

        Raises:
            BrokenProcessPool: All is over.
        """
        with self._lock:
            if not self._is_over:
                self._busy.add(worker)
                return
        _end(worker)
        self._refuse()

    def take_idle(self) -> Worker | None:
        """Take a worker that has nothing to do, if there is one; those that died meanwhile are buried.

        Raises:
            BrokenProcessPool: All is over.
        """
        while True:
            with self._lock:
                if self._is_over:
                    self._refuse()
                if not self._idle:
                    return None
                worker = self._idle.pop()
                self._busy.add(worker)
            if worker.is_alive():
                return worker
            self.bury(worker)

    def put_back(self, worker: Worker) -> None:
        """Let a worker be idle."""
        with self._lock:
            if worker in self._busy:
                self._busy.remove(worker)
                self._idle.append(worker)

    def bury(self, worker: Worker) -> None:
        """End a worker that is dead, or of no more use."""
        with self._lock:
            is_mine = worker in self._busy
            self._busy.discard(worker)
        if is_mine:
            _end(worker)

    def end(self) -> None:
        """End those that are idle gently, and those that are left at a call when the program ends at once."""
        with self._ending:
            with self._lock:
                self._is_over = True
                idle, busy = self._idle, self._busy
                self._idle, self._busy = [], set()
            for worker in idle:
                worker.dismiss()
            for worker in busy:
                worker.kill()  # the thread that waits for its answer hears of that
            for worker in idle:
                worker.join()

    def wait_for_the_end(self) -> None:
        """Wait until whoever ends them is done."""
        with self._ending:
            return

    @staticmethod
    def _refuse() -> NoReturn:
        message = "the program is about to end, or the executor has been shut down"
        raise BrokenProcessPool(message)


def _end(worker: Worker) -> None:
    worker.kill()
    worker.join()
