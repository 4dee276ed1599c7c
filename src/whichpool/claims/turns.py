"""Conditions that take turns, so that what slows the machine down for a while slows all of them."""

import math
import random
from collections.abc import Callable, Mapping
from time import perf_counter


def take_turns(conditions: Mapping[str, Callable[[], float]], rounds: int, box_s: float) -> dict[str, list[float]]:
    """Try every condition once a round, in an order shuffled anew, and keep what each of them gives.

    The first round warms up and is not kept. Samples at the same place belong to the same round: they pair.

    Args:
        conditions: What is tried, by the name its samples are kept under.
        rounds: How many rounds are kept, at most.
        box_s: When this time is spent after the warm-up, no further round begins; one is kept in any case.
    """
    samples: dict[str, list[float]] = {name: [] for name in conditions}
    ends_s = math.inf
    for number in range(rounds + 1):
        if number > 1 and perf_counter() > ends_s:
            break
        for name in random.sample(list(conditions), len(conditions)):
            sample = conditions[name]()
            if number > 0:
                samples[name].append(sample)
        if number == 0:
            ends_s = perf_counter() + box_s
    return samples
