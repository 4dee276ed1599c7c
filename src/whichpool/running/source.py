"""The items of a job: a sequence that is in memory already, or one by one from wherever they come."""

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from itertools import islice
from time import perf_counter, thread_time
from typing import Any

from whichpool.running.crew import Batch

_LONGEST_PULL_S = 10e-3


class Source:
    """Gives items in order, and knows how many are left where that can be known.

    An iterator is advanced in the caller's thread only, and never further than is asked for. Items that come back,
    because they were not begun or are to be tried again, are the next to be given.

    Attributes:
        unpacked: Whether an item is a tuple of arguments.
        sequence: The items, where they are in memory as a list, a tuple or a range; else None.
        pulled: How many different items were given.
        pulling_s: How long the iterator took for them.
        pulling_cpu_s: How much of that it computed.
        last_pull_s: How long it took for the last ones.
        error: What the iterator raised; it gives nothing after that.
    """

    def __init__(self, iterables: tuple[Iterable[Any], ...], *, unpacked: bool = False) -> None:
        """Begin before the first item.

        Args:
            iterables: Where the items come from; several give one argument each.
            unpacked: Whether the items of a single one are tuples of arguments.

        Raises:
            TypeError: Something cannot be iterated over.
        """
        is_zipped = len(iterables) > 1
        self.unpacked = unpacked or is_zipped
        self.pulled = 0
        self.pulling_s = 0.0
        self.pulling_cpu_s = 0.0
        self.last_pull_s = 0.0
        self.error: Exception | None = None
        self.sequence: Sequence[Any] | None = None
        self._total = _length(iterables)
        self._has_ended = False
        self._returned: list[tuple[int, Sequence[Any]]] = []  # a heap
        self._amount_returned = 0
        first = iterables[0]
        if not is_zipped and type(first) in {list, tuple, range} and self._total is not None:
            self.sequence = first  # type: ignore[assignment]
        self._left = iter(zip(*iterables, strict=False) if is_zipped else first)

    @property
    def total(self) -> int | None:
        """How many items there are in all; None where that is not known."""
        if self.sequence is not None:
            return max(len(self.sequence), self.pulled)
        return None if self._total is None else max(self._total, self.pulled)

    @property
    def remaining(self) -> int | None:
        """How many items are left; None where that is not known."""
        total = self.total
        return None if total is None else total - self.pulled + self._amount_returned

    @property
    def has_returned(self) -> bool:
        """Whether the next items are some that have come back."""
        return bool(self._returned)

    @property
    def is_exhausted(self) -> bool:
        """Whether there are none left, as far as was seen."""
        return self._has_ended and not self._returned

    def pull(self, most: int) -> Batch:
        """Give the next items that follow each other.

        Returns:
            Fewer than were asked for where there are no more, where some have come back, where the iterator raises, and
            where it takes so long that others should not wait for it. None at all at the end only.
        """
        self.last_pull_s = 0.0
        if self._returned:
            return self._pull_returned(most)
        first = self.pulled
        if self.sequence is None:
            items: Sequence[Any] = [] if self._has_ended else self._pull_from_iterator(most)
        else:
            items = self.sequence[first : first + most]
            self._has_ended = first + len(items) >= len(self.sequence)
        self.pulled += len(items)
        return Batch(first, items)

    def give_back(self, batch: Batch) -> None:
        """Take back items that were given, and give them again before all others."""
        if batch.items:
            heappush(self._returned, (batch.first, batch.items))
            self._amount_returned += len(batch.items)

    def _pull_returned(self, most: int) -> Batch:
        batch = Batch(*heappop(self._returned))
        rest = batch.part(most)
        if rest.items:
            heappush(self._returned, (rest.first, rest.items))
        self._amount_returned -= len(batch.items) - len(rest.items)
        return batch.part(0, most)

    def _pull_from_iterator(self, most: int) -> list[Any]:
        pulled: list[Any] = []
        begun_s, begun_cpu_s = perf_counter(), thread_time()
        until_s = begun_s + _LONGEST_PULL_S
        try:
            for item in islice(self._left, most):
                pulled.append(item)  # keeps what comes before an exception
                if perf_counter() > until_s:
                    break
            else:
                self._has_ended = len(pulled) < most
        except Exception as error:  # it is raised where its item would have been
            self.error, self._has_ended = error, True
        self.last_pull_s = perf_counter() - begun_s
        self.pulling_s += self.last_pull_s
        self.pulling_cpu_s += thread_time() - begun_cpu_s
        return pulled


def _length(iterables: tuple[Iterable[Any], ...]) -> int | None:
    """Tell how many items there are, as far as all iterables know their lengths."""
    try:
        return min(len(each) for each in iterables)  # type: ignore[arg-type]
    except Exception:  # as a user's __len__ may raise anything
        return None
