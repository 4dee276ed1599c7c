"""What to expect of pools on another machine or build: forecasts, nothing of it measured."""

from collections.abc import Iterator
from dataclasses import replace

from whichpool.decide.forecast import Bracket, forecast_job_s
from whichpool.decide.ladder import ladder, settle
from whichpool.decide.propose import is_wanted
from whichpool.pools import catalogue
from whichpool.values import Anatomy, Band, Dissection, Elsewhere, Facts, Options, Prospect, Python, Strategy

_SLOWER_WITHOUT_GIL = 1.4
_MOST_WORKERS = 1024
_PATIENCE = 2
_NOT_HELD = Band(0.0, 0.0)


def prospects(python: Python, look: Dissection, gil_held: Band, options: Options, cores: float) -> tuple[Prospect, ...]:
    """Forecast how many times faster than serial is here the best strategy of each pool would be elsewhere.

    The brackets are those of the forecast: they span what is not known of the GIL, and how well the workers' turns
    fit together. They take the other machine's cores to be as fast as these, and to share nothing: what many processes
    or free threads lose to memory bandwidth and caches is not known from here, and not in them. Nor are measured
    speed-ups extrapolated, by the Universal Scalability Law or otherwise.

    A build without the GIL runs a single thread slower: by 5 to 10 % on CPython 3.14 and by about 40 % on 3.13, as
    CPython's documentation of free threading has it. What it is for this workload can only be measured; here the
    pessimistic end takes all of an item's computing to be 1.4 times as long, the optimistic one as long as it is.

    Args:
        python: The Python that was measured.
        look: What the first look under it told.
        gil_held: The share of its time for which an item holds the GIL, by what threads did as well.
        options: What the user wants, the machines and builds to ask about included.
        cores: How many cores may be used here.

    Returns:
        For each machine or build asked about, one of each pool; a pool that could not run the workload is left out.
    """
    facts = look.facts
    if look.anatomy is None:
        return ()
    anatomy = replace(look.anatomy, gil_held=gil_held)
    serial_s = forecast_job_s(anatomy, Strategy("serial"), facts.items, cores).value
    found = []
    for elsewhere in options.what_if:
        there = _There(anatomy, facts, elsewhere, cores)
        for strategy in _pools(python, look, options):
            best, bracket = there.best(strategy, options.margin)
            found.append(Prospect(elsewhere, best, low=serial_s / bracket.high, high=serial_s / bracket.low))
    return tuple(found)


def _pools(python: Python, look: Dissection, options: Options) -> Iterator[Strategy]:
    anatomy = look.anatomy
    can_travel = anatomy is not None and anatomy.arguments is not None and anatomy.results is not None
    for row in catalogue.CATALOGUE:
        if row.name == "serial" or row.name in look.facts.unavailable or not is_wanted(row, options):
            continue
        if catalogue.beside(row) is not None and row.name not in options.pools:  # it would be forecast the same
            continue
        if row.shares_memory or can_travel:
            method = (options.start_methods or look.facts.start_methods)[0] if row.has_start_methods else None
            yield Strategy(row.name, start_method=method, python=python)


class _There:
    """Another machine or build."""

    def __init__(self, anatomy: Anatomy, facts: Facts, elsewhere: Elsewhere, cores: float) -> None:
        """Carry the workload there."""
        self._items = facts.items
        self._cores = elsewhere.cores or cores
        self._quick = self._slow = anatomy
        if facts.gil and elsewhere.gil is False:
            anatomy = self._quick = replace(anatomy, gil_held=_NOT_HELD)
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
            forecast_job_s(anatomy, settled, self._items, self._cores) for anatomy in (self._quick, self._slow)
        )
        return Bracket(quick.low, (quick.value * slow.value) ** 0.5, slow.high)
