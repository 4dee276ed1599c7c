"""The truth about many contenders at a price that can be paid: all run once, then the best of them again and again.

The further rounds alone are judged, by their median; the first one, by which the best were picked, would flatter those
that were lucky in it. The lowest of several medians is lucky as well: what is held against it looks worse than it is.
Where that matters, :func:`held_out_best_s` errs to the other side, and less.
"""

import heapq
import math
import random
import statistics
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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
        rounds_s: The times of each further round, of those that had some.
    """

    limit_s: float
    times_s: Mapping[Contender, float]
    rounds_s: Mapping[Contender, Sequence[float]]


def held_out_best_s(rounds_s: Iterable[Sequence[float]]) -> float:
    """Tell what the best of some contenders takes, by rounds that had no part in choosing it (cross-validation).

    For each round the best is the one whose median in all other rounds is the lowest, and what it took in that round
    counts; the figure is the median of these. With a single round there are no others, and it is the shortest time.

    It is right where all are equally good. Where they differ, a few rounds may choose another than the best, so that it
    is too high: by 2 to 4 percent for five of which the slowest takes 1.1 to 1.3 times the best, four rounds, and jobs
    that vary by 8 to 15 percent (standard deviation; simulated). The lowest median is 1 to 10 percent too low there.

    Args:
        rounds_s: The times of each contender, round by round.
    """
    contenders = list(rounds_s)
    rounds = range(len(contenders[0]))
    if len(rounds) == 1:
        return min(times_s[0] for times_s in contenders)
    return statistics.median(
        min(contenders, key=lambda times_s: statistics.median(_without(times_s, held_out)))[held_out]
        for held_out in rounds
    )


def _without(times_s: Sequence[float], place: int) -> list[float]:
    return [*times_s[:place], *times_s[place + 1 :]]


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
    rounds_s: dict[Contender, list[float]] = {finalist: [] for finalist in finalists}
    for _ in range(rounds):
        for finalist in random.sample(finalists, len(finalists)):
            time_s = measure(finalist, limit_s)
            rounds_s[finalist].append(math.inf if time_s is None else time_s)
    medians_s = {finalist: statistics.median(times_s) for finalist, times_s in rounds_s.items()}
    return Truth(limit_s, cut | medians_s, rounds_s)
