"""What those who watch a comparison are told while it runs."""

from collections.abc import Callable
from dataclasses import dataclass

from whichpool.values import Record


@dataclass(frozen=True, slots=True)
class Progress:
    """What a comparison is doing.

    Attributes:
        doing: What comes next: ``looking at the workload``, ``warm-up: threads ×2``, ``round 3: processes ×2``.
        elapsed_s: How much of the budget has been spent.
        budget_s: The budget.
        record: All that was known when the last round ended; None before that.
        round_ended: Whether a round has just ended, so that the record is new.
    """

    doing: str
    elapsed_s: float
    budget_s: float
    record: Record | None = None
    round_ended: bool = False

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{self.elapsed_s:3.0f} of {self.budget_s:.0f} s · {self.doing}"


Watch = Callable[[Progress], object]
