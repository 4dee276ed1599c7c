"""A crew of threads of the caller's own process."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from queue import Empty, SimpleQueue
from time import perf_counter
from typing import Any, cast

from whichpool.errors import CrewBroken
from whichpool.machine.gil import gil_is_on
from whichpool.running import place
from whichpool.running.crew import Answer, Batch, Task, answer_of
from whichpool.running.forks import keep_from_forks
from whichpool.running.loop import run_whole_batch
from whichpool.running.workers.starting import undisturbed

_AHEAD_PER_WORKER = 1


class _Worker:
    """A thread, with what it is at."""

    __slots__ = ("batch", "begun_s", "claim", "given_up", "thread", "under_way")

    def __init__(self) -> None:
        self.thread: threading.Thread
        self.batch: Batch | None = None
        self.claim: list[Batch] = []  # who takes the batch out of it answers: the worker, or who gives it up
        self.under_way: tuple[Batch, Iterator[Any]] | None = None  # a batch, and what is left of it
        self.begun_s = 0.0
        self.given_up = False


class ThreadCrew:
    """Threads that take batches from one queue and put their answers into another; see :class:`Crew`.

    A thread cannot be ended from outside. One whose item is past its time is given up: the item's answer is a
    ``TimeoutError``, another thread takes its place, and it ends when its item does, or with the process.
    """

    pool = "threads"

    def __init__(self, task: Task, workers: int) -> None:
        """Prepare a crew of a number of workers."""
        self.workers = workers
        self._task = task
        self._crew: list[_Worker] = []
        self._batches: SimpleQueue[Batch | None] = SimpleQueue()
        self._answers: SimpleQueue[Answer | BaseException] = SimpleQueue()
        self._takers: list[None] = []  # as many as there are threads that will look for a batch again
        self._has_run_out = False
        self._unanswered = 0
        self._trouble: CrewBroken | None = None

    def open(self) -> None:
        """Start nothing yet: a thread is started when it has something to do, and works while others are started."""
        keep_from_forks(self)

    def is_ready(self) -> bool:
        """Threads take batches from the moment on that they are started; an initializer runs before the first."""
        return True

    def room(self) -> int:
        """Tell how many batches it should be given now."""
        return self.workers * (1 + _AHEAD_PER_WORKER) - self._unanswered

    def give(self, batch: Batch) -> None:
        """Hand a batch over."""
        self._unanswered += 1
        self._batches.put(Batch(batch.first, list(batch.items)))
        if len(self._takers) < min(self.workers, self._unanswered):
            self._start()

    def grow(self, workers: int) -> None:
        """Come to have more workers, as there is something for them to do."""
        self.workers = workers

    def run_out(self) -> None:
        """Have the threads end when all that they were given is done: ending many takes longer than ending the last."""
        if not self._has_run_out:
            self._has_run_out = True
            self._wake(len(self._takers))

    def take(self, wait_s: float | None) -> list[Answer]:
        """Wait until batches have been answered, or the time is over."""
        until_s = None if wait_s is None else perf_counter() + wait_s
        answers = self._past_their_time()
        while not answers and self._trouble is None and (until_s is None or perf_counter() < until_s):
            waits = [at_s - perf_counter() for at_s in (until_s, self._next_deadline_s()) if at_s is not None]
            with suppress(Empty):
                answers.append(answer_of(self._answers.get(timeout=max(0.0, min(waits)) if waits else None)))
            answers += self._past_their_time()
        with suppress(Empty):
            while True:
                answers.append(answer_of(self._answers.get_nowait()))
        if self._trouble is not None and not answers:
            raise self._trouble
        self._unanswered -= len(answers)
        return [answer for answer in answers if answer.values]  # all of a batch may have been taken back

    def take_back(self) -> list[Batch]:
        """Take the rest of batches that take too long; with the GIL, emptying an iterator is one step for its owner."""
        longest_s = self._task.longest_batch_s
        if longest_s is None or not gil_is_on():
            return []
        late = [worker.under_way for worker in self._crew if perf_counter() - worker.begun_s > longest_s]
        return [rest for under_way in late if under_way is not None if (rest := _rest_of(*under_way)).items]

    def close(self) -> None:
        """Have the threads end after the item they are at, and wait for them; may be interrupted, and called again.

        Called by one of them, as where that collects garbage, it does not wait: they may wait for each other.
        """
        for worker in self._crew:
            worker.given_up = True
            batch = worker.batch
            if batch is not None:
                # whoever goes through a list that is emptied comes to its end
                cast("list[Any]", batch.items).clear()
        self._wake(len(self._crew))
        is_one_of_them = any(worker.thread.ident == threading.get_ident() for worker in self._crew)
        crew, self._crew = self._crew, []  # whoever is impatient and interrupts leaves those behind that are busy
        for worker in crew:
            if not is_one_of_them:
                with suppress(RuntimeError):  # an interrupt came before it was started; it ends as soon as it begins
                    worker.thread.join()

    def _wake(self, workers: int) -> None:
        for _ in range(workers):
            self._batches.put(None)

    def _start(self) -> None:
        worker = _Worker()
        # what runs in it cannot be ended, and must not keep the whole program from ending
        work = partial(copy_context().run, self._work, worker)  # context variables are as in the caller
        worker.thread = threading.Thread(target=work, name="whichpool", daemon=True)
        self._takers.append(None)
        self._crew.append(worker)  # before it is there: by other signals it may be interrupted meanwhile all the same
        try:
            with undisturbed():  # interrupted in there, threading may leave one that never gets to its work
                worker.thread.start()
        except RuntimeError as error:  # the system has no more threads, or no memory for one
            self._crew.remove(worker)
            self._takers.pop()
            if not self._takers:
                self._trouble = CrewBroken(f"a thread could not be started: {error}")  # once answers have been taken
                return
            self.workers = len(self._takers)

    def _work(self, worker: _Worker) -> None:
        place.enter_thread()
        if self._is_given_up(worker):
            return
        if self._task.initializer is not None:
            try:
                self._task.initializer()
            except BaseException as error:  # a user's function may raise anything
                self._answers.put(error)
                return
        while (batch := self._next(worker)) is not None:
            rest = iter(batch.items)
            worker.begun_s, worker.claim, worker.batch = perf_counter(), [batch], batch
            if self._is_given_up(worker):
                return
            worker.under_way = batch, rest
            answer = run_whole_batch(self._task, batch.first, rest)
            worker.batch = worker.under_way = None
            try:
                worker.claim.pop()
            except IndexError:  # it was given up, and another thread is in its place
                return
            self._answers.put(answer)

    def _next(self, worker: _Worker) -> Batch | None:
        """Give a thread its next batch; None has it end."""
        batch: Batch | None = None
        while batch is None and not worker.given_up:
            if not self._has_run_out:
                batch = self._batches.get()
                continue
            try:
                batch = self._batches.get_nowait()
            except Empty:
                self._takers.pop()
                # a lock would not do, for interrupts of whoever gives batches; that one puts a batch there, and then
                # counts the takers: so one of the two sees what the other has done
                try:
                    batch = self._batches.get_nowait()
                except Empty:
                    return None
                self._takers.append(None)
        return batch

    @staticmethod
    def _is_given_up(worker: _Worker) -> bool:
        return worker.given_up

    def _next_deadline_s(self) -> float | None:
        """Tell when the next item is past its time; a batch holds one item where items have a time."""
        if self._task.timeout_s is None:
            return None
        # one that begins later than this look cannot be late before the look after it
        begun = [worker.begun_s for worker in self._crew if worker.batch is not None and not worker.given_up]
        return min([*begun, perf_counter()]) + self._task.timeout_s

    def _past_their_time(self) -> list[Answer]:
        if self._task.timeout_s is None:
            return []
        late: list[Answer] = []
        for worker in list(self._crew):
            claim = worker.claim  # that of one batch, whatever the thread may come to be at
            if claim and not worker.given_up and perf_counter() - worker.begun_s > self._task.timeout_s:
                try:
                    batch = claim.pop()
                except IndexError:  # it has just come to its end
                    continue
                worker.given_up = True
                failure = TimeoutError(f"the item took longer than {self._task.timeout_s:g} s")
                late.append(Answer(batch.first, [None], {0: failure}, busy_s=perf_counter() - worker.begun_s))
                self._crew.remove(worker)
                self._takers.pop()
                self._start()
        return late


def _rest_of(batch: Batch, rest: Iterator[Any]) -> Batch:
    left = list(rest)
    return Batch(batch.first + len(batch.items) - len(left), left)
