"""The clock of a worker that may run on another machine: durations by it are right, moments are not."""

from time import perf_counter

from whichpool.pools.chunk import ChunkEnd


def on_our_clock(end: ChunkEnd) -> ChunkEnd:
    """Put a chunk that may have run on another machine, with a clock of its own, right before its arrival here."""
    arrived_s = perf_counter()
    end.begun_s, end.ended_s = arrived_s - (end.ended_s - end.begun_s), arrived_s
    return end
