"""How to spend the budget: how much of the job one sample runs, and when it is cut."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from whichpool.decide.forecast import forecast_job_s
from whichpool.decide.ladder import settle
from whichpool.errors import Trouble
from whichpool.pools import catalogue
from whichpool.values import Anatomy, Dissection, Draw, Options, Python, Run, Sample, State, Strategy

_ROUNDS_WANTED = 6
_CHILD_S = 0.12
_STRETCH = 2.0
_FEWEST_ITEMS = 4
_TURNS_WANTED = 4
_TIMES_SERIAL = 5.0
_PATIENCE_S = 5.0
_BLIND_SHARE = 1 / 6
_CLUSTER_S = 30.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How each sample is taken.

    Attributes:
        items: How many items the whole job has.
        measured_items: How many of them one sample runs, as a rule.
        sample_s: What a sample may take.
        limit_s: When a sample is cut, the start of a cluster aside.
        cores: How many cores may be used.
    """

    items: int
    measured_items: int
    sample_s: float
    limit_s: float
    cores: float

    @property
    def is_forecast(self) -> bool:
        """Whether the whole job's time has to be forecast from a draw of its items."""
        return self.measured_items < self.items

    def limit_of(self, strategy: Strategy) -> float:
        """When a sample of a strategy is cut, in seconds; one that starts a cluster gets the time for that."""
        return self.limit_s + (_CLUSTER_S if catalogue.find(strategy.pool).is_cluster and not strategy.address else 0.0)

    def draw(self, strategy: Strategy, anatomy: Anatomy | None, round_number: int) -> Draw:
        """Draw the items of a sample: the same for every strategy of a round, if they keep its workers busy.

        A pool that gets no more than a few turns from them would look slower than it is. It draws more, as far as the
        forecast lets it have them in twice the time of a sample, or twice what serial takes for its own.
        """
        if not self.is_forecast:
            return Draw(self.items)
        items = self.measured_items
        enough_s = _STRETCH * max(self.sample_s, items * anatomy.item_s if anatomy else 0.0)
        wanted = min(self.items, _TURNS_WANTED * strategy.workers if strategy.workers > 1 else 1)
        while anatomy is not None and items < wanted:
            more = min(wanted, 2 * items)
            settled = settle(strategy, more, anatomy, self.cores)
            if forecast_job_s(anatomy, settled, more, self.cores).value > enough_s:
                break
            items = more
        return Draw(items, round_number if items < self.items else None)


def make_plan(
    looks: Mapping[Python, Dissection], runs: Sequence[Run], options: Options, left_s: float, cores: float
) -> Plan:
    """Decide how many items a sample runs, so that warm-up, six counted rounds and a last one fit what is left.

    The whole job is preferred even where that stretches the budget a little: a race is often over sooner, and a
    forecast is worth less than a measurement.

    Args:
        looks: What the first look under each Python told; a sample is as long as the slowest of them lets it be.
        runs: What was proposed; the best of each pool goes on after the warm-up round.
        options: What the user wants.
        left_s: What is left of the budget.
        cores: How many cores may be used.
    """
    slowest = max(looks.values(), key=lambda look: look.anatomy.item_s if look.anatomy else math.inf)
    facts, anatomy = slowest.facts, slowest.anatomy
    strategies = [run.strategy for run in runs if run.state is State.RACED]
    racing = len({strategy.kind for strategy in strategies})
    if options.workers or options.chunksizes:
        racing = len(strategies)
    sample_s = left_s / (len(strategies) + (_ROUNDS_WANTED + 1) * racing)
    if anatomy is None:
        limit_s = options.timeout_s or facts.load_s + max(_PATIENCE_S, left_s * _BLIND_SHARE)
        was_cut = slowest.failure is not None and slowest.failure.trouble is Trouble.CUT
        measured = min(facts.items, _FEWEST_ITEMS) if was_cut else facts.items
        return Plan(facts.items, measured, sample_s, limit_s, cores)
    around_s = _CHILD_S + facts.load_s  # what a sample costs beside the job; a job that costs less is not worth cutting
    job_s = max(around_s, sample_s - around_s)
    measured = facts.items
    if facts.items * anatomy.item_s > max(around_s, _STRETCH * sample_s - around_s):
        turn = min((s.workers for s in strategies if not s.is_serial), default=1)
        turn = min(turn, max(1, round(_STRETCH * sample_s / anatomy.item_s)))
        measured = min(facts.items, max(turn, math.ceil(job_s / anatomy.item_s)))
    limit_s = options.timeout_s or facts.load_s + _PATIENCE_S + _TIMES_SERIAL * measured * anatomy.item_s
    return Plan(facts.items, measured, sample_s, limit_s, cores)


def whole_job_s(sample: Sample, strategy: Strategy, anatomy: Anatomy | None, plan: Plan) -> float:
    """The whole job's time: as measured; or, of a draw, start and end of the pool plus the rest, grown to all items.

    How the rest grows the forecast knows best: a draw has fewer turns than the job, and a tail as long as the job's.
    Where there is no anatomy it grows as the number of items does.
    """
    if sample.items == plan.items:
        return sample.job_s
    fixed_s = sample.startup_s + sample.teardown_s
    growth = plan.items / sample.items if anatomy is None else _growth(strategy, anatomy, plan, sample.items)
    return fixed_s + (sample.job_s - fixed_s) * growth


@lru_cache(maxsize=512)
def _growth(strategy: Strategy, anatomy: Anatomy, plan: Plan, drawn: int) -> float:
    """How many times as long the whole job is as that of a draw, the start and end of the pool left out."""
    bare = replace(anatomy, trials=tuple(replace(trial, ready_s=0.0, close_s=0.0) for trial in anatomy.trials))
    whole_s, drawn_s = (
        forecast_job_s(bare, settle(strategy, items, anatomy, plan.cores), items, plan.cores).value
        for items in (plan.items, drawn)
    )
    return whole_s / drawn_s if math.isfinite(whole_s) and drawn_s else plan.items / drawn
