"""From how many items on a pool pays, by a forecast that is held to what was measured."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from whichpool.decide.evidence import Evidence
from whichpool.decide.forecast import forecast_job_s
from whichpool.decide.ladder import settle
from whichpool.values import BreakEven, Dissection, Entry, Python, Size, State, Strategy, Verdict

_REACH = 10
_LEAST_REACH = 1000
_CLOSE_ENOUGH = 1.05


def break_even(evidence: Evidence, concluded: Sequence[Entry], verdict: Verdict) -> BreakEven | None:
    """Tell for jobs of other sizes what to run them in, and from how many items on that is a pool.

    Each strategy's forecast is scaled to what was measured of it at the job's own number of items; one that was not
    raced takes no part. For the job itself the verdict stands. At every other number the simplest strategy is taken
    whose time is within the margin of the best, so a pool is the answer only where it beats serial by more than that.

    A pool's time need not grow evenly with the number of items, so there may be several numbers at which serial and
    pools change places. ``pays_from`` is the least of the numbers tested from which on all that were tested pay: those
    of the table, and between the last of them that does not pay and the next those that halve the gap, up to a
    twentieth.

    Args:
        evidence: All that was measured.
        concluded: The strategies, simplest first, with the figures estimated from it.
        verdict: The answer for the job itself.

    Returns:
        None where no pool was raced against serial, or an item could not be looked at.
    """
    own = evidence.plan.items
    contest = _contest(evidence, concluded)
    if contest is None or verdict.strategy is None:
        return None

    def best_for(items: int) -> Size:
        if items == own and verdict.strategy is not None:
            return Size(own, verdict.strategy, verdict.speedup.value if verdict.speedup else 1.0)
        return contest.best_for(items)

    sizes = [best_for(items) for items in _sizes(own)]
    tested = [best_for(1), *sizes] if sizes[0].items > 1 else list(sizes)
    start = len(tested)
    while start and _pays(tested[start - 1]):
        start -= 1
    if start == len(tested):
        return BreakEven(None, None, tuple(sizes))
    first = tested[start]
    if start:
        vain = tested[start - 1].items
        while first.items - vain > 1 and first.items > _CLOSE_ENOUGH * vain:
            between = best_for(round((first.items * vain) ** 0.5))
            if _pays(between):
                first = between
            else:
                vain = between.items
    return BreakEven(first.items, first.strategy, tuple(sizes))


@dataclass(frozen=True, slots=True)
class _Contest:
    """The strategies that were raced, simplest first, with what scales a forecast to what was measured."""

    scales: dict[Strategy, float]
    looks: Mapping[Python, Dissection]
    cores: float
    margin: float

    def best_for(self, items: int) -> Size:
        times_s: dict[Strategy, float] = {}
        for strategy, scale in self.scales.items():
            fitted = replace(strategy, workers=min(strategy.workers, items))
            if fitted not in times_s:
                times_s[fitted] = scale * _forecast_s(self.looks, fitted, items, self.cores)
        enough_s = (1 + self.margin) * min(times_s.values())
        simplest = next(strategy for strategy, time_s in times_s.items() if time_s <= enough_s)
        return Size(items, simplest, next(iter(times_s.values())) / times_s[simplest])


def _contest(evidence: Evidence, concluded: Sequence[Entry]) -> _Contest | None:
    plan = evidence.plan
    serial = next((entry for entry in concluded if entry.strategy.is_serial), None)
    if serial is None or serial.job_s is None or serial.state is State.FAILED:
        return None
    speedups = {serial.strategy: 1.0}
    for entry in concluded:
        if entry.vs_serial is not None and entry.vs_serial.n and entry.state is not State.FAILED:
            speedups[entry.strategy] = entry.vs_serial.value
    scales = {}
    for strategy, speedup in speedups.items():
        forecast_s = _forecast_s(evidence.looks, strategy, plan.items, plan.cores)
        if math.isfinite(forecast_s):
            scales[strategy] = serial.job_s.value / speedup / forecast_s
    if serial.strategy not in scales:
        return None
    return _Contest(scales, evidence.looks, plan.cores, evidence.options.margin) if len(scales) > 1 else None


def _forecast_s(looks: Mapping[Python, Dissection], strategy: Strategy, items: int, cores: float) -> float:
    anatomy = looks[strategy.python].anatomy
    if anatomy is None:
        return math.inf
    return forecast_job_s(anatomy, settle(strategy, items, anatomy, cores), items, cores).value


def _pays(size: Size) -> bool:
    return not size.strategy.is_serial


def _sizes(own: int) -> list[int]:
    """The powers of ten up to ten times the job's own number, a thousand at least; and the job's own."""
    reach = max(_LEAST_REACH, _REACH * own)
    return sorted({own, *(10**power for power in range(1, len(str(reach))) if 10**power <= reach)})
