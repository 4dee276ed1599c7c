"""The processes of an executor that chooses: started when they are first needed, as many as it takes."""

import math
from collections.abc import Callable
from multiprocessing.context import BaseContext
from multiprocessing.util import Finalize
from threading import Lock, Semaphore
from typing import Any

from whichpool.running.crew import NotBegun
from whichpool.running.executors.remote_call import Returned
from whichpool.running.executors.worker import Worker
from whichpool.running.workers.outcomes import read_one


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
        self._lock = Lock()
        self._starting = Lock()
        self._ending = Lock()
        self._refusal = ""
        self._workers: set[Worker] = set()
        self._idle: list[Worker] = []
        self._slots_made = min(most, math.ceil(cores))
        self._slots = Semaphore(self._slots_made)
        self._elapsed_s = self._cpu_s = 0.0
        # also where nobody shuts it down: when it is forgotten, or at exit before multiprocessing waits for children
        self._end = Finalize(self, _end_all, (self._workers, self._idle), exitpriority=0)

    def call(self, pickled: bytes) -> Any:  # noqa: ANN401 - whatever the function returns
        """Make a pickled call, and wait for its result.

        Raises:
            NotBegun: There are no workers to be had, or they cannot read the call.
            BrokenProcessPool: A worker died during the call.
            Unsendable: The result cannot be pickled, or not unpickled.
            BaseException: What the function raised.
        """
        with self._slots:
            worker = self._free_worker()
            try:
                returned, outcome = worker.call(pickled)
            except BaseException:  # what it says next would be taken for the answer to another call
                self._workers.discard(worker)
                worker.kill()
                worker.join()
                raise
            self._idle.append(worker)
        if returned.why_not_begun:
            raise NotBegun(returned.why_not_begun)
        self._make_room(returned)
        (value,), failures = read_one(outcome)
        if failures:
            raise failures[0]
        return value

    def shutdown(self) -> None:
        """End the workers, of which none is to be called any more, and wait until they are gone."""
        with self._ending:
            self._refusal = self._refusal or "the executor has been shut down"
            self._end()

    def _free_worker(self) -> Worker:
        worker = self._idle_worker()
        if worker is None:
            with self._starting:  # one at a time, and not while the first may show that there can be none
                worker = self._idle_worker() or self._started()
        return worker

    def _idle_worker(self) -> Worker | None:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.is_alive():
                    return worker
                self._workers.discard(worker)
                worker.join()
        return None

    def _started(self) -> Worker:
        if self._refusal:
            raise NotBegun(self._refusal)
        try:
            worker = Worker(*self._begin)
        except NotBegun as reason:
            if self._workers:  # they are there for the next call
                raise NotBegun from reason
            self._refusal = str(reason)
            raise
        self._workers.add(worker)
        return worker

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


def _end_all(workers: set[Worker], idle: list[Worker]) -> None:
    """End those that are idle gently, and those that are left at a call when the program ends at once."""
    everyone = list(workers)
    for worker in everyone:
        if worker in idle:
            worker.dismiss()
        else:
            worker.kill()
    for worker in everyone:
        worker.join()
    workers.clear()
    idle.clear()
