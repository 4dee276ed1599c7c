"""The plain loop, in the caller or in a worker thread: the inner loop of every job that no process runs."""

from collections.abc import Iterable, Iterator
from time import perf_counter, process_time, thread_time
from typing import Any

from whichpool.machine.gil import gil_is_on
from whichpool.running.crew import Answer, Batch, Task
from whichpool.running.pulse import ThreadClock, computes_without_gil
from whichpool.running.recent import Spent

_MUCH = 0.1
_COMPUTING = 0.5
_SHORT_S, _FAIR_S, _LONG_S = 0.5e-3, 1e-3, 2e-3
_MOST_GROWTH = 16
"""What comes next may be another kind of item."""


def run_batch(task: Task, first: int, items: Iterable[Any]) -> Answer:
    """Call the function on items that follow each other, here and now, up to the first that fails.

    Returns:
        The results, and the failure that comes after them, if there is one: any exception, ``SystemExit`` and
        ``KeyboardInterrupt`` too. What comes after that was not begun.
    """
    function = task.function
    values: list[object] = []
    failures: dict[int, BaseException] = {}
    begun_s, begun_cpu_s = perf_counter(), thread_time()
    try:
        # CPython calls a Python function from such a line without a new C frame, and appends without looking the
        # method up; both are lost by map() and by a bound method in a variable
        if task.unpacked:
            for item in items:
                values.append(function(*item))  # noqa: PERF401 - a comprehension would lose the results at an exception
        else:
            for item in items:
                values.append(function(item))  # noqa: PERF401 - as above
    except BaseException as error:  # a user's function may raise anything
        failures[len(values)] = error
        values.append(None)
    return Answer(first, values, failures, busy_s=perf_counter() - begun_s, cpu_s=thread_time() - begun_cpu_s)


def run_whole_batch(task: Task, first: int, left: Iterator[Any]) -> Answer:
    """Call the function on every item that an iterator gives, whichever of them fail."""
    answer = run_batch(task, first, left)
    while (done := len(answer.values)) - 1 in answer.failures:  # there it broke off, and more may be left
        rest = run_batch(task, first + done, left)
        answer.failures.update((done + place, error) for place, error in rest.failures.items())
        answer.values += rest.values
        answer.busy_s += rest.busy_s
        answer.cpu_s += rest.cpu_s
        if not rest.values:
            break
    return answer


def alone_s(busy_s: float, cpu_s: float, others_s: float, share: float) -> float:
    """Tell how long an item would have taken without threads beside it, for whose turns one that computes has to wait.

    Args:
        busy_s: How long it has taken.
        cpu_s: How much it has computed.
        others_s: How much others have computed meanwhile: for no longer than that can it have waited for them.
        share: How much of its time it computed before there were others; 0 where there were none.
    """
    return min(busy_s, max(cpu_s / share, busy_s - others_s)) if share > _COMPUTING else busy_s


def next_size(size: int, took_s: float) -> int:
    """Have the caller's batches last long enough to be timed, and not so long that nobody looks."""
    if _SHORT_S <= took_s <= _LONG_S:
        return size
    return max(1, int(size * min(_MOST_GROWTH, _FAIR_S / max(took_s, 1e-9))))


class LoopRun:
    """The loop at a batch, of which another thread may take back what was not begun; made by the thread that runs it.

    Attributes:
        batch: What the loop keeps.
    """

    def __init__(self, batch: Batch) -> None:
        """Begin."""
        self.batch = batch
        self._rest = iter(batch.items)
        self._begun_s, self._begun_cpu_s = perf_counter(), process_time()
        self._clock = ThreadClock()
        self._taken_back_s: float | None = None
        self._share = 0.0

    def run(self, task: Task) -> Answer:
        """Call the function on the items, up to the first that fails; see :func:`run_batch`."""
        return run_batch(task, self.batch.first, self._rest)

    @property
    def elapsed_s(self) -> float:
        """How long ago it began."""
        return perf_counter() - self._begun_s

    @property
    def cpu_s(self) -> float:
        """How much the whole process has computed since."""
        return process_time() - self._begun_cpu_s

    def be_joined(self) -> None:
        """Hear that threads begin to work beside it: from now on it waits for them as well."""
        self._share = min(1.0, self._clock.cpu_s / self.elapsed_s)

    def computes_without_gil(self) -> bool:
        """Tell whether it computes just now without the GIL, which whoever asks holds meanwhile."""
        return computes_without_gil(self._clock)

    def spent(self, answer: Answer, *, alone: bool) -> Spent:
        """Tell what its items have taken, or would have.

        Args:
            answer: What became of them.
            alone: Whether nothing else of the job was running: what the whole process has computed is theirs then.
        """
        cpu_s = self.cpu_s
        busy_s = alone_s(answer.busy_s, answer.cpu_s, cpu_s - answer.cpu_s, self._share)
        return Spent(len(answer.values), busy_s, answer.cpu_s, cpu_s if alone else answer.cpu_s)

    def take_back(self) -> Batch:
        """Leave the loop the item that it is at, and give those behind it.

        Whoever empties an iterator has all that is left of it: with the GIL, that is one step for everybody else.
        Without it nothing is taken.
        """
        rest = list(self._rest) if gil_is_on() else []
        batch, kept = self.batch, len(self.batch.items) - len(rest)
        if rest:
            self.batch = batch.part(0, kept)
            self._taken_back_s = perf_counter()
        return Batch(batch.first + kept, rest)

    @property
    def last_was_long(self) -> bool:
        """Whether the item that the loop was left with has taken much of the time."""
        if self._taken_back_s is None:
            return False
        now_s = perf_counter()
        return now_s - self._taken_back_s > _MUCH * (now_s - self._begun_s)
