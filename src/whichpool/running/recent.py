"""What items have taken, and what the last of them have: the best guess at what the next ones will."""

from collections import deque
from dataclasses import dataclass

_ENOUGH = 4
FEWEST = 2
"""A single one that took long proves nothing: what runs it may have been stopped meanwhile."""
_MARK_AFTER = 1.1


@dataclass(slots=True)  # a frozen one takes three times as long to make
class Spent:
    """What items have taken, together.

    Attributes:
        items: How many they are.
        busy_s: How long the loop was at them.
        own_cpu_s: How much of that its thread computed.
        cpu_s: How much the whole process did, and the children that it waited for.
    """

    items: int = 0
    busy_s: float = 0.0
    own_cpu_s: float = 0.0
    cpu_s: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        """Take items together."""
        return Spent(
            self.items + other.items,
            self.busy_s + other.busy_s,
            self.own_cpu_s + other.own_cpu_s,
            self.cpu_s + other.cpu_s,
        )

    def __sub__(self, other: "Spent") -> "Spent":
        """Leave items out."""
        return self + Spent(-other.items, -other.busy_s, -other.own_cpu_s, -other.cpu_s)

    def of(self, items: int) -> "Spent":
        """Tell what so many of such items take."""
        share = items / max(1, self.items)
        return Spent(items, share * self.busy_s, share * self.own_cpu_s, share * self.cpu_s)

    def at_most(self, other: "Spent") -> "Spent":
        """Take no more of anything than another."""
        return Spent(
            min(self.items, other.items),
            min(self.busy_s, other.busy_s),
            min(self.own_cpu_s, other.own_cpu_s),
            min(self.cpu_s, other.cpu_s),
        )


class Recent:
    """Remembers what items have taken, and tells what those have that took the last half of the time, about.

    Where thousands of items are quick, as those whose file is there already, and then each of them takes a second, the
    mean of all would be wrong for long. Where items differ at random, the last half tells about as much as all.

    Attributes:
        whole: What all items have taken.
    """

    def __init__(self) -> None:
        """Begin with no item."""
        self.whole = self._first = Spent()
        self._marks = deque([Spent()])  # what all had taken at certain times, the first of them half ago

    def note(self, spent: Spent, *, last_is_long: bool = False) -> None:
        """Take note of further items.

        Args:
            spent: What they have taken.
            last_is_long: Whether the last of them has taken what is more than usual.
        """
        if last_is_long:
            usual = spent.at_most(self.lately().of(spent.items - 1))
            self.note(usual)
            spent -= usual
        if not self.whole.items:
            self._first = spent
        before, self.whole = self.whole, self.whole + spent
        if self.whole.busy_s > _MARK_AFTER * self._marks[-1].busy_s:
            self._marks.append(before)
        while len(self._marks) > 1 and self._marks[1].busy_s <= self.whole.busy_s / 2:
            self._marks.popleft()

    def lately(self, under_way: Spent | None = None, *, fewest: int = FEWEST) -> Spent:
        """Tell what the last items have taken.

        Args:
            under_way: What an item has taken that has not ended.
            fewest: How many items are to be looked at, at least.
        """
        whole = self.whole if under_way is None else self.whole + under_way
        # the first are slow where modules and files are cold
        before = self._first if whole.items > _ENOUGH * self._first.items else Spent()
        for mark in self._marks:
            if mark.busy_s <= whole.busy_s / 2 and before.items < mark.items <= whole.items - fewest:
                before = mark
        return whole - before
