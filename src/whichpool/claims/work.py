"""Work for the experiments: the article's own, and two kinds that can be made as long as wanted.

Python code holds the GIL, hashing lets go of it. A started process imports this file: so it imports little.
"""

import hashlib
from collections.abc import Callable
from time import perf_counter

_BLOCK = bytes(1 << 20)


def square(number: int) -> int:
    """Square a number, as the article's first function does."""
    return number * number


def quad(number: int) -> int:
    """Raise a number to the fourth power, as the article's second function does."""
    return number**4


def count_down(steps: int) -> None:
    """Run Python code, which holds the GIL where there is one."""
    while steps:
        steps -= 1


def hash_blocks(blocks: int) -> None:
    """Hash mebibytes, in C, without the GIL."""
    digest = hashlib.sha256()
    for _ in range(blocks):
        digest.update(_BLOCK)


def steps_that_take(seconds: float) -> int:
    """Find out how many steps :func:`count_down` does in a time, so that an experiment takes as long everywhere."""
    return _amount_that_takes(seconds, count_down, 1_000)


def blocks_that_take(seconds: float) -> int:
    """Find out how many mebibytes :func:`hash_blocks` does in a time."""
    return _amount_that_takes(seconds, hash_blocks, 1)


def _amount_that_takes(seconds: float, work: Callable[[int], None], amount: int) -> int:
    while (taken_s := min(_taken_s(work, amount) for _ in range(3))) < seconds / 8:  # others may interrupt any one
        amount *= 4
    return max(1, round(amount * seconds / taken_s))


def _taken_s(work: Callable[[int], None], amount: int) -> float:
    begun_s = perf_counter()
    work(amount)
    return perf_counter() - begun_s
