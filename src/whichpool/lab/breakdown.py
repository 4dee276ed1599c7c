"""Where the workers' time went in a job, from what each of them told about its chunks."""

import os
from collections.abc import Sequence
from statistics import fmean

from whichpool.pools.chunk import ChunkEnd
from whichpool.values import Breakdown


def break_down(ends: Sequence[ChunkEnd], opened_s: float, closed_s: float, own_cpu_s: float) -> Breakdown:
    """Split the job's time for an average worker; the parts sum up to ``closed_s - opened_s``.

    A worker is a thread: in a pool of processes the one that each has for its work.

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
    parts = [_of_one_worker(chunks, opened_s, last_s) for chunks in workers.values()]
    computed_here_s = sum(on_its_clocks(end)[0] for end in ends if end.worker == os.getpid())
    return Breakdown(
        workers=len(workers),
        **{name: fmean(part[name] for part in parts) for name in parts[0]},
        closing_s=closed_s - last_s,
        parent_s=max(0.0, own_cpu_s - computed_here_s),
    )


def _of_one_worker(chunks: Sequence[ChunkEnd], opened_s: float, last_s: float) -> dict[str, float]:
    inside_s = sum(end.ended_s - end.begun_s for end in chunks)
    computed_s, waited_s = (sum(each) for each in zip(*map(on_its_clocks, chunks), strict=True))
    computing_s = min(inside_s, computed_s)
    queued_s = min(inside_s - computing_s, waited_s)
    # pickling a chunk's results falls into the gap behind it, unpickling its arguments into the gap before it
    packed_s = [0.0, *(end.results.packed_s for end in chunks)]
    unpacked_s = [*(end.unpacked_s for end in chunks), 0.0]
    borders = [opened_s, *(moment for end in chunks for moment in (end.begun_s, end.ended_s)), last_s]
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
    if end.clocks is None:
        return 0.0, 0.0
    before, after = end.clocks
    return after.cpu_s - before.cpu_s, after.queued_s - before.queued_s
