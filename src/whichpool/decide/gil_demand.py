"""For how much of an item's time the GIL is held, by what threads really did."""

from collections.abc import Sequence

from whichpool.values import Anatomy, Band, Entry, State


def gil_held_by_race(anatomy: Anatomy, entries: Sequence[Entry]) -> Band:
    """Narrow down the share of its time for which an item holds the GIL.

    Threads that get through items x times as fast as serial cannot hold the GIL for longer than 1/x of an item's time,
    for only one holds it at a time: the utilisation law, Denning and Buzen, "The operational analysis of queueing
    network models", ACM Computing Surveys 10 (1978). Where race and probe disagree, the race is right. To be on the
    safe side, x is the lower end of the speed-up's interval.

    Args:
        anatomy: What the probe felt in a Python.
        entries: All strategies of that Python, with what the race told of them.
    """
    alive = [entry for entry in entries if entry.state is not State.FAILED and entry.job_s is not None]
    serial = next((entry for entry in alive if entry.strategy.is_plain_loop), None)
    if serial is None:
        return anatomy.gil_held
    # the loop of another Python may be what all are held against
    loop_high = 1.0 if serial.vs_serial is None else serial.vs_serial.high
    speedups = [
        entry.vs_serial.low / loop_high
        for entry in alive
        if entry.strategy.pool == "threads" and entry.vs_serial is not None
    ]
    most = 1 / max([1.0, *speedups])
    return Band(min(anatomy.gil_held.low, most), min(anatomy.gil_held.high, most))
