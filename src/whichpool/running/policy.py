"""Would workers pay, and which? Pure: what was seen goes in, a plan comes out, or none.

Heartbeat scheduling (Acar, Charguéraud, Guatto, Rainey and Sieczkowski, PLDI 2018) is the idea: parallelism is paid for
by the useful work that was done before, so that it never costs much more than the loop would have taken.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from whichpool.decide.queueing import Demand, throughputs
from whichpool.wording import duration, number

HANDOVER_S = {"asyncio": 30e-6, "threads": 20e-6, "processes": 200e-6}
"""What handing over a batch and getting it back takes the caller."""
BATCH_S = {"asyncio": 1e-3, "threads": 2e-3, "processes": 40e-3}
"""How long a batch should keep a worker busy, so that handing it over is a small part of that."""
_WORKER_START_S = {"threads": 0.15e-3, "fork": 2.5e-3, "exec": 5e-3}
_CREW_START_S = {"threads": 0.1e-3, "fork": 1e-3, "exec": 90e-3}
_MOST_WORKERS = 256
_STARTED_LATER = 0.3
_MOST_PER_CORE = {"threads": 32, "processes": 8}
_COMPUTING_PER_CORE = 2
"""More than one, because the last of a few long items end together where those who have them share the cores."""
_MOST_IN_FLIGHT = 512
_SOME_MORE = 1.25
_BYTES_PER_S = 1e9
"""What moving a pickle to another process takes beside pickling it."""
_BATCHES_PER_WORKER = 4
_LEAST_BATCH = 0.05
"""How much of that time the last batches last, at least: nothing is won by ending together to the microsecond."""
_MOST_HELD_ITEMS = 50_000
_MOST_HELD_BYTES = 32 * 1024 * 1024
_MOST_BATCH_BYTES = 4 * 1024 * 1024
_CLEARLY_BETTER = 0.8
_LOSES = 0.95
_LEAST_WON_S = 5e-3
"""What has to be won, at least: about what starting two processes takes, and what a short look errs by."""
_CALLER_IS_SLOWER = 2.0
"""A caller that keeps all results unpickles them up to so many times slower than one that keeps none: there is more for
the garbage collector to look through."""
_LEAST_GAIN = 0.1
"""The share of what is left that has to be won, at least; less is within what a forecast errs by."""
_AS_GOOD = 1.05
_UNRESOLVED = 0.5
_FREE = 0.21
"""Four wake-ups none of which was late, or ten of which one was."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the loop has shown so far.

    Attributes:
        items: How many items it has run.
        elapsed_s: How long that took, pulling them included.
        wall_s: How long an item takes, by the clock.
        cpu_s: How much of a core it uses in that time, in all threads and in the processes that it starts.
        own_cpu_s: How much of that in the thread that calls it, which alone can hold the GIL.
        pulling_s: How long the iterator takes to give an item.
        held: The share of the time that the GIL is held; None where that was not resolved.
        remaining: How many items are left; None where that is not known.
        sending_s: What a worker spends on unpickling an item's arguments and pickling its result.
        caller_s: What the caller spends on pickling the arguments, where they are sent, and unpickling the result.
        travel_bytes: How long these pickles are.
        chunk: How many items are to be handed over together, where that was asked for.
        pulling_cpu_s: How much of the time that the iterator takes it computes.
    """

    items: int
    elapsed_s: float
    wall_s: float
    cpu_s: float
    own_cpu_s: float
    pulling_s: float = 0.0
    held: float | None = None
    remaining: int | None = None
    sending_s: float = 0.0
    caller_s: float = 0.0
    travel_bytes: int = 0
    chunk: int = 1
    pulling_cpu_s: float = 0.0

    @property
    def left(self) -> int:
        """How many items are left; where that is not known, as many as were done, or fewer if these were quicker."""
        if self.remaining is not None:
            return self.remaining
        if self.item_s <= 0:  # all of the time was spent in the queue for a core
            return self.items
        return max(1, int(min(self.items, self.elapsed_s / self.item_s))) if self.items else 0

    @property
    def item_s(self) -> float:
        """How long an item takes in the loop, all in all."""
        return self.wall_s + self.pulling_s

    @property
    def computes(self) -> bool:
        """Whether the caller's thread computes for most of an item's time."""
        return self.own_cpu_s > _UNRESOLVED * self.wall_s

    @property
    def held_s(self) -> float:
        """How long an item holds the GIL: the middle of what it may be.

        What holds it for moments only escapes whoever listens, so it may be held as long as the thread computes.
        """
        if self.held is None:
            return self.own_cpu_s
        return (min(self.held * self.wall_s, self.own_cpu_s) + self.own_cpu_s) / 2


@dataclass(frozen=True, slots=True)
class Machine:
    """What the policy knows of where it runs.

    Attributes:
        cores: How many cores may be used.
        forks: Whether processes can be forked, which is quick; else they are started anew.
        has_gil: Whether Python code takes turns.
    """

    cores: float
    forks: bool
    has_gil: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """A crew that should pay.

    Attributes:
        pool: Its pool.
        workers: How many workers it has.
        speedup: How many times faster than the loop it goes through the items, once it is started.
        start_s: What starting it takes.
        end_s: How long the rest of the job then takes, starting included.
    """

    pool: str
    workers: int
    speedup: float
    start_s: float
    end_s: float

    def __str__(self) -> str:
        """Tell what is expected of it."""
        return f"by forecast {number(self.speedup)} times the loop's speed, and {duration(self.start_s)} to start"


def most_speedup(seen: Seen, machine: Machine) -> float:
    """Bound what any number of workers can win by what there is of everything: cores, items, and what gives them."""
    by_cores = machine.cores * seen.item_s / seen.cpu_s if seen.cpu_s > 0 else float("inf")
    by_source = seen.item_s / seen.pulling_s if seen.pulling_s > 0 else float("inf")
    return max(1.0, min(by_cores, by_source, -(-seen.left // seen.chunk)))


def could_pay(seen: Seen, machine: Machine) -> bool:
    """Tell by a few multiplications whether it is worth while to look closer.

    Args:
        seen: What the loop has shown.
        machine: Where it runs, or a better one.
    """
    left_s = seen.left * seen.item_s
    return _pays(left_s / most_speedup(seen, machine), left_s)


def plans(
    seen: Seen,
    machine: Machine,
    allowed: tuple[str, ...],
    workers: int | None = None,
    known: Mapping[str, tuple[int, float]] | None = None,
) -> list[Plan]:
    """Forecast every pool that is allowed, each with the number of workers that ends the job first.

    Args:
        seen: What the loop has shown.
        machine: Where it runs.
        allowed: The pools that may be used.
        workers: How many workers there are to be; None to find out.
        known: With how many workers a pool has been tried, and how many times faster than the loop it turned out to be;
            that takes the place of its forecast.

    Returns:
        The plans, the simplest pool first.
    """
    return [_plan(pool, seen, machine, workers, (known or {}).get(pool)) for pool in allowed if pool != "serial"]


def choose(options: list[Plan], seen: Seen) -> Plan | None:
    """Choose the plan that ends first, or the simplest of those that are about as good; None where the loop is.

    A plan must win more than it costs: ``(1 - 1 / speed-up) × what is left`` has to exceed its start and a margin, and
    the work done so far has to have paid for the start.
    """
    left_s = seen.left * seen.item_s
    paying = [plan for plan in options if _pays(plan.end_s, left_s)]
    if not paying:
        return None
    first_s = min(plan.end_s for plan in paying)
    best = next(plan for plan in paying if plan.end_s <= _AS_GOOD * first_s)
    return best if seen.elapsed_s >= best.start_s else None


def better(options: list[Plan], seen: Seen, speedup: float) -> Plan | None:
    """Choose a plan that ends so much earlier than the pool in use that moving is worth while; None to stay.

    Args:
        options: The plans for other pools.
        seen: What the loop has shown.
        speedup: How many times faster than the loop the pool in use is.
    """
    left_s = seen.left * seen.item_s
    paying = [plan for plan in options if _pays(plan.end_s, left_s)]
    best = min(paying, key=lambda plan: plan.end_s, default=None)
    return best if best is not None and best.end_s * speedup < _CLEARLY_BETTER * left_s else None


def loses(speedup: float) -> bool:
    """Tell whether a pool is slower than the loop."""
    return speedup < _LOSES


def batch_size(  # noqa: PLR0913 - one for each thing that limits it
    pool: str, workers: int, *, item_s: float, item_bytes: float, left: int | None, room: int
) -> int:
    """Tell how many items to hand over together.

    Enough that handing over is a small part of the work, and so few that every worker still gets several batches, as
    long as these take more than a moment: the batches shrink towards the end, so that all workers end at about the same
    time (factoring: Flynn Hummel, Schonberg and Flynn, 1992).

    Args:
        pool: Where they run.
        workers: By how many workers.
        item_s: How long an item keeps a worker busy.
        item_bytes: How much travels for it.
        left: How many items are left; None where that is not known.
        room: How many more items may be under way.
    """
    fair = size = BATCH_S[pool] / max(item_s, 1e-8)
    if left is not None:
        size = min(size, max(left / (_BATCHES_PER_WORKER * workers), _LEAST_BATCH * fair))
    if item_bytes > 0:
        size = min(size, _MOST_BATCH_BYTES / item_bytes)
    return max(1, min(int(size), room))


def most_in_flight(busy_s: float, cpu_s: float, left: int | None) -> int:
    """Tell how many coroutines keep one thread busy that take so long in all, and so much of its time."""
    most = _MOST_IN_FLIGHT if left is None else min(_MOST_IN_FLIGHT, left)
    return min(most, math.ceil(_SOME_MORE * busy_s / max(cpu_s, 1e-9)))


def most_under_way(workers: int, item_bytes: float) -> int:
    """Tell how many items may be given out or held back for their order, so that memory does not grow with the job."""
    by_bytes = _MOST_HELD_BYTES / item_bytes if item_bytes > 0 else _MOST_HELD_ITEMS
    return max(4 * workers, int(min(_MOST_HELD_ITEMS, by_bytes)))


def is_open(seen: Seen, machine: Machine) -> bool:
    """Tell whether it is still open who holds the GIL, and whether knowing that would decide between pools."""
    return machine.has_gil and machine.cores > 1 and seen.held is None and seen.computes


def seems_free_of_gil(seen: Seen) -> bool:
    """Tell whether items seem to compute while the GIL is free, by the little that was heard of it."""
    return seen.held is not None and seen.held <= _FREE and seen.computes


def _pays(end_s: float, left_s: float) -> bool:
    """Tell whether enough is won by ending so late instead of when the loop would end."""
    return left_s - end_s > max(_LEAST_GAIN * left_s, _LEAST_WON_S)


def _plan(pool: str, seen: Seen, machine: Machine, wanted: int | None, known: tuple[int, float] | None) -> Plan:
    if known is not None:
        workers, speedup = known
        start_s = _start_s(pool, workers, machine)
        return Plan(pool, workers, speedup, start_s, start_s + seen.left * seen.item_s / speedup)
    demand = _demand(pool, seen, machine)
    if wanted and seen.remaining is not None:
        wanted = max(1, min(wanted, seen.remaining))
    most = wanted or _most_workers(pool, seen, machine)
    at_most = 1 / seen.pulling_s if seen.pulling_s > 0 else math.inf
    rates = [min(rate, at_most) for rate in throughputs(demand, machine.cores, most)]
    if not _waits(seen):  # more workers than cores end together, and do no more
        by_cores = rates[min(most, math.ceil(machine.cores)) - 1]
        rates = [min(rate, by_cores) for rate in rates]
    best: Plan | None = None
    for count in range(wanted or 1, most + 1):
        start_s, work_s = _start_s(pool, count, machine), _work_s(seen.left, seen.chunk, rates[:count])
        if best is None or start_s + work_s < best.end_s * 0.99:  # more workers only where they win something
            speedup = seen.left * seen.item_s / work_s if work_s else rates[count - 1] * seen.item_s
            best = Plan(pool, count, speedup, start_s, start_s + work_s)
    if best is None:
        message = "a plan has at least one worker"
        raise ValueError(message)
    return best


def _work_s(left: int, chunk: int, rates: list[float]) -> float:
    """Tell how long items take workers who all begin at once, and of whom some have nothing to do in the end.

    Args:
        left: How many items there are.
        chunk: How many are handed over together.
        rates: How many items a second one worker gets through, two, and so on up to all of them.
    """
    chunk = min(chunk, left)
    rounds, rest = divmod(-(-left // chunk), len(rates)) if left else (0, 0)
    return chunk * (rounds * len(rates) / rates[-1] + (rest / rates[rest - 1] if rest else 0.0))


def _demand(pool: str, seen: Seen, machine: Machine) -> Demand:
    """Split an item's time among those who serve it; pickling is done on both sides."""
    per_batch = max(1.0, BATCH_S[pool] / max(seen.wall_s, 1e-9))
    handover_s = HANDOVER_S[pool] / per_batch
    waiting_s = max(0.0, seen.wall_s - seen.cpu_s)
    if pool == "threads":
        held_s = seen.held_s if machine.has_gil else 0.0
        pulling_s = seen.pulling_cpu_s if machine.has_gil else 0.0  # the iterator holds it as well
        return Demand(held_s + pulling_s, max(seen.cpu_s - held_s, 1e-9), waiting_s, handover_s)
    caller_s = handover_s + _CALLER_IS_SLOWER * seen.caller_s + seen.travel_bytes / _BYTES_PER_S
    return Demand(0.0, max(seen.cpu_s + seen.sending_s, 1e-9), waiting_s, caller_s)


def _waits(seen: Seen) -> bool:
    return seen.wall_s > (1 + _LEAST_GAIN) * seen.cpu_s


def _most_workers(pool: str, seen: Seen, machine: Machine) -> int:
    if _waits(seen):
        per_core = _MOST_PER_CORE[pool]
    elif pool == "threads" and machine.has_gil and seen.held_s > _FREE * seen.wall_s:
        per_core = 1  # more of them would only get into each other's way
    else:
        per_core = _COMPUTING_PER_CORE
    return max(1, min(round(per_core * machine.cores), max(seen.left, 1), _MOST_WORKERS))


def _start_s(pool: str, workers: int, machine: Machine) -> float:
    """Tell what starting workers takes; processes beyond the first two are started while those work."""
    how = pool if pool == "threads" else ("fork" if machine.forks else "exec")
    later = max(0, workers - 2) if how != "threads" else 0
    return _CREW_START_S[how] + (workers - later * (1 - _STARTED_LATER)) * _WORKER_START_S[how]
