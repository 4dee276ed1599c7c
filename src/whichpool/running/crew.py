"""A crew is a team of workers that takes batches of items and answers every one of them exactly once.

Every spawned worker imports this file, so it imports next to nothing: no dataclasses.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Protocol

    Function = Callable[..., Any]
else:
    Protocol = object


class Task:
    """What is done with every item.

    Attributes:
        function: What is called.
        unpacked: Whether an item is a tuple of arguments, ``function(*item)``.
        source: All the items of the job, where they are in memory already; None where they come one by one. Workers
            that are forked see it as the caller does, so that a batch need not hold its items.
        initializer: Called once in each worker before its first item.
        timeout_s: How long one item may take; None for as long as it likes.
        memory_limit_bytes: How much memory one worker may come to use beyond what it began with; None for no limit.
        longest_batch_s: After how long a worker begins no further item of a batch, and gives those back that are left;
            None for never.
    """

    __slots__ = (
        "function",
        "initializer",
        "longest_batch_s",
        "memory_limit_bytes",
        "source",
        "timeout_s",
        "unpacked",
    )

    def __init__(  # noqa: PLR0913 - one for each
        self,
        function: Function,
        *,
        unpacked: bool = False,
        source: Sequence[Any] | None = None,
        initializer: Callable[[], object] | None = None,
        timeout_s: float | None = None,
        memory_limit_bytes: int | None = None,
        longest_batch_s: float | None = None,
    ) -> None:
        """Keep them together."""
        self.function = function
        self.unpacked = unpacked
        self.source = source
        self.initializer = initializer
        self.timeout_s = timeout_s
        self.memory_limit_bytes = memory_limit_bytes
        self.longest_batch_s = longest_batch_s


class Batch:
    """Items that follow each other and are handed over together.

    Attributes:
        first: The index of the first of them in the job, from 0.
        items: The items; a slice of :attr:`Task.source` where there is one.
    """

    __slots__ = ("first", "items")

    def __init__(self, first: int, items: Sequence[Any]) -> None:
        """Hold items together."""
        self.first = first
        self.items = items

    def part(self, begin: int, end: int | None = None) -> Batch:
        """Give some of the items, by their places in the batch; all behind ``begin`` where no end is said."""
        return Batch(self.first + begin, self.items[begin:end])


class Answer:
    """What became of some items that follow each other: a whole batch, or a part of one.

    Attributes:
        first: The index of the first of them in the job.
        values: Their results, in order; None in the place of a failure.
        failures: By their places in ``values``: what the function raised (``SystemExit`` too), ``TimeoutError``,
            :class:`whichpool.errors.WorkerDied`, :class:`whichpool.errors.Unsendable` for what could not be sent back,
            and :class:`NotBegun` for an item that could not be sent to a worker.
        busy_s: How long the worker was at them, on its own clock.
        cpu_s: How much of that it computed, by the CPU clock of its thread.
        sent_bytes: How much was sent to the worker for them, shared things left out; 0 among threads.
        got_bytes: How much came back.
    """

    __slots__ = ("busy_s", "cpu_s", "failures", "first", "got_bytes", "sent_bytes", "values")

    def __init__(  # noqa: PLR0913 - one for each
        self,
        first: int,
        values: list[Any],
        failures: dict[int, BaseException],
        *,
        busy_s: float = 0.0,
        cpu_s: float = 0.0,
        sent_bytes: int = 0,
        got_bytes: int = 0,
    ) -> None:
        """Keep them together."""
        self.first = first
        self.values = values
        self.failures = failures
        self.busy_s = busy_s
        self.cpu_s = cpu_s
        self.sent_bytes = sent_bytes
        self.got_bytes = got_bytes


def answer_of(told: Answer | BaseException) -> Answer:
    """Give what a worker has answered, or raise what it has met with instead."""
    if isinstance(told, BaseException):
        raise told
    return told


class NotBegun(Exception):
    """An item cannot be sent to a worker; it was not begun and can be run in the caller."""


class Crew(Protocol):
    """What the job's caller knows of a team of workers. Everything is called from one thread."""

    @property
    def pool(self) -> str:
        """The name of the pool in the catalogue."""

    @property
    def workers(self) -> int:
        """How many workers it is to have."""

    def open(self) -> None:
        """Begin to start the workers, and do not wait for them.

        Raises:
            CrewBroken: They cannot be started.
        """

    def is_ready(self) -> bool:
        """Tell whether a worker waits for its first batch, its initializer done; does not wait for that.

        Raises:
            CrewBroken: The workers die before they are ready.
            Exception: What the initializer raised.
        """

    def room(self) -> int:
        """Tell how many batches it should be given now: each worker is to have one beside the one that it runs."""

    def give(self, batch: Batch) -> None:
        """Hand a batch over, and do not wait for anything."""

    def grow(self, workers: int) -> None:
        """Come to have more workers."""

    def run_out(self) -> None:
        """Hear that there is nothing more to give: who has nothing to do may end. More may be given all the same."""

    def take(self, wait_s: float | None) -> list[Answer]:
        """Wait until items have been answered, or the time is over; None waits for as long as it takes.

        Raises:
            CrewBroken: As above.
            Exception: What the initializer raised.
        """

    def take_back(self) -> list[Batch]:
        """Give what is left of batches that have taken too long, none of which was begun or will be; does not wait."""

    def close(self) -> None:
        """End all workers, busy or not, and wait until they are gone; may be called twice.

        What runs in a thread cannot be ended: it is waited for, unless its item is past its time.
        """
