"""Intervals that may be looked at after every round.

A race is watched while it runs and stops as soon as it is clear. An ordinary interval does not survive that: whoever
looks often enough sees a difference where there is none. The intervals here do survive it. What they are about is
the median of the paired differences ``d = ln(t_a / t_b)``, one difference a round: 0 says equally fast, ``ln 2`` says
that b is twice as fast.

Two branches share the permitted error ``alpha`` evenly. The **sign** branch assumes only that each round is as likely
to lie above the median as below it, and shrugs off spikes. The **paired t** branch, at a few planned looks, sees a
large and steady difference after four rounds.
"""

import math
import statistics
from collections.abc import Sequence
from functools import lru_cache

from whichpool.values import Estimate

LOOKS = (4, 6, 10, 16, 24)
"""After how many rounds the paired t looks; each look may spend an equal share of its ``alpha``."""

UNBOUNDED = (-math.inf, math.inf)
"""The interval of somebody who has not seen enough to say anything."""

_HALVINGS = 64  # halves the right angle until a double holds nothing finer


def _central_probability(angle: float, degrees: int) -> float:
    """Give P(|T| <= t) for t = sqrt(degrees) * tan(angle), by the finite series for whole degrees of freedom."""
    cosine, sine = math.cos(angle), math.sin(angle)
    odd = degrees % 2
    term = cosine if odd else 1.0
    total = 0.0
    for power in range(1 if odd else 0, degrees - 1, 2):
        total += term
        term *= cosine * cosine * (power + 1) / (power + 2)
    return (angle + sine * total) * 2 / math.pi if odd else sine * total


@lru_cache(maxsize=1024)
def student_quantile(probability: float, degrees: int) -> float:
    """Find the value that a Student t variable stays below with the given probability.

    The distribution function is a finite sum for whole degrees of freedom: Abramowitz and Stegun, *Handbook of
    Mathematical Functions*, 26.7.3 (odd) and 26.7.4 (even). It is inverted by bisecting the angle
    ``arctan(t / sqrt(degrees))``, which is bounded where t is not.

    Args:
        probability: Between 0 and 1, both excluded.
        degrees: The degrees of freedom, a whole number from 1.

    Returns:
        The quantile, exact to within rounding.

    Raises:
        ValueError: The probability or the degrees are out of range.
    """
    if not 0 < probability < 1 or degrees < 1:
        message = f"need 0 < probability < 1 and degrees >= 1, not {probability} and {degrees}"
        raise ValueError(message)
    central = abs(2 * probability - 1)
    low, high = 0.0, math.pi / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _central_probability(middle, degrees) < central:
            low = middle
        else:
            high = middle
    return math.copysign(math.sqrt(degrees) * math.tan(low), probability - 0.5)


@lru_cache(maxsize=4096)
def _rejected_counts(n: int, alpha: float) -> int:
    """Count the numbers k = 0, 1, ... of differences on one side that are too few, out of n, to be fair coins."""
    limit = -math.log(alpha)
    constant = n * math.log(2) - math.log(math.pi) - math.lgamma(n + 1)
    few = 0
    while few <= n // 2 and constant + math.lgamma(few + 0.5) + math.lgamma(n - few + 0.5) >= limit:
        few += 1
    return few


def _check(differences: Sequence[float], alpha: float) -> None:
    if not differences or not 0 < alpha < 1:
        message = f"need at least one difference and 0 < alpha < 1, not {len(differences)} and {alpha}"
        raise ValueError(message)


def sign_interval(differences: Sequence[float], alpha: float) -> tuple[float, float]:
    """Bound the median of the differences by their signs alone, at every number of rounds at once.

    A value θ stays in the interval while ``E(θ) = 2ⁿ B(k+½, n−k+½) / B(½, ½)`` is below ``1/alpha``, where k of the n
    differences lie above θ. E is what a gambler has made of 1 by betting on the signs, not knowing their bias (a
    Beta(½, ½) mixture: Krichevsky and Trofimov 1981). If θ is the median the bets are fair, and by Ville's
    inequality the chance that E *ever* reaches ``1/alpha`` is at most ``alpha``: that is why looking after each round
    costs nothing.

    E depends on θ only through k and is smallest in the middle, so the bounds are two of the sorted differences.
    They belong to the interval. A difference equal to θ might be counted on either side, and a θ is given up only if
    it would be whichever side its ties were counted on; so ties can make the interval too wide, never too narrow.

    Args:
        differences: One a round, in any order.
        alpha: The probability with which the interval may ever miss the median.

    Returns:
        The lowest and the highest value that stay; infinite where the rounds are too few to bound it.

    Raises:
        ValueError: There is no difference, or alpha is not between 0 and 1.
    """
    _check(differences, alpha)
    few = _rejected_counts(len(differences), alpha)
    if few == 0:
        return UNBOUNDED
    ordered = sorted(differences)
    return ordered[few - 1], ordered[-few]


def paired_t_interval(differences: Sequence[float], alpha: float) -> tuple[float, float]:
    """Bound the mean of the differences by Student's t, at the planned looks only.

    Each look may be wrong with probability ``alpha / len(LOOKS)``, so all of them together with ``alpha`` at most
    (Bonferroni). Between looks the interval of the last look holds: rounds that came later do not enter it. The
    differences are taken to be about normal, which makes their mean their median too.

    Differences that are all equal give an interval of one point, the limit of ever smaller scatter.

    Args:
        differences: One a round, in the order of the rounds.
        alpha: The probability with which the interval of any look may miss.

    Returns:
        The bounds; infinite before the first look.

    Raises:
        ValueError: There is no difference, or alpha is not between 0 and 1.
    """
    _check(differences, alpha)
    seen = max((look for look in LOOKS if look <= len(differences)), default=0)
    if not seen:
        return UNBOUNDED
    used = differences[:seen]
    mean = statistics.fmean(used)
    variance = math.fsum((difference - mean) ** 2 for difference in used) / (seen - 1)
    reach = student_quantile(1 - alpha / len(LOOKS) / 2, seen - 1) * math.sqrt(variance / seen)
    return mean - reach, mean + reach


def interval(differences: Sequence[float], alpha: float) -> tuple[float, float]:
    """Bound the median of the differences by signs and by t, each with half of alpha.

    What either branch rules out is ruled out, so the interval is what both leave. Where they leave nothing in common,
    the differences are not normal enough for t, and the signs, which assume less, have the word.

    Args:
        differences: One a round, in the order of the rounds.
        alpha: The probability with which the interval may ever miss the median.

    Returns:
        The bounds; infinite where the rounds are too few.

    Raises:
        ValueError: There is no difference, or alpha is not between 0 and 1.
    """
    sign_low, sign_high = sign_interval(differences, alpha / 2)
    t_low, t_high = paired_t_interval(differences, alpha / 2)
    low, high = max(sign_low, t_low), min(sign_high, t_high)
    return (low, high) if low <= high else (sign_low, sign_high)


def estimate(log_ratios: Sequence[float], alpha: float) -> Estimate:
    """Turn log ratios into a ratio with its interval: how many times as long, or as fast.

    Args:
        log_ratios: ``ln(t_a / t_b)``, one a round, in the order of the rounds.
        alpha: The probability with which the interval may ever miss the ratio.

    Returns:
        The ratio exp(median), its interval widened to hold it where need be, and the number of rounds; the bounds
        are 0 and infinity where the rounds are too few.

    Raises:
        ValueError: There is no log ratio, or alpha is not between 0 and 1.
    """
    low, high = interval(log_ratios, alpha)
    middle = statistics.median(log_ratios)
    return Estimate(
        value=math.exp(middle),
        low=math.exp(min(low, middle)),
        high=math.exp(max(high, middle)),
        n=len(log_ratios),
    )
