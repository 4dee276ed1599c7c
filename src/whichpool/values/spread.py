"""How much the items of a job differ in what they take, and whether that drifts along the input."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from whichpool.values.anatomy import Timing

_FEWEST = 4
_FEWEST_FOR_DRIFT = 15
_FEWEST_FOR_SLOWEST = 40
_UNEVEN = 2.0
_DRIFTS = 1.5
_CLEAR = 0.9


@dataclass(frozen=True, slots=True)
class Spread:
    """How much items differ.

    Attributes:
        low_s: What the quickest took.
        high_s: What the slowest took.
        uneven: Whether they differ by a factor of two, the quickest and the slowest tenth left aside.
        slowest_share: The share of all items' time that the slowest twentieth has; None where too few were timed.
        drift: How many times as long the last third of the input takes as the first, by their medians; None where
            that is not clear.
    """

    low_s: float
    high_s: float
    uneven: bool
    slowest_share: float | None
    drift: float | None


def spread_of(timings: Sequence[Timing]) -> Spread | None:
    """Describe how much items differ; None where too few were timed to tell that from a single mishap.

    Whether there is drift is told by the probability that a late item takes longer than an early one: H. B. Mann and
    D. R. Whitney, "On a test of whether one of two random variables is stochastically larger than the other", Annals of
    Mathematical Statistics 18 (1947).
    """
    count = len(timings)
    if count < _FEWEST:
        return None
    along = [timing.wall_s for timing in sorted(timings, key=lambda timing: timing.place)]
    ascending = sorted(along)
    aside = max(1, count // 10)
    return Spread(
        low_s=ascending[0],
        high_s=ascending[-1],
        uneven=ascending[-1 - aside] >= _UNEVEN * ascending[aside],
        slowest_share=sum(ascending[-(count // 20) :]) / sum(along) if count >= _FEWEST_FOR_SLOWEST else None,
        drift=_drift(along[: count // 3], along[-(count // 3) :]) if count >= _FEWEST_FOR_DRIFT else None,
    )


def _drift(early: Sequence[float], late: Sequence[float]) -> float | None:
    ratio = median(late) / median(early)
    longer = fmean((after > before) + (after == before) / 2 for before in early for after in late)
    grows = ratio >= _DRIFTS and longer >= _CLEAR
    shrinks = ratio <= 1 / _DRIFTS and longer <= 1 - _CLEAR
    return ratio if grows or shrinks else None
