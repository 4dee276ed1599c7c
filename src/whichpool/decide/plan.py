"""How to spend the budget: how much of the job one sample runs, and when it is cut."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from whichpool.errors import Trouble
from whichpool.pools import catalogue
from whichpool.values import Options, Sample, Scouting, Strategy

_ROUNDS_WANTED = 6
_CHILD_S = 0.12
_STRETCH = 2.0
_FEWEST_ITEMS = 4
_FEWEST_TURNS = 4
_TIMES_SERIAL = 5.0
_PATIENCE_S = 5.0
_BLIND_SHARE = 1 / 6


@dataclass(frozen=True, slots=True)
class Plan:
    """How each sample is taken.

    Attributes:
        items: How many items the whole job has.
        measured_items: How many of them one sample runs.
        item_s: What one item takes serially; None where the scout could not tell.
        limit_s: When a sample is cut.
        cores: How many workers the usable cores keep busy.
    """

    items: int
    measured_items: int
    item_s: float | None
    limit_s: float
    cores: int

    @property
    def is_forecast(self) -> bool:
        """Whether the whole job's time has to be forecast from a draw of its items."""
        return self.measured_items < self.items


def make_plan(scouting: Scouting, strategies: Sequence[Strategy], options: Options, left_s: float, cores: int) -> Plan:
    """Decide how many items a sample runs, so that a warm-up round and six counted rounds fit what is left.

    The whole job is preferred even where that stretches the budget a little: a race is often over sooner, and a
    forecast is worth less than a measurement.

    Args:
        scouting: What the first look told.
        strategies: All that will run in the warm-up round; the best of each pool goes on.
        options: What the user wants.
        left_s: What is left of the budget.
        cores: How many workers the usable cores keep busy.
    """
    facts, item_s = scouting.facts, scouting.item_s
    if item_s is None:
        limit_s = options.timeout_s or facts.load_s + max(_PATIENCE_S, left_s * _BLIND_SHARE)
        was_cut = scouting.failure is not None and scouting.failure.trouble is Trouble.CUT
        return Plan(facts.items, min(facts.items, _FEWEST_ITEMS) if was_cut else facts.items, None, limit_s, cores)
    racing = len({(strategy.pool, strategy.start_method) for strategy in strategies})
    if options.workers or options.chunksizes:
        racing = len(strategies)
    sample_s = left_s / (len(strategies) + _ROUNDS_WANTED * racing)
    job_s = max(0.0, sample_s - _CHILD_S - facts.load_s)
    measured = facts.items
    if _CHILD_S + facts.load_s + facts.items * item_s > _STRETCH * sample_s:
        # whole turns for the smallest pool, or it would look slower than it is
        turn = min((s.workers for s in strategies if s.pool != "serial"), default=1)
        measured = min(facts.items, turn * max(_FEWEST_TURNS, math.ceil(job_s / item_s / turn)))
    limit_s = options.timeout_s or facts.load_s + _PATIENCE_S + _TIMES_SERIAL * measured * item_s
    return Plan(facts.items, measured, item_s, limit_s, cores)


def whole_job_s(sample: Sample, items: int) -> float:
    """The whole job's time: as measured; or, of a draw, the start and end of the pool plus the items at their rate."""
    if sample.items == items:
        return sample.job_s
    fixed_s = sample.startup_s + sample.teardown_s
    return fixed_s + (sample.job_s - fixed_s) * items / sample.items


def simplest_first(strategies: Sequence[Strategy]) -> list[Strategy]:
    """Sort strategies by what they ask of a user: the pool first, then the number of workers."""
    return sorted(strategies, key=lambda s: (catalogue.simplicity(s.pool), s.workers, s.start_method or "", s.id))
