"""What the rules of the claims have in common: a figure with its interval, from a fixed number of samples."""

import math
import statistics
from collections.abc import Sequence
from typing import cast

from whichpool.intervals import duration_interval
from whichpool.intervals import interval as ratio_interval
from whichpool.values import Estimate, Measured
from whichpool.wording import duration, number, size

_CONFIDENCE = 0.95


def median_of(samples: Sequence[float]) -> Estimate:
    """Estimate the median of samples whose number was fixed beforehand.

    The interval is that of the order statistics: no distribution is assumed (W. J. Conover, *Practical Nonparametric
    Statistics*, 3.2). Under six samples cannot bound a median at 95 %; then the interval is open, 0 to infinity.

    Args:
        samples: Durations, sizes or ratios, all at least 0.

    Raises:
        ValueError: There are no samples.
    """
    if not samples:
        message = "there is no median of nothing"
        raise ValueError(message)
    ordered = sorted(samples)
    n = len(ordered)
    outside = 0.0
    left_out = 0
    while left_out < n // 2:
        outside += 2 * math.comb(n, left_out) / 2**n
        if outside > 1 - _CONFIDENCE:
            break
        left_out += 1
    middle = statistics.median(ordered)
    if left_out == 0:
        return Estimate(middle, 0.0, float("inf"), n)
    return Estimate(middle, ordered[left_out - 1], ordered[n - left_out], n)


def ratios(above: Sequence[float], below: Sequence[float]) -> Estimate:
    """Estimate the median of paired ratios, ``above / below``, one pair a round.

    Raises:
        ValueError: There are no samples, or the two do not pair.
    """
    return median_of([one / other for one, other in zip(above, below, strict=True)])


def samples_in(measured: Measured, name: str) -> Sequence[float]:
    """Look up samples, kept under a name with its unit."""
    return cast("Sequence[float]", measured[name])


def words_in(measured: Measured, name: str) -> Sequence[str]:
    """Look up a list of words."""
    return cast("Sequence[str]", measured[name])


def figure_in(measured: Measured, name: str) -> float:
    """Look up a single figure."""
    return cast("float", measured[name])


def in_seconds(estimate: Estimate) -> str:
    """Write a duration with its interval: ``12.3 ms (11.9–12.8 ms)``."""
    return f"{duration(estimate.value)} ({duration_interval(estimate)})"


def in_times(estimate: Estimate) -> str:
    """Write a ratio with its interval: ``1.93× (1.75–2.13)``."""
    return f"{number(estimate.value)}× ({ratio_interval(estimate)})"


def in_bytes(estimate: Estimate) -> str:
    """Write a size with its interval: ``9.1 MB (9.0–9.3 MB)``."""
    if not math.isfinite(estimate.high):  # a low end of 0 bytes is a bound like any other
        return f"{size(estimate.value)} (?)"
    low, high = size(estimate.low), size(estimate.high)
    amount, _, unit = low.partition(" ")
    between = low if low == high else f"{amount if high.endswith(f' {unit}') else low}–{high}"
    return f"{size(estimate.value)} ({between})"
