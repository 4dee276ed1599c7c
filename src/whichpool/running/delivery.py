"""From answers in the order in which they come to answers in the order of the items, and to results."""

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

from whichpool.running.crew import Answer


class InOrder:
    """Holds answers back until all items before them have been answered.

    Attributes:
        head: The index of the first item that is not yet delivered.
        held: How many results are held back.
    """

    def __init__(self) -> None:
        """Begin with the first item."""
        self.head = 0
        self.held = 0
        self._waiting: dict[int, Answer] = {}

    def add(self, answer: Answer) -> Iterator[Answer]:
        """Take an answer and give all that can now be delivered."""
        self._waiting[answer.first] = answer
        self.held += len(answer.values)
        while (ready := self._waiting.pop(self.head, None)) is not None:
            self.head += len(ready.values)
            self.held -= len(ready.values)
            yield ready


class AsTheyCome:
    """Holds nothing back.

    Attributes:
        held: 0.
    """

    held = 0

    def add(self, answer: Answer) -> Iterator[Answer]:
        """Give the answer back."""
        yield answer


def results(answers: Generator[Answer], *, raises: bool) -> Generator[list[Any]]:
    """Give the results of answers, list by list.

    Args:
        answers: What became of the items; it is closed at the end, however that comes: an exception that is on its way
            to the user would keep it alive.
        raises: Whether a failure is raised in its result's place, which ends it all; else the exception stands there.
    """
    with closing(answers):
        for answer in answers:
            for place, error in sorted(answer.failures.items()):
                if raises:
                    yield answer.values[:place]
                    raise error
                answer.values[place] = error
            yield answer.values
            del answer  # its memory is still in the cache when the next one asks for some


def pieces(answer: Answer, kept: dict[int, BaseException]) -> Iterator[Answer]:
    """Cut items out of an answer: give what lies between them.

    Args:
        answer: What became of some items.
        kept: The items to cut out, by their places, with why they have no result.
    """
    begin = 0
    for end in (*sorted(kept), len(answer.values)):
        if end > begin:
            yield Answer(
                answer.first + begin,
                answer.values[begin:end],
                {at - begin: error for at, error in answer.failures.items() if begin <= at < end},
            )
        begin = end + 1
