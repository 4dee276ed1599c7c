"""What is known of the machine beforehand fills the gaps of what a look at a workload told."""

from collections.abc import Iterator
from dataclasses import replace

from whichpool.values import Anatomy, Costs, PoolCosts, Trial
from whichpool.values.costs import estimate_of


def with_costs(anatomy: Anatomy, costs: Costs) -> Anatomy:
    """Add what the pools cost that the look did not try, and how fast a pipe is.

    What the look tried knows this workload's imports, and stays; what is added knows none.

    Args:
        anatomy: What the look told.
        costs: What was measured on this machine, under the same Python, at some other time.
    """
    tried = {(trial.pool, trial.start_method) for trial in anatomy.trials}
    added = (trial for trial in _trials(costs) if (trial.pool, trial.start_method) not in tried)
    return replace(anatomy, trials=(*anatomy.trials, *added), pipe_bytes_per_s=costs.pipe_bytes_per_s)


def _trials(costs: Costs) -> Iterator[Trial]:
    for pool in costs.pools:
        trial = _trial(pool)
        if trial is not None:
            yield trial


def _trial(pool: PoolCosts) -> Trial | None:
    ready_s, handover_s, close_s = map(estimate_of, (pool.ready_s, pool.task_s, pool.close_s))
    if ready_s is None or handover_s is None or close_s is None:
        return None
    worker_bytes = estimate_of(pool.private_bytes)
    return Trial(
        pool=pool.pool,
        start_method=pool.start_method,
        ready_s=ready_s.value,
        handover_s=handover_s.value,
        close_s=close_s.value,
        worker_bytes=None if worker_bytes is None else round(worker_bytes.value),
        beforehand=True,
    )
