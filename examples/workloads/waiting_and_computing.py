"""Waiting with some computing after it: 15 ms for an answer, then about 3 ms of Python on what came.

The waits overlap in any number of threads or processes; the computing takes turns in threads. So the best number of
workers is neither one nor the number of cores.
"""

import time

ITEMS = list(range(50))


def answer(question: int) -> int:
    """Wait for an answer and work out its checksum in pure Python."""
    time.sleep(0.015)
    checksum = question
    for step in range(65_000):
        checksum = (checksum * 31 + step) % 1_000_003
    return checksum
