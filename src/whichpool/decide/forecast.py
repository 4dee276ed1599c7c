"""How long a whole job will take under a strategy that nobody has run yet, from the anatomy of one item.

The mechanism has two steps that do not touch each other. First the chunks are handed out in *virtual* time, on a
clock that runs as if no worker were in another's way: that depends on the items, the chunk size and the workers.
Then virtual time becomes real: while k workers are active, each gets on at the pace X(k) · w / k, with X(k) the
throughput of the queueing network (:mod:`whichpool.decide.queueing`) and w what an item takes a worker that is alone.
All paces are equal, so they do not change who takes which chunk; and only they know of cores and the GIL. As X(k) never
falls when there are more cores or no GIL, neither ever lengthens the forecast: there are no scheduling anomalies.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from whichpool.decide.demands import demand_in_processes, demand_in_tasks, demand_in_threads, work
from whichpool.decide.queueing import Demand, bounds, throughputs
from whichpool.decide.scheduling import Lengths, finishing_times
from whichpool.decide.start_up import fixed_s
from whichpool.pools import catalogue
from whichpool.pools.catalogue import Workers
from whichpool.values import Anatomy, Strategy, Trial

_AS_GOOD = 1.03
_HANDOVER_SHARE = 0.02
_CHUNKS_PER_WORKER = 4
_SWITCH_INTERVAL_S = 0.005
_SHARING = 1.05
_SLACK, _LONG_HOLD_SLACK = 1.1, 1.2


@dataclass(frozen=True, slots=True)
class Bracket:
    """A forecast of a job's time, in seconds.

    Attributes:
        low: If the workers' turns fit together as well as they can.
        value: What to expect.
        high: If they fit together badly.

    Raises:
        ValueError: They are not in order.
    """

    low: float
    value: float
    high: float

    def __post_init__(self) -> None:
        """Keep it in order."""
        if not 0 <= self.low <= self.value <= self.high:
            message = f"a bracket is in order: {self}"
            raise ValueError(message)


def forecast_job_s(anatomy: Anatomy, strategy: Strategy, items: int, cores: float) -> Bracket:
    """Forecast the time of a whole job, start and end of the pool included.

    The bracket spans what is not known of the GIL, and how well the workers' turns fit together. Several workers also
    compute a little slower than one does, for reasons that no queue tells of, such as the caches they share and the
    switching between them: by about 5 %, as measured over the examples (``benchmarks/forecast.py``). The upper end
    allows for 10 %, and for 20 % where the GIL may be held for longer than the interpreter's switch interval; at the
    lower end all workers start as soon as one.

    Args:
        anatomy: What was seen of an item.
        strategy: How to run the job; its chunk size must be set, unless it is serial.
        items: How many items the job has; if not as many as the input, then the like of it.
        cores: How many cores may be used; fewer than one count as one, for what that costs is in the item's time.

    Returns:
        Infinite times where processes could not be sent the arguments, or could not send the results.

    Raises:
        ValueError: The chunk size is not set.
    """
    item = work(anatomy, strategy.native_threads)
    if strategy.pool == "serial":
        job_s = items * item.alone_s
        return Bracket(job_s, job_s, job_s)
    if strategy.chunksize is None:
        message = f"a forecast needs a chunk size: {strategy}"
        raise ValueError(message)
    trial = _trial(anatomy, strategy)
    handover_s = trial.handover_s / strategy.chunksize
    demands = _demands(anatomy, strategy, handover_s)
    if demands is None:
        return Bracket(math.inf, math.inf, math.inf)
    good, likely, bad = demands
    workers = min(strategy.workers, -(-items // strategy.chunksize))
    free_cores = max(1.0, cores) / item.cores
    ends = finishing_times(Lengths(anatomy.timings, items), items, strategy.chunksize, workers)
    paces = (
        bounds(good, free_cores, workers),
        _working_ahead(likely, free_cores, workers),
        throughputs(bad, free_cores, workers),
    )
    low_s, value_s, high_s = (_real_s(ends, good.alone_s, pace) for pace in paces)
    value_s = max(low_s, value_s)  # where they are equal, but for rounding
    high_s = max(value_s, high_s * (_LONG_HOLD_SLACK if bad.serial_s > _SWITCH_INTERVAL_S and workers > 1 else _SLACK))
    quickest_s, usual_s = (
        fixed_s(anatomy, trial, replace(strategy, workers=count), max(1.0, cores)) for count in (1, strategy.workers)
    )
    return Bracket(quickest_s + low_s, usual_s + value_s, usual_s + high_s)


def best_chunksize(anatomy: Anatomy, strategy: Strategy, items: int, cores: float) -> int:
    """Choose how many items to hand over at once: of those that are as good as the best, the most usual.

    As good is what is forecast to take at most 3 % longer than the best. The most usual is the nearest to a rule of
    thumb: so large that handing a chunk over costs at most 2 % of its work, and so small that each worker gets at least
    four; where the two disagree, the second wins. With ``asyncio``, where a task an item is what everybody
    writes, single items are enough wherever they satisfy the first.

    Args:
        anatomy: What was seen of an item.
        strategy: The strategy; its own chunk size is not looked at.
        items: How many items the job has.
        cores: How many cores may be used.
    """
    if strategy.pool == "serial":
        return items
    cheap = math.ceil(_trial(anatomy, strategy).handover_s / (_HANDOVER_SHARE * anatomy.item_s))
    if cheap == 1 and catalogue.find(strategy.pool).is_async_only:
        return 1
    usual = max(1, min(cheap, items // (_CHUNKS_PER_WORKER * strategy.workers)))
    most = -(-items // strategy.workers)
    sizes = sorted({usual, most, *(1 << power for power in range(most.bit_length()))})
    times_s = {size: forecast_job_s(anatomy, replace(strategy, chunksize=size), items, cores).value for size in sizes}
    enough_s = min(times_s.values()) * _AS_GOOD
    good = [size for size in sizes if times_s[size] <= enough_s]
    return min(good, key=lambda size: (abs(math.log(size / usual)), size))


def bound_speedup(anatomy: Anatomy, pool: str, workers: int, cores: float) -> float:
    """Tell at most how many times faster than serial a pool can be, however it is set up: a bound, not a belief.

    Starting the pool and handing over chunks count for nothing, and the GIL is held for the least time that the
    anatomy allows for. 0 where processes could not be sent the arguments, or could not send the results.
    """
    strategy = Strategy(pool, workers)
    item = work(anatomy)
    if pool == "serial":
        return 1.0
    demands = _demands(anatomy, strategy, 0.0)
    if not demands:
        return 0.0
    demand = demands[0]
    if not catalogue.find(pool).shares_memory:
        demand = replace(demand, serial_s=0.0)  # how fast a pipe is on this machine was not measured
    return bounds(demand, max(1.0, cores) / item.cores, workers)[-1] * item.alone_s


def _trial(anatomy: Anatomy, strategy: Strategy) -> Trial:
    """Look up what the pool costs by itself; of one that was not tried, only the hand-over is known."""
    found = anatomy.trial(strategy.pool, strategy.start_method)
    handover_s = catalogue.find(strategy.pool).handover_s
    return found or Trial(strategy.pool, strategy.start_method, 0.0, handover_s, 0.0)


def _demands(anatomy: Anatomy, strategy: Strategy, handover_s: float) -> list[Demand] | None:
    """Tell what an item asks for at best, most likely and at worst; None where it cannot be had."""
    item = work(anatomy, strategy.native_threads)
    row = catalogue.find(strategy.pool)
    if row.workers is Workers.TASKS:
        return [demand_in_tasks(item, handover_s)] * 3
    if not row.shares_memory:
        if anatomy.arguments is None or anatomy.results is None:
            return None
        pipe = anatomy.pipe_bytes_per_s
        return [demand_in_processes(item, anatomy.arguments, anatomy.results, handover_s, pipe)] * 3
    held = anatomy.gil_held
    shares = (held.low, held.middle, held.high)
    return [demand_in_threads(item, share * anatomy.item_s, handover_s) for share in shares]


def _working_ahead(demand: Demand, cores: float, workers: int) -> list[float]:
    """Compute the throughputs of workers that queue for one another, but are never kept waiting by the caller."""
    if workers > 1:
        demand = replace(demand, serial_s=demand.serial_s * _SHARING, parallel_s=demand.parallel_s * _SHARING)
    unaided = throughputs(replace(demand, caller_s=0.0), cores, workers)
    return [min(pair) for pair in zip(unaided, bounds(demand, cores, workers), strict=True)]


def _real_s(ends: Sequence[float], alone_s: float, throughput: Sequence[float]) -> float:
    """Turn virtual time, in items, into seconds: all are active until the first has ended."""
    real_s = now = 0.0
    for active, end in zip(range(len(ends), 0, -1), ends, strict=True):
        pace = min(1.0, throughput[active - 1] * alone_s / active)
        real_s += (end - now) * alone_s / pace
        now = end
    return real_s
