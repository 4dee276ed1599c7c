"""Large results of little work: the time axes of recordings, some 300,000 timestamps each.

A number goes in and a list of floats comes out, three megabytes when pickled; all of it is made by ``itertools``,
which holds the GIL.
"""

from itertools import accumulate, repeat

_SECONDS, _RATE_HZ = 7, 44_100

ITEMS = list(range(60))


def timestamps(recording: int) -> list[float]:
    """List when each frame of a recording was taken, in seconds; recordings begin a minute apart."""
    return list(accumulate(repeat(1 / _RATE_HZ, _SECONDS * _RATE_HZ), initial=recording * 60.0))
