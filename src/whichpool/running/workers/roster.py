"""A crew's books: its workers, and what each has been given."""

from __future__ import annotations

from collections import deque

from whichpool.errors import CrewBroken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from whichpool.running.crew import Batch
    from whichpool.running.workers.starting import Process


class Given:
    """A batch that a worker has, and how many of its items have been answered."""

    __slots__ = ("answered", "batch", "number", "sent_bytes")

    def __init__(self, number: int, batch: Batch, sent_bytes: int) -> None:
        """Begin with no item answered."""
        self.number = number
        self.batch = batch
        self.sent_bytes = sent_bytes
        self.answered = 0


class Worker:
    """A worker process, with what it has been given."""

    __slots__ = ("given", "is_gone", "is_late", "is_ready", "process")

    def __init__(self, process: Process) -> None:
        """Begin with nothing given."""
        self.process = process
        self.is_ready = False
        self.is_late = False
        self.is_gone = False
        self.given: deque[Given] = deque()

    def holding(self, number: int) -> Given:
        """Give a batch that it has, by its number."""
        for given in self.given:
            if given.number == number:
                return given
        message = f"a worker process tells of a batch that it was not given: {number}"
        raise CrewBroken(message)
