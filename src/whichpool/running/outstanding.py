"""The items that a crew has been given and has not answered yet."""

from collections.abc import Iterator, Sequence
from typing import Any

from whichpool.running.crew import Batch


class Outstanding:
    """Keeps batches until they are answered, piece by piece.

    Attributes:
        items: How many items are out.
    """

    def __init__(self) -> None:
        """Begin with nothing given."""
        self.items = 0
        self._parts: dict[int, Sequence[Any]] = {}

    def give(self, batch: Batch) -> None:
        """Note that a batch was handed over."""
        self._parts[batch.first] = batch.items
        self.items += len(batch.items)

    def strike_out(self, first: int, amount: int) -> Sequence[Any]:
        """Strike out items that follow each other, and give them back.

        Args:
            first: The index of the first of them in the job.
            amount: How many they are, all of one batch.
        """
        begin = first if first in self._parts else self._begin_of(first)
        items = self._parts.pop(begin)
        before, after = first - begin, first - begin + amount
        if before:
            self._parts[begin] = items[:before]
        if after < len(items):
            self._parts[first + amount] = items[after:]
        self.items -= amount
        return items[before:after]

    def strike_out_all(self) -> Iterator[Batch]:
        """Give up waiting: give back all that is still out, in order."""
        parts, self._parts, self.items = self._parts, {}, 0
        for first, items in sorted(parts.items()):
            yield Batch(first, items)

    def _begin_of(self, index: int) -> int:
        return next(first for first, items in self._parts.items() if first <= index < first + len(items))
