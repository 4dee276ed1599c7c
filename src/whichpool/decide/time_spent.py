"""Where a strategy's time went, from what was seen in the round in which its workers were watched."""

from whichpool.values import Breakdown, Sample, Spending, Spent, Strategy


def time_spent(explained: Sample, serial: Sample | None, strategy: Strategy, *, gil: bool = True) -> Spent | None:
    """Split a job's time for an average worker; the parts sum up to the job's time.

    A clock tells that a worker is blocked in the user's function, not on what. Serial ran such items with nobody else
    about: what it was blocked for is the items' own waiting, spread over the workers. The rest came from
    running side by side. In threads that is the wait for the GIL, as long as others can have held it: not for longer
    than they were computing, or were about to. It may as well be a lock of the user's, which no clock tells apart.
    What is left, and all of it in processes or without a GIL, is waiting.

    Args:
        explained: The strategy's sample of the explaining round.
        serial: Serial's sample of that round; None where there is none, and then no wait is put down to the GIL.
        strategy: What was run.
        gil: Whether that Python has a GIL.

    Returns:
        None where the sample tells nothing of the workers.
    """
    seen = explained.breakdown
    if seen is None:
        return None
    gil_s = 0.0
    if gil and strategy.pool == "threads" and serial is not None and serial.breakdown is not None:
        own_s = serial.breakdown.blocked_s / serial.items * explained.items / seen.workers
        gil_s = _for_the_gil_s(seen, own_s)
    parts = {
        Spending.STARTUP: seen.startup_s,
        Spending.COMPUTING: seen.computing_s,
        Spending.WAITING: seen.blocked_s - gil_s,
        Spending.GIL: gil_s,
        Spending.CORE: seen.queued_s,
        Spending.HANDING: seen.handing_s,
        Spending.IDLE: seen.idle_s,
        Spending.TAIL: seen.tail_s,
        Spending.CLOSING: seen.closing_s,
    }
    return Spent(
        job_s=explained.job_s,
        workers=seen.workers,
        parts={spending: part_s for spending, part_s in parts.items() if part_s > 0},
        parent_s=seen.parent_s,
    )


def _for_the_gil_s(seen: Breakdown, own_s: float) -> float:
    others_s = (seen.workers - 1) * (seen.computing_s + seen.queued_s) + seen.parent_s
    return max(0.0, min(seen.blocked_s - own_s, others_s))
