"""Wait for answers: what a program does that asks a server for one page after another.

    whichpool compare examples/fetch.py:fetch --items 'range(40)'

A sleep of 15 to 25 ms stands for the request, so that no network is needed and every run waits alike. To Python both
are the same: the GIL is given up until the answer is there, and no core is busy meanwhile.
"""

import time


def fetch(number: int) -> str:
    """Wait for page ``number`` as long as a server nearby would let one wait."""
    time.sleep(0.015 + number * 7 % 11 / 1000)
    return f"page {number}"
