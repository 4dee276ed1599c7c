"""How many workers there could be, and how many items each of them takes at once."""

import math
from dataclasses import replace
from functools import lru_cache

from whichpool.decide.forecast import best_chunksize
from whichpool.pools import catalogue
from whichpool.values import Anatomy, Strategy

FEWEST_WORKERS = 2
"""One worker is a loop that is handed its work."""

_CHUNKS_PER_WORKER = 4


def most_workers(pool: str, items: int, cores: float, there: int | None = None) -> int:
    """How many workers of a pool are ever proposed unasked: more would idle, or load the machine for nothing.

    Args:
        pool: The pool's name.
        items: How many items there are.
        cores: How many cores may be used.
        there: How many workers a cluster has that runs; None where the pool starts its own.
    """
    return min(items, few_workers(cores) * catalogue.find(pool).most_workers_per_core if there is None else there)


def few_workers(cores: float) -> int:
    """How many workers it takes to keep the cores busy with work that only computes."""
    return max(FEWEST_WORKERS, math.ceil(cores))


def ladder(pool: str, items: int, cores: float, there: int | None = None) -> list[int]:
    """List the worker counts to choose from: the powers of two, the number of cores, and the most there may be."""
    most = most_workers(pool, items, cores, there)
    steps = {2**step for step in range(1, most.bit_length())} | {few_workers(cores), most}
    return sorted(step for step in steps if FEWEST_WORKERS <= step <= most) or [most]


def settle(strategy: Strategy, items: int, anatomy: Anatomy | None, cores: float) -> Strategy:
    """Set a strategy's chunk size for a job of so many items, unless it is set."""
    if strategy.is_serial:
        return replace(strategy, chunksize=items)
    if strategy.chunksize is not None:
        return strategy
    if anatomy is None:
        return replace(strategy, chunksize=max(1, items // (_CHUNKS_PER_WORKER * strategy.workers)))
    return replace(strategy, chunksize=_best_chunksize(anatomy, strategy, items, cores))


# a report is drawn anew after every round, and asks the same again each time
_best_chunksize = lru_cache(maxsize=1024)(best_chunksize)
