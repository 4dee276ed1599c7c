"""Which worker counts of a pool are worth a try, by forecast and by bound."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from whichpool.decide.fitting import why_not_fit
from whichpool.decide.forecast import Bracket, bound_speedup, forecast_job_s
from whichpool.decide.ladder import ladder, settle
from whichpool.machine.memory import MemoryLeft
from whichpool.pools import catalogue
from whichpool.values import Anatomy, Facts, Options, Run, State, Strategy
from whichpool.wording import count, duration, number

_AS_GOOD = 1.02


@dataclass(frozen=True, slots=True)
class Choice:
    """What a choice of worker counts rests on.

    Attributes:
        pool: The pool with its settings, all but the number of workers and the start method.
        anatomy: Where an item's time goes.
        facts: What loading the workload told.
        options: What the user wants.
        cores: How many cores may be used.
        memory: What memory is left; None where that is not known.
        most_workers: How many workers the cluster has that runs; None where the pool starts its own.
        is_alone: Whether one Python only takes part; of several, each gets the best worker count by forecast and no
            neighbours.
    """

    pool: Strategy
    anatomy: Anatomy
    facts: Facts
    options: Options
    cores: float
    memory: MemoryLeft | None = None
    most_workers: int | None = None
    is_alone: bool = True

    def steps(self, method: str | None) -> list[Strategy]:
        """List the ladder of worker counts, the fewest first."""
        counts = ladder(self.pool.pool, self.facts.items, self.cores, self.most_workers)
        return [replace(self.pool, workers=workers, start_method=method) for workers in counts]

    def why_not_fit(self, strategy: Strategy) -> str | None:
        """Say by what figures a strategy does not fit the memory; None where it does."""
        return None if self.memory is None else why_not_fit(self.anatomy, strategy, self.memory)

    def forecasts(self, method: str | None) -> dict[Strategy, Bracket]:
        """Forecast the job's time for every step of the ladder that the memory holds."""
        items, anatomy = self.facts.items, self.anatomy
        return {
            strategy: forecast_job_s(anatomy, settle(strategy, items, anatomy, self.cores), items, self.cores)
            for strategy in self.steps(method)
            if self.why_not_fit(strategy) is None
        }


def best_of(forecasts: Mapping[Strategy, Bracket]) -> Strategy:
    """Find the fewest workers that are as good as any."""
    best_s = min(bracket.value for bracket in forecasts.values())
    return next(strategy for strategy, bracket in forecasts.items() if bracket.value <= _AS_GOOD * best_s)


def choose(choice: Choice, methods: Sequence[str | None], others: Sequence[str]) -> Iterator[Run]:
    """Choose the worker count that the forecast likes best, with its neighbours; and say why not the rest.

    Args:
        choice: What the choice rests on.
        methods: The start methods to choose for.
        others: Further start methods, which are tried only where they were opened once and gain by forecast.
    """
    default: Bracket | None = None
    for method in methods:
        for strategy in choice.steps(method):
            if (too_much := choice.why_not_fit(strategy)) is not None:
                yield Run(strategy, state=State.SKIPPED, reason=too_much)
        if forecasts := choice.forecasts(method):
            default = default or forecasts[best_of(forecasts)]
            yield from _best_and_neighbours(choice, forecasts)
    for method in others:
        forecasts = choice.forecasts(method)
        if default is None or not forecasts or choice.anatomy.trial(choice.pool.pool, method) is None:
            continue
        best = best_of(forecasts)
        if not math.isfinite(forecasts[best].value):
            continue
        told = f"by forecast {duration(forecasts[best].value)}, against {duration(default.value)} by {methods[0]}"
        if default.value > (1 + choice.options.margin) * forecasts[best].value:
            yield Run(best, why=told)
        else:
            yield Run(best, state=State.SKIPPED, reason=f"{told}, this Python's default")


def why_not_instead(choice: Choice, other: Choice, method: str | None) -> Run | None:
    """Say why a pool need not be tried where another with workers of the same kind is; None where it gains by forecast.

    Args:
        choice: Of the pool.
        other: Of the other pool.
        method: How the other starts its workers.
    """
    forecasts, others = choice.forecasts(None), other.forecasts(method)
    if not forecasts or not others:
        return None
    best = best_of(forecasts)
    if choice.anatomy.trial(choice.pool.pool, None) is None:
        reason = f"the first look had no time to open it; --pools {choice.pool.pool} races it"
        return Run(best, state=State.SKIPPED, reason=reason)
    ours_s, theirs_s = forecasts[best].value, others[best_of(others)].value
    if not math.isfinite(theirs_s) or theirs_s > (1 + choice.options.margin) * ours_s:
        return None
    reason = f"by forecast {duration(ours_s)}, against {duration(theirs_s)} by {other.pool.pool}"
    return Run(best, state=State.SKIPPED, reason=reason)


def why_bounded(anatomy: Anatomy, strategy: Strategy, cores: float, margin: float) -> tuple[float, str] | None:
    """Say how many times faster than serial a strategy is at best, and why, where that is not worth having.

    It is a bound, not a belief: start-up and handing over count for nothing in it.
    """
    if strategy.native_threads is not None or strategy.address:  # nothing is known of the cores of a cluster elsewhere
        return None
    at_best = bound_speedup(anatomy, strategy.pool, strategy.workers, cores)
    if at_best > 1 + margin or at_best == 0:
        return None
    return at_best, f"{_limit(anatomy, strategy, margin)}, at best {number(at_best)}×"


def _limit(anatomy: Anatomy, strategy: Strategy, margin: float) -> str:
    """Name what a bound comes from."""
    enough_s = anatomy.item_s / (1 + margin)
    if strategy.workers == 1:
        return "one worker is no more than a loop"
    if catalogue.find(strategy.pool).shares_gil and anatomy.gil_held.low * anatomy.item_s >= enough_s:
        return f"the GIL is held at least {math.floor(100 * anatomy.gil_held.low)}% of the time"
    sent = [parcelled for parcelled in (anatomy.arguments, anatomy.results) if parcelled is not None]
    if not catalogue.find(strategy.pool).shares_memory and sum(each.dump_s + each.load_s for each in sent) >= enough_s:
        return "pickling takes longer than computing"
    return "an item keeps the cores busy by itself"


def _best_and_neighbours(choice: Choice, forecasts: Mapping[Strategy, Bracket]) -> Iterator[Run]:
    best = best_of(forecasts)
    if not math.isfinite(forecasts[best].value):
        stuck = "arguments or results cannot be pickled"
        yield Run(best, why=f"to show what: {stuck}")
        yield from (Run(each, state=State.SKIPPED, reason=stuck) for each in forecasts if each != best)
        return
    steps = list(forecasts)
    expected_s, margin = forecasts[best].value, choice.options.margin
    for distance, strategy in enumerate(steps, start=-steps.index(best)):
        bounded = why_bounded(choice.anatomy, strategy, choice.cores, margin)
        if strategy == best and bounded:
            yield Run(best, why=f"to check a bound: {bounded[1]}")
        elif strategy == best:
            yield Run(best, why=f"by forecast {duration(expected_s)}, the best of its pool")
        elif bounded:
            yield Run(strategy, state=State.SKIPPED, reason=bounded[1])
        elif forecasts[strategy].low * (1 + margin) > expected_s:
            reason = f"not much faster than {best} even at best"
            yield Run(strategy, state=State.SKIPPED, reason=reason, in_reserve=True)
        elif not choice.is_alone:
            yield Run(
                strategy,
                state=State.SKIPPED,
                reason=f"several Pythons race, each with {best.pool} at its best by forecast",
            )
        elif abs(distance) > 1:
            reason = f"by forecast not faster than {best}"
            yield Run(strategy, state=State.SKIPPED, reason=reason, in_reserve=True)
        else:
            yield Run(strategy, why=f"next to {count(best.workers, 'worker')}, the best by forecast")
