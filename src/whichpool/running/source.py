"""The items of a job: a sequence that is in memory already, or one by one from wherever they come."""

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice
from time import perf_counter, thread_time
from typing import Any


class Source:
    """Gives items in order, and knows how many are left where that can be known.

    An iterator is advanced in the caller's thread only, and never further than is asked for.

    Attributes:
        unpacked: Whether an item is a tuple of arguments.
        sequence: The items, where they are in memory as a list, a tuple or a range; else None.
        pulled: How many items were given.
        pulling_s: How long the iterator took for them.
        pulling_cpu_s: How much of that it computed.
        last_pull_s: How long it took for the last ones.
        is_exhausted: Whether there are none left, as far as was seen.
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
        self.is_exhausted = False
        self.error: Exception | None = None
        self.sequence: Sequence[Any] | None = None
        self._total = _length(iterables)
        first = iterables[0]
        if not is_zipped and type(first) in {list, tuple, range} and self._total is not None:
            self.sequence = first  # type: ignore[assignment]
        self._given_back: deque[Any] = deque()
        self._has_ended = False
        self._left = iter(zip(*iterables, strict=False) if is_zipped else first)

    @property
    def remaining(self) -> int | None:
        """How many items are left; None where that is not known."""
        if self.sequence is not None:
            return max(0, len(self.sequence) - self.pulled)
        return None if self._total is None else max(0, self._total - self.pulled)

    def pull(self, most: int) -> Sequence[Any]:
        """Give the next items: fewer than asked for at the end, where the iterator raises, or as were given back."""
        if self.sequence is not None:
            items = self.sequence[self.pulled : self.pulled + most]
            self.pulled += len(items)
            self.is_exhausted = self.pulled >= len(self.sequence)
            return items
        if self.is_exhausted:
            return ()
        if self._given_back:
            pulled = [self._given_back.popleft() for _ in range(min(most, len(self._given_back)))]
            self.pulled += len(pulled)
            self.is_exhausted = self._has_ended and not self._given_back
            self.last_pull_s = 0.0
            return pulled
        pulled = []
        begun_s, begun_cpu_s = perf_counter(), thread_time()
        try:
            pulled.extend(islice(self._left, most))  # keeps what came before an exception
        except Exception as error:  # it is raised where its item would have been
            self.error = error
        self.last_pull_s = perf_counter() - begun_s
        self.pulling_s += self.last_pull_s
        self.pulling_cpu_s += thread_time() - begun_cpu_s
        self.pulled += len(pulled)
        self.is_exhausted = self._has_ended = len(pulled) < most
        return pulled

    def give_back(self, items: Sequence[Any]) -> None:
        """Take items back that were the last to be pulled and were not begun; they are the next to be pulled."""
        self.pulled -= len(items)
        self.is_exhausted = False
        if self.sequence is None:
            self._given_back.extendleft(reversed(items))


def _length(iterables: tuple[Iterable[Any], ...]) -> int | None:
    """Tell how many items there are, as far as all iterables know their lengths."""
    try:
        return min(len(each) for each in iterables)  # type: ignore[arg-type]
    except (TypeError, OverflowError):
        return None
