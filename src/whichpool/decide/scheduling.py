"""When each worker of a pool is done, if every chunk goes to the worker that is free first: list scheduling.

R. L. Graham, "Bounds on multiprocessing timing anomalies", SIAM Journal on Applied Mathematics 17 (1969).
"""

from bisect import bisect_right
from collections.abc import Sequence
from heapq import heapify, heapreplace
from itertools import accumulate, pairwise

from whichpool.values import Timing

SIMULATED_CHUNKS = 1024
_SIMULATED_TURNS = 16


class Lengths:
    """How long the items of a job are, the mean of all being 1, by those that were timed.

    An item that was not timed is as long as the nearest one that was. A job of more or fewer items than the input is
    taken to run through the same input in coarser or finer steps, so that heavy items and drift keep their places.
    """

    def __init__(self, timings: Sequence[Timing], items: int) -> None:
        """Stretch the timings over that many items; none at all stands for items that are all alike."""
        timings = sorted(timings, key=lambda timing: timing.place) or [Timing(0, 1.0)]
        step = items / (timings[-1].place + 1)
        middles = [(timing.place + 0.5) * step for timing in timings]
        inner = [(one + other) / 2 for one, other in pairwise(middles)]
        self._starts = [0.0, *inner]
        widths = [end - start for start, end in pairwise([*self._starts, float(items)])]
        self._totals = [0.0, *accumulate(w * timing.wall_s for w, timing in zip(widths, timings, strict=True))]
        scale = items / self._totals[-1]
        self._totals = [total * scale for total in self._totals]
        self._slopes = [timing.wall_s * scale for timing in timings]
        self._items = items

    def before(self, place: int) -> float:
        """Sum up the items before a place."""
        if place >= self._items:
            return float(self._items)
        stretch = bisect_right(self._starts, place) - 1
        return self._totals[stretch] + (place - self._starts[stretch]) * self._slopes[stretch]

    def chunks(self, chunksize: int, first: int = 0) -> list[float]:
        """Sum up the items of each chunk, beginning with the chunk ``first``."""
        borders = [self.before(place) for place in range(first * chunksize, self._items, chunksize)]
        return [end - start for start, end in pairwise([*borders, float(self._items)])]


def finishing_times(lengths: Lengths, items: int, chunksize: int, workers: int) -> list[float]:
    """Tell when each worker is done, ascending, were all of them to work undisturbed; 0 for one that gets nothing.

    Where there are very many chunks, the first of them are shared out evenly instead: however they fall, the ends
    differ by one chunk at most, and the chunks that follow even that out.
    """
    chunks = -(-items // chunksize)
    early = max(0, chunks - max(SIMULATED_CHUNKS, _SIMULATED_TURNS * workers))
    ends = [lengths.before(early * chunksize) / workers] * workers
    heapify(ends)
    for length in lengths.chunks(chunksize, early):
        heapreplace(ends, ends[0] + length)
    return sorted(ends)
