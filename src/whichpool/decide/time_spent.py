"""Where a strategy's time went, from what was seen in the round in which its workers were watched."""

from whichpool.pools import catalogue
from whichpool.values import Sample, Spending, Spent, Strategy


def time_spent(explained: Sample, serial: Sample | None, strategy: Strategy, held_share: float = 1.0) -> Spent | None:
    """Split a job's time for an average worker; the parts sum up to the job's time.

    A clock tells that a worker is blocked in the user's function, not on what. Serial ran such items with nobody else
    about: what it was blocked for is the items' own waiting, spread over the workers. The rest came from
    running side by side. In threads that is the wait for the GIL, as long as others can have held it: not for longer
    than the share of their computing, done or queued for, in which the GIL is held. It may as well be a lock of the
    user's, which no clock tells apart. What is left, and all of it in processes or without a GIL, is waiting.

    Args:
        explained: The strategy's sample of the explaining round.
        serial: Serial's sample of that round; None where there is none, and then no wait is put down to the GIL.
        strategy: What was run.
        held_share: The share of computing in which the GIL is held, at most; 0 where there is none.

    Returns:
        None where the sample tells nothing of the workers.
    """
    seen = explained.breakdown
    if seen is None:
        return None
    startup_s, waiting_s, idle_s, gil_s = seen.startup_s, seen.blocked_s, seen.idle_s, 0.0
    if (
        held_share
        and catalogue.find(strategy.pool).workers is catalogue.Workers.THREADS
        and serial is not None
        and serial.breakdown is not None
    ):
        # a thread needs the GIL to fetch its next chunk as well, and the first one
        startup_s = min(startup_s, explained.startup_s)
        idle_s += seen.startup_s - startup_s
        own_s = min(waiting_s, serial.breakdown.blocked_s / serial.items * explained.items / seen.workers)
        gil_s = min(waiting_s - own_s + idle_s, held_share * (seen.workers - 1) * (seen.computing_s + seen.queued_s))
        inside_s = min(gil_s, waiting_s - own_s)
        waiting_s, idle_s = waiting_s - inside_s, idle_s - (gil_s - inside_s)
    parts = {
        Spending.STARTUP: startup_s,
        Spending.COMPUTING: seen.computing_s,
        Spending.WAITING: waiting_s,
        Spending.GIL: gil_s,
        Spending.CORE: seen.queued_s,
        Spending.HANDING: seen.handing_s,
        Spending.IDLE: idle_s,
        Spending.TAIL: seen.tail_s,
        Spending.CLOSING: seen.closing_s,
    }
    return Spent(
        job_s=explained.job_s,
        items=explained.items,
        workers=seen.workers,
        parts={spending: part_s for spending, part_s in parts.items() if part_s > 0},
        parent_s=seen.parent_s,
    )
