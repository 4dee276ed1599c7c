"""The truth about many contenders at a price that can be paid: all run once, then the best of them again and again.

The further rounds alone are judged, by their median; the first one, by which the best were picked, would flatter those
that were lucky in it. The best of a dozen medians is still a little lucky: a choice held against it looks worse than
it is, if anything.
"""

import heapq
import math
import random
import statistics
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Contender = TypeVar("Contender")

FINALISTS = 12
TIMES_REFERENCE, ALLOWANCE_S = 3.0, 5.0


@dataclass(frozen=True, slots=True)
class Truth(Generic[Contender]):
    """What contenders truly take.

    Attributes:
        limit_s: When a job was cut.
        times_s: The median times of those that had further rounds, and infinity for those that were cut in the first.
            Those that fail are not in it.
    """

    limit_s: float
    times_s: Mapping[Contender, float]


def find_truth(
    grid: Sequence[Contender],
    seeded: Collection[Contender],
    measure: Callable[[Contender, float], float | None],
    rounds: int,
    longest_s: float,
) -> Truth[Contender]:
    """Run everything once and the best again.

    Args:
        grid: What to find the best of; the first is the reference, by which the others are cut.
        seeded: What is to have further rounds in any case, in the grid or not.
        measure: Runs a job of a contender, cut at a number of seconds; gives its time, infinite where it was cut, and
            None where it fails.
        rounds: How many further rounds there are.
        longest_s: When the reference is cut.
    """
    reference_s = measure(grid[0], longest_s)
    limit_s = min(longest_s, TIMES_REFERENCE * (reference_s or longest_s) + ALLOWANCE_S)
    everyone = list(dict.fromkeys([*grid, *seeded]))
    first_s: dict[Contender, float] = {}
    for contender in random.sample(everyone, len(everyone)):
        time_s = measure(contender, limit_s)
        if time_s is not None:
            first_s[contender] = time_s
    cut = {contender: time_s for contender, time_s in first_s.items() if time_s == math.inf}
    finished = first_s.keys() - cut.keys()
    best = heapq.nsmallest(FINALISTS, (one for one in grid if one in finished), key=first_s.__getitem__)
    finalists = [one for one in dict.fromkeys([grid[0], *best, *seeded]) if one in finished]
    times_s: dict[Contender, list[float]] = {finalist: [] for finalist in finalists}
    for _ in range(rounds):
        for finalist in random.sample(finalists, len(finalists)):
            time_s = measure(finalist, limit_s)
            times_s[finalist].append(math.inf if time_s is None else time_s)
    return Truth(limit_s, cut | {finalist: statistics.median(times) for finalist, times in times_s.items()})
