"""What to expect of pools on another machine or build: forecasts, nothing of it measured."""

from collections.abc import Iterator
from dataclasses import replace

from whichpool.decide.forecast import Bracket, forecast_job_s
from whichpool.decide.ladder import ladder, settle
from whichpool.pools import catalogue
from whichpool.values import Anatomy, Band, Elsewhere, Facts, Options, Prospect, Strategy

_SLOWER_WITHOUT_GIL = 1.4
_MOST_WORKERS = 1024
_PATIENCE = 2


def prospects(anatomy: Anatomy, gil_held: Band, facts: Facts, options: Options, cores: float) -> tuple[Prospect, ...]:
    """Forecast how many times faster than serial is here the best strategy of each pool would be elsewhere.

    The brackets are those of the forecast: they span what is not known of the GIL, and how well the workers' turns
    fit together. They take the other machine's cores to be as fast as these, and to share nothing: what many processes
    or free threads lose to memory bandwidth and caches is not known from here, and not in them. Nor are measured
    speed-ups extrapolated, by the Universal Scalability Law or otherwise.

    A build without the GIL runs a single thread slower: by 5 to 10 % on CPython 3.14 and by about 40 % on 3.13, as
    CPython's documentation of free threading has it. What it is for this workload can only be measured; here the
    pessimistic end takes all of an item's computing to be 1.4 times as long, the optimistic one as long as it is.

    Args:
        anatomy: Where an item's time goes.
        gil_held: The share of its time for which it holds the GIL, by what threads did as well.
        facts: What loading the workload told.
        options: What the user wants, the machines and builds to ask about included.
        cores: How many cores may be used here.

    Returns:
        For each machine or build asked about, one of each pool; a pool that could not run the workload is left out.
    """
    anatomy = replace(anatomy, gil_held=gil_held)
    serial_s = forecast_job_s(anatomy, Strategy("serial"), facts.items, cores).value
    found = []
    for elsewhere in options.what_if:
        there = _There(anatomy, facts, elsewhere, cores)
        for strategy in _pools(anatomy, facts, options):
            best, bracket = there.best(strategy, options.margin)
            found.append(Prospect(elsewhere, best, low=serial_s / bracket.high, high=serial_s / bracket.low))
    return tuple(found)


def _pools(anatomy: Anatomy, facts: Facts, options: Options) -> Iterator[Strategy]:
    can_travel = anatomy.arguments is not None and anatomy.results is not None
    for row in catalogue.CATALOGUE:
        if row.name == "serial" or row.name not in (options.pools or catalogue.NAMES):
            continue
        if not row.starts_processes:
            yield Strategy(row.name, python=options.python)
        elif can_travel:
            method = (options.start_methods or facts.start_methods)[0]
            yield Strategy(row.name, start_method=method, python=options.python)


class _There:
    """Another machine or build."""

    def __init__(self, anatomy: Anatomy, facts: Facts, elsewhere: Elsewhere, cores: float) -> None:
        """Carry the workload there."""
        self._items = facts.items
        self._cores = elsewhere.cores or cores
        self._gil = facts.gil if elsewhere.gil is None else elsewhere.gil
        self._quick = self._slow = anatomy
        if facts.gil and not self._gil:
            more_s = (_SLOWER_WITHOUT_GIL - 1) * anatomy.cpu_s
            self._slow = replace(anatomy, item_s=anatomy.item_s + more_s, cpu_s=anatomy.cpu_s + more_s)

    def best(self, pool: Strategy, margin: float) -> tuple[Strategy, Bracket]:
        """Climb the ladder of worker counts as far as that pays; of those as good as the best, take the fewest."""
        brackets: dict[Strategy, Bracket] = {}
        best_s, vain = float("inf"), 0
        for workers in ladder(pool.pool, min(self._items, _MOST_WORKERS), self._cores):
            strategy = replace(pool, workers=workers)
            brackets[strategy] = bracket = self._bracket(strategy)
            vain = 0 if bracket.value * (1 + margin) < best_s else vain + 1
            best_s = min(best_s, bracket.value)
            if vain > _PATIENCE:
                break
        enough_s = (1 + margin) * best_s
        return next((strategy, bracket) for strategy, bracket in brackets.items() if bracket.value <= enough_s)

    def _bracket(self, strategy: Strategy) -> Bracket:
        settled = settle(strategy, self._items, self._quick, self._cores)
        quick, slow = (
            forecast_job_s(anatomy, settled, self._items, self._cores, gil=self._gil)
            for anatomy in (self._quick, self._slow)
        )
        return Bracket(quick.low, (quick.value * slow.value) ** 0.5, slow.high)
