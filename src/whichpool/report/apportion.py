"""Whole numbers that stand for shares and add up: cells of a bar, percents of a sum."""

import math
from collections.abc import Sequence


def apportion(parts: Sequence[float], total: int) -> list[int]:
    """Share out a whole number by the sizes of parts; each gets its quota rounded down, or one more.

    It is the method of largest remainders, by which Alexander Hamilton wanted to share out seats in Congress (1792).

    Args:
        parts: The sizes; none negative, one at least not zero.
        total: What to share out.
    """
    whole = sum(parts)
    quotas = [part / whole * total for part in parts]
    seats = [math.floor(quota) for quota in quotas]
    remainders = sorted(range(len(parts)), key=lambda place: seats[place] - quotas[place])
    for place in remainders[: total - sum(seats)]:
        seats[place] += 1
    return seats
