"""Where the workers' time went in a job, from what each of them told about its chunks."""

import math
import os
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import NamedTuple

from whichpool.pools.chunk import ChunkEnd
from whichpool.values import Breakdown


class _Stretch(NamedTuple):
    """For how long a worker was busy without a break, and what its clocks told before and after.

    Mostly that is one chunk. Tasks of one event loop share a thread, so their chunks overlap, and the clocks cannot
    tell what is whose: the loop is the worker then, and what lies between is its waiting.
    """

    begun_s: float
    ended_s: float
    cpu_s: float
    queued_s: float
    packed_s: float
    unpacked_s: float


def break_down(ends: Sequence[ChunkEnd], opened_s: float, closed_s: float, own_cpu_s: float) -> Breakdown:
    """Split the job's time for an average worker; the parts sum up to ``closed_s - opened_s``.

    A worker is a thread: in a pool of processes the one that each has for its work, and of ``asyncio`` the only one.

    Args:
        ends: All chunks, with their clocks.
        opened_s: When the pool was opened, on the clock of the chunks.
        closed_s: When it was closed.
        own_cpu_s: The CPU time that this process used meanwhile.
    """
    workers: dict[tuple[int, int], list[ChunkEnd]] = {}
    for end in sorted(ends, key=lambda end: end.begun_s):
        workers.setdefault((end.worker, end.clocks[0].thread if end.clocks else 0), []).append(end)
    last_s = max(end.ended_s for end in ends)
    stretches = {worker: [_stretch(chunks) for chunks in _cut(chunks)] for worker, chunks in workers.items()}
    parts = [_of_one_worker(each, opened_s, last_s) for each in stretches.values()]
    computed_here_s = sum(
        stretch.cpu_s for (process, _), each in stretches.items() if process == os.getpid() for stretch in each
    )
    return Breakdown(
        workers=len(workers),
        **{name: fmean(part[name] for part in parts) for name in parts[0]},
        closing_s=closed_s - last_s,
        parent_s=max(0.0, own_cpu_s - computed_here_s),
    )


def _cut(chunks: Sequence[ChunkEnd]) -> Iterator[list[ChunkEnd]]:
    """Put together what overlaps, of a worker's chunks in the order in which they began."""
    together: list[ChunkEnd] = []
    ended_s = -math.inf
    for end in chunks:
        if together and end.begun_s >= ended_s:
            yield together
            together = []
        together.append(end)
        ended_s = max(ended_s, end.ended_s)
    yield together


def _stretch(chunks: Sequence[ChunkEnd]) -> _Stretch:
    first, last = chunks[0], max(chunks, key=lambda end: end.ended_s)
    cpu_s = queued_s = 0.0
    if first.clocks and last.clocks:
        before, after = first.clocks[0], last.clocks[1]
        cpu_s, queued_s = after.cpu_s - before.cpu_s, after.queued_s - before.queued_s
    return _Stretch(
        first.begun_s,
        last.ended_s,
        cpu_s,
        queued_s,
        sum(end.results.packed_s for end in chunks),
        sum(end.unpacked_s for end in chunks),
    )


def _of_one_worker(stretches: Sequence[_Stretch], opened_s: float, last_s: float) -> dict[str, float]:
    inside_s = sum(stretch.ended_s - stretch.begun_s for stretch in stretches)
    computing_s = min(inside_s, sum(stretch.cpu_s for stretch in stretches))
    queued_s = min(inside_s - computing_s, sum(stretch.queued_s for stretch in stretches))
    # pickling a chunk's results falls into the gap behind it, unpickling its arguments into the gap before it
    packed_s = [0.0, *(stretch.packed_s for stretch in stretches)]
    unpacked_s = [*(stretch.unpacked_s for stretch in stretches), 0.0]
    borders = [opened_s, *(moment for stretch in stretches for moment in stretch[:2]), last_s]
    gaps_s = [end - begin for begin, end in zip(borders[::2], borders[1::2], strict=True)]
    handing_s = [min(gap_s, sum(s)) for gap_s, s in zip(gaps_s, zip(packed_s, unpacked_s, strict=True), strict=True)]
    left_s = [gap_s - handed_s for gap_s, handed_s in zip(gaps_s, handing_s, strict=True)]
    return {
        "startup_s": left_s[0],
        "computing_s": computing_s,
        "blocked_s": inside_s - computing_s - queued_s,
        "queued_s": queued_s,
        "handing_s": sum(handing_s),
        "idle_s": sum(left_s[1:-1]),
        "tail_s": left_s[-1],
    }


def on_its_clocks(end: ChunkEnd) -> tuple[float, float]:
    """Tell how long a chunk's thread computed and how long it waited for a core, in seconds."""
    alone = _stretch([end])
    return alone.cpu_s, alone.queued_s
