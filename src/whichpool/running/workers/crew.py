"""A crew of worker processes, on the caller's side.

It is long, for one reason: starting, dealing, hearing and burying share the books of who is there and who owes what.
"""

from __future__ import annotations

import atexit
import logging
import select
import sys
import weakref
from collections import deque
from functools import partial
from time import perf_counter, sleep

from whichpool.errors import CrewBroken, ItemFailed, Unsendable, WorkerDied
from whichpool.machine.cores import usable_cores
from whichpool.running.crew import Answer, NotBegun, Task
from whichpool.running.forks import keep_from_forks
from whichpool.running.workers.line import Lost
from whichpool.running.workers.outcomes import read, read_one
from whichpool.running.workers.outgoing import Outgoing
from whichpool.running.workers.roster import Given, Worker
from whichpool.running.workers.starting import Process, can_fork, fork, start_anew, undisturbed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from whichpool.running.crew import Batch
    from whichpool.running.workers.line import Packed

log = logging.getLogger("whichpool")

_PER_WORKER = 2
_FIRST = 2
_MOST_DEATHS = 3
_TO_END_S = 0.5
_BETWEEN_S = 0.5e-3
_open_crews: weakref.WeakSet[ProcessCrew] = weakref.WeakSet()


class ProcessCrew:
    """Worker processes, each on a line of its own; see :class:`whichpool.running.crew.Crew`.

    A worker that dies is replaced. What it had finished is answered from its black box, the item that it was on is
    lost, and the rest goes to others.
    """

    pool = "processes"

    def __init__(self, task: Task, workers: int) -> None:
        """Prepare a crew of a number of workers."""
        self.workers = workers
        self._task = task
        self._outgoing = Outgoing(task)
        self._crew: list[Worker] = []
        self._waiting: deque[Batch] = deque()
        self._answers: list[Answer] = []
        self._numbers = 0
        self._to_start = workers
        self._deaths = 0
        self._refusal: BaseException | None = None
        self._trouble: CrewBroken | None = None
        self._returned: list[Batch] = []
        self._poll = select.poll()
        self._by_descriptor: dict[int, Worker] = {}
        self._inherited = sys.maxsize

    def open(self) -> None:
        """Start the first workers; the others follow one by one, while these have begun."""
        keep_from_forks(self)
        _open_crews.add(self)
        for _ in range(min(self.workers, _FIRST)):
            self._start()
        self._complain()

    def is_ready(self) -> bool:
        """Tell whether a worker waits for its first batch."""
        self._look(0)
        self._complain()
        return any(worker.is_ready for worker in self._crew)

    def room(self) -> int:
        """Tell how many batches it should be given now, also for workers that are still to come."""
        return _PER_WORKER * self.workers - sum(len(worker.given) for worker in self._crew) - len(self._waiting)

    def give(self, batch: Batch) -> None:
        """Hand a batch over; items that cannot be pickled are answered by the next :meth:`take`."""
        self._waiting.append(batch)
        self._deal()

    def grow(self, workers: int) -> None:
        """Come to have more workers; they are started one by one, while the others have enough to do."""
        self._to_start += workers - self.workers
        self.workers = workers

    def run_out(self) -> None:
        """Wait for the end: all of it ends quickly, and at once."""

    def take(self, wait_s: float | None) -> list[Answer]:
        """Wait until items have been answered, or the time is over."""
        until_s = None if wait_s is None else perf_counter() + wait_s
        self._look(0)
        while not self._answers and not self._returned:
            self._complain()
            left_s = None if until_s is None else until_s - perf_counter()
            if left_s is not None and left_s <= 0:
                break
            self._look(left_s)
        answers, self._answers = self._answers, []
        return answers

    def take_back(self) -> list[Batch]:
        """Give what workers have given back."""
        returned, self._returned = self._returned, []
        return returned

    def close(self) -> None:
        """End all workers: the idle ones are told to, and have a moment for it; the others are killed."""
        with undisturbed():  # it does not take long, and another Ctrl-C would leave workers behind
            self._end_all()

    def _end_all(self) -> None:
        for worker in self._crew:
            if worker.is_ready and not worker.given:
                try:
                    worker.process.line.send(("end",))
                except OSError:  # it has ended by itself
                    continue
            else:
                worker.process.end()
        until_s = perf_counter() + _TO_END_S
        while self._crew:  # it may be interrupted, and be called again for the others
            worker = self._crew[-1]
            while not worker.process.has_ended() and perf_counter() < until_s:
                sleep(_BETWEEN_S)
            worker.process.end()
            worker.process.close()
            self._crew.pop()
        self._outgoing.release()
        self._by_descriptor.clear()
        self._waiting.clear()
        _open_crews.discard(self)

    def _start(self) -> None:
        """Start one worker; how is decided anew each time, because threads come and go."""
        try:
            if can_fork() and not self._outgoing.goes_by_value:
                source = self._task.source
                # a list may have grown since others were forked: what came later is sent
                self._inherited = min(self._inherited, 0 if source is None else len(source))
                task = None
            else:
                task = self._outgoing.task()
            with undisturbed():  # nobody would end a worker that is in no one's books
                process = fork(self._task) if task is None else start_anew(self._native_threads())
                self._join(process)
        except (OSError, CrewBroken) as error:
            why = f"a worker process could not be started: {error}" if isinstance(error, OSError) else str(error)
            self._go_on_with_fewer(why)
            return
        worker = self._crew[-1]
        if task is not None:
            self._tell(worker, ("task",), task)
        for key, packed in self._outgoing.shared.items():
            self._tell(worker, ("hold", key), packed)

    def _native_threads(self) -> int:
        return max(1, int(usable_cores().usable // self.workers))

    def _go_on_with_fewer(self, why: str) -> None:
        """Start no more workers; where none is left, the crew is broken, once its answers have been taken."""
        if self._crew:
            log.info("going on with %d of %d workers: %s", len(self._crew), self.workers, why)
            self.workers, self._to_start = len(self._crew), 0
        else:
            self._trouble = CrewBroken(why)

    def _complain(self) -> None:
        if self._trouble is not None and not self._answers:
            raise self._trouble

    @staticmethod
    def _tell(worker: Worker, head: tuple[object, ...], packed: Packed | None) -> None:
        """Send a worker a message; one that cannot be reached is ended, and taken back what it was given later."""
        try:
            worker.process.line.send(head, packed)
        except OSError:
            worker.process.end()

    def _join(self, process: Process) -> None:
        process.line.when_crowded = partial(self._hear, _BETWEEN_S)
        worker = Worker(process)
        self._crew.append(worker)
        self._to_start -= 1
        for descriptor in process.descriptors:
            self._by_descriptor[descriptor] = worker
            self._poll.register(descriptor, select.POLLIN)

    def _deal(self) -> None:
        """Send batches that wait to the workers that have the fewest; those that are to come find some left."""
        all_are_there = not self._to_start and all(worker.is_ready for worker in self._crew)
        most = _PER_WORKER if all_are_there else 1
        while self._waiting:
            free = [worker for worker in self._crew if worker.is_ready and len(worker.given) < most]
            if not free:
                return
            self._send(self._waiting.popleft(), min(free, key=lambda worker: len(worker.given)))

    def _send(self, batch: Batch, worker: Worker) -> None:
        packed: Packed | None = None
        if self._outgoing.goes_by_value or batch.first + len(batch.items) > self._inherited:
            items, shared = self._outgoing.refer(batch.items)
            self._tell_all(shared)
            try:
                packed = self._outgoing.pack(items)
                packed.prepare()
            except Exception as error:  # anything may be raised by a user's __reduce__, or descriptors have run out
                self._send_what_can_be_sent(batch, error)
                return
        self._numbers += 1
        given = Given(self._numbers, batch, packed.size_bytes if packed else 0)
        worker.given.append(given)
        try:
            self._tell(worker, ("batch", given.number, batch.first, len(batch.items)), packed)
        finally:
            if packed is not None:
                packed.release()

    def _send_what_can_be_sent(self, batch: Batch, error: Exception) -> None:
        """Cut a batch with an item that cannot be pickled in two, until that item stands alone."""
        if len(batch.items) == 1:
            failure = NotBegun(f"the item cannot be sent: {type(error).__name__}: {error}")
            self._answers.append(Answer(batch.first, [None], {0: failure}))
        else:
            self._cut_up(batch, -(-len(batch.items) // 2))

    def _tell_all(self, shared: dict[str, Packed]) -> None:
        for worker in list(self._crew):
            for key, packed in shared.items():
                self._tell(worker, ("hold", key), packed)

    def _look(self, wait_s: float | None) -> None:
        """Take what workers have to say, and see whether one has died or is late; wait for that as long as is said."""
        if self._to_start and self._waiting and any(worker.is_ready for worker in self._crew):
            self._start()  # those that are there have enough to do meanwhile
            wait_s = 0.0
        deadline_s = self._next_deadline_s()
        if deadline_s is not None:
            left_s = max(0.0, deadline_s - perf_counter())
            wait_s = left_s if wait_s is None else min(wait_s, left_s)
        self._hear(wait_s)
        if self._refusal is not None:
            raise self._refusal
        if deadline_s is not None:
            self._end_who_is_late()
        for worker in [worker for worker in self._crew if worker.is_gone]:
            self._bury(worker)
        self._deal()

    def _hear(self, wait_s: float | None) -> None:
        """Listen to those who have something to say, or have ended; wait for one as long as is said.

        It is called while something is sent, too, and does nothing that could send.
        """
        events = self._poll.poll(None if wait_s is None else -(-wait_s * 1000 // 1))
        for worker in {self._by_descriptor[descriptor] for descriptor, _ in events}:
            self._listen(worker)

    def _listen(self, worker: Worker) -> None:
        """Take the messages of a worker; where there are none and it has ended, it is gone."""
        has_ended = worker.process.has_ended()  # what it has said is there by then
        line = worker.process.line
        readable = select.poll()
        readable.register(line.socket, select.POLLIN)
        while readable.poll(0):
            try:
                message = line.receive()
            except (EOFError, OSError):
                worker.is_gone = True
                return
            self._heed(worker, *message)
        worker.is_gone = has_ended

    def _heed(self, worker: Worker, head: tuple[Any, ...], packed: Packed) -> None:
        match head:
            case ("ready",):
                worker.is_ready = True
                self._deaths = 0
            case ("row" | "one" as what, number, place, count, busy_s, cpu_s):
                given = worker.holding(number)
                values, failures = _outcomes(what, count, packed)
                self._answer(given, place, values, failures, busy_s=busy_s, cpu_s=cpu_s, got_bytes=packed.size_bytes)
                if given.answered == len(given.batch.items):
                    worker.given.remove(given)
            case ("rest", number):
                given = worker.holding(number)
                worker.given.remove(given)
                self._returned.append(given.batch.part(given.answered))
            case ("unreadable", number, why):
                given = worker.holding(number)
                worker.given.remove(given)
                self._take_apart(given.batch, why)
            case ("refused",):
                _, failures = _outcomes("one", 1, packed)
                self._refusal = failures[0]

    def _answer(  # noqa: PLR0913 - what an answer consists of
        self,
        given: Given,
        place: int,
        values: list[Any],
        failures: dict[int, BaseException],
        *,
        busy_s: float = 0.0,
        cpu_s: float = 0.0,
        got_bytes: int = 0,
    ) -> None:
        """Answer items of a batch, but for those that were answered before."""
        known = given.answered - place
        if known:
            values = values[known:]
            failures = {at - known: error for at, error in failures.items() if at >= known}
        if not values:
            return
        self._answers.append(
            Answer(
                given.batch.first + given.answered,
                values,
                failures,
                busy_s=busy_s,
                cpu_s=cpu_s,
                sent_bytes=given.sent_bytes,
                got_bytes=got_bytes,
            )
        )
        given.sent_bytes = 0
        given.answered += len(values)

    def _take_apart(self, batch: Batch, why: str) -> None:
        """Send the items of a batch one by one that a worker could not unpickle."""
        if len(batch.items) == 1:
            failure = ItemFailed(f"the item was pickled but cannot be unpickled in a worker: {why}")
            self._answers.append(Answer(batch.first, [None], {0: failure}))
        else:
            self._cut_up(batch, 1)

    def _cut_up(self, batch: Batch, size: int) -> None:
        """Have batches of a size, or fewer items, wait in a batch's stead."""
        for at in reversed(range(0, len(batch.items), size)):
            self._waiting.appendleft(batch.part(at, at + size))

    def _bury(self, worker: Worker) -> None:
        """Answer what a dead worker had finished, and find others for what it had not begun."""
        process = worker.process
        process.end()
        box = process.box
        self._crew.remove(worker)
        for descriptor in process.descriptors:
            del self._by_descriptor[descriptor]
            self._poll.unregister(descriptor)
        how = process.how_it_ended
        for given in worker.given:
            size = len(given.batch.items)
            if given.number == box.batch:
                self._answer(given, given.answered, *_lost(box.unsent - given.answered, "its worker has died"))
                self._answer(given, box.unsent, *read(box.remains(), box.count))
                if not box.begun and size > 1:  # it was unpickling the items: one of them may be the culprit
                    self._cut_up(given.batch, 1)
                    continue
                if given.answered < max(box.begun, 1):
                    failure: BaseException = WorkerDied(f"the worker process that the item ran in {how}")
                    if worker.is_late:
                        failure = TimeoutError(f"the item took longer than {self._task.timeout_s:g} s")
                    self._answer(given, given.answered, [None], {0: failure}, busy_s=perf_counter() - box.begun_s)
            if given.answered < size:
                self._waiting.appendleft(given.batch.part(given.answered))
        self._deaths = 0 if worker.is_ready else self._deaths + 1
        process.close()
        if self._deaths >= _MOST_DEATHS:
            self._go_on_with_fewer(f"worker processes die before they take any work: the last one {how}")
            return
        self._to_start += 1
        self._start()

    def _next_deadline_s(self) -> float | None:
        if self._task.timeout_s is None:
            return None
        boxes = [worker.process.box for worker in self._crew]
        begun = [box.begun_s for box in boxes if box.batch]
        return min([*begun, perf_counter()]) + self._task.timeout_s

    def _end_who_is_late(self) -> None:
        limit_s = self._task.timeout_s or 0.0
        for worker in list(self._crew):
            box = worker.process.box
            if worker.is_gone or not box.batch or perf_counter() - box.begun_s <= limit_s or not worker.process.pause():
                continue
            if box.batch and perf_counter() - box.begun_s > limit_s:  # it stands still: nothing changes now
                worker.is_late = True
                worker.process.end()
                self._listen(worker)
            else:
                worker.process.go_on()


def _outcomes(what: str, count: int, packed: Packed) -> tuple[list[Any], dict[int, BaseException]]:
    """Read a row of results, or one."""
    if isinstance(packed, Lost):
        return _lost(count, packed.why)
    return read(packed.data, count) if what == "row" else read_one(packed.data, packed.buffers)


def _lost(count: int, why: str) -> tuple[list[Any], dict[int, BaseException]]:
    """Tell of results that were sent, and could not be received; nothing where there are none."""
    failure = Unsendable(f"the result was sent and could not be received: {why}")
    return [None] * count, dict.fromkeys(range(count), failure)


@atexit.register
def _close_all() -> None:
    """End the workers of jobs that nobody ended."""
    for crew in list(_open_crews):
        crew.close()
