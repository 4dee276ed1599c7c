"""What starting and ending a pool take, by what they took with one worker."""

from typing import NamedTuple

from whichpool.decide.demands import sending_s
from whichpool.pools import catalogue
from whichpool.pools.catalogue import Workers
from whichpool.values import Anatomy, Strategy, Trial


class _Start(NamedTuple):
    """How starting a pool grows with its workers, as shares of what it takes with one.

    Attributes:
        one_by_one: What the caller does for one worker after another.
        on_cores: What keeps a core busy for each worker, wherever one is free.
    """

    one_by_one: float
    on_cores: float


# Measured with 1 to 16 workers. The first worker of a fork server waits for the server, which all others find there.
_BY_METHOD = {
    "fork": _Start(0.3, 0.5),
    "forkserver": _Start(0.05, 0.2),
    "spawn": _Start(0.05, 1.0),
}
# Interpreters are all made by one process, and keep one another waiting; loky starts its processes as spawn does.
_BY_WORKERS = {
    Workers.TASKS: _Start(0.0, 0.0),
    Workers.THREADS: _Start(0.1, 0.0),
    Workers.INTERPRETERS: _Start(0.9, 1.0),
    Workers.PROCESSES: _Start(0.05, 1.0),
    Workers.CLUSTER: _Start(0.3, 0.5),
}
_RUNS_ALREADY = _Start(0.0, 0.0)


def fixed_s(anatomy: Anatomy, trial: Trial, strategy: Strategy, cores: float) -> float:
    """Tell what starting and ending a pool take, in seconds, however many items the job has.

    Args:
        anatomy: What was seen of an item.
        trial: What the pool took with one worker.
        strategy: The pool, with all its workers.
        cores: How many cores may be used.
    """
    row = catalogue.find(strategy.pool)
    ready_s = trial.ready_s
    if not row.shares_memory and anatomy.arguments:
        # an item had to arrive before the worker could begin; the forecast counts that with the item
        ready_s = max(0.0, ready_s - sending_s(anatomy.arguments, anatomy.pipe_bytes_per_s))
    if strategy.address:
        start = _RUNS_ALREADY
    elif strategy.start_method:
        start = _BY_METHOD[strategy.start_method]
    else:
        start = _BY_WORKERS[row.workers]
    times = max(1 + start.one_by_one * (strategy.workers - 1), start.on_cores * strategy.workers / cores)
    return (ready_s + trial.close_s) * times
