"""Which strategies to race, each with the reason why; and which not, with the reason why not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from whichpool.decide.choice import Choice, best_of, choose, why_not_instead
from whichpool.decide.fitting import why_not_fit
from whichpool.decide.ladder import few_workers, ladder
from whichpool.errors import WrongCall
from whichpool.machine.memory import MemoryLeft
from whichpool.pools import catalogue
from whichpool.values import Anatomy, Dissection, Facts, Options, Python, Run, State, Strategy
from whichpool.wording import count


def propose(
    looks: Mapping[Python, Dissection], options: Options, cores: float, memory: MemoryLeft | None
) -> tuple[Run, ...]:
    """List the strategies, the simplest first: those to run, and those left out.

    Of each pool the worker count goes into the warm-up round that the forecast likes best, with the next smaller and
    the next larger one, for a forecast is a belief. What is left out on a bound is left out for good. Whatever the
    user names is run regardless, unless the memory does not hold it, or there is no such pool. Serial is always the
    first. Of several Pythons, the strategies of the first come first: another one is more to ask of a user than a pool.

    Args:
        looks: What the first look under each Python told.
        options: What the user wants.
        cores: How many cores may be used.
        memory: What memory is left; None where that is not known.

    Raises:
        WrongCall: There is no such pool or start method, none that can be had was named, or no pool at all.
    """
    _refuse_what_there_is_not([look.facts for look in looks.values()], options)
    if len(looks) == 1:
        _refuse_what_cannot_be_had(next(iter(looks.values())), options)
    is_alone = len(looks) == 1
    proposals = [_Proposal(python, look, options, cores, memory, is_alone) for python, look in looks.items()]
    return tuple(run for proposal in proposals for run in proposal.runs())


def simplest_first(runs: Sequence[Run], facts: Facts) -> tuple[Run, ...]:
    """Sort runs by what their strategies ask of a user: the pool, then workers, then a start method not the default."""
    methods = facts.start_methods

    def key(run: Run) -> tuple[int, int, int, bool, int]:
        strategy = run.strategy
        method = methods.index(strategy.start_method) if strategy.start_method in methods else 0
        limited = strategy.native_threads is not None
        return catalogue.simplicity(strategy.pool), strategy.workers, method, limited, strategy.chunksize or 0

    return tuple(sorted(runs, key=key))


def is_wanted(row: catalogue.Row, options: Options) -> bool:
    """Say whether a pool is to be raced where it can be; a cluster only when named, for it takes seconds to start."""
    if options.pools:
        return row.name in options.pools
    return not row.is_cluster or row.name in options.addresses


@dataclass(frozen=True, slots=True)
class _Proposal:
    """What there is to run under one Python."""

    python: Python
    look: Dissection
    options: Options
    cores: float
    memory: MemoryLeft | None
    is_alone: bool

    def runs(self) -> tuple[Run, ...]:
        """List the strategies, the simplest first."""
        anatomy, options = self.look.anatomy, self.options
        runs = [Run(Strategy("serial", python=self.python), why="what every pool has to beat")]
        for row in catalogue.CATALOGUE[1:]:
            if row.name in self.look.facts.unavailable:
                if row.name in options.pools or row.name in options.addresses:
                    reason = self.look.facts.unavailable[row.name]
                    runs.append(Run(self._pool(row), state=State.SKIPPED, reason=reason))
            elif is_wanted(row, options):
                runs += self._of(row)
        if anatomy is not None and not options.workers:
            runs += _limited(runs, anatomy, self.cores)
        return simplest_first([_fitting(run, anatomy, self.memory) for run in runs], self.look.facts)

    def _pool(self, row: catalogue.Row) -> Strategy:
        return Strategy(row.name, python=self.python, address=self.options.addresses.get(row.name, ""))

    def _of(self, row: catalogue.Row) -> Iterator[Run]:
        """List the strategies of a pool."""
        facts, options = self.look.facts, self.options
        methods, choice = self._methods(row), self._choice(row)
        if choice is not None and (instead := self._instead(row, choice)):
            yield instead
        elif options.workers or options.chunksizes:
            yield from self._named(self._pool(row), methods, choice)
        elif choice is None:
            yield from self._blind(self._pool(row), methods)
        else:
            others = facts.start_methods[1:] if row.has_start_methods and not options.start_methods else ()
            yield from choose(choice, methods, others)

    def _choice(self, row: catalogue.Row) -> Choice | None:
        there = self.look.facts.most_workers.get(row.name)
        anatomy = self.look.anatomy
        if anatomy is None:
            return None
        cores = self.cores if there is None else max(self.cores, there)
        return Choice(self._pool(row), anatomy, self.look.facts, self.options, cores, self.memory, there, self.is_alone)

    def _instead(self, row: catalogue.Row, choice: Choice) -> Run | None:
        """Leave a pool out that stands beside a simpler one of the same kind, unless it can do more or gains."""
        simpler = catalogue.beside(row)
        if simpler is None or row.is_cluster or self.options.pools or self.look.facts.by_value:
            return None
        other = self._choice(simpler)
        return None if other is None else why_not_instead(choice, other, self._methods(simpler)[0])

    def _methods(self, row: catalogue.Row) -> tuple[str | None, ...]:
        """The start methods to take for granted: those the user named, or the Python's own default."""
        if not row.has_start_methods:
            return (None,)
        known = self.look.facts.start_methods
        return tuple(name for name in dict.fromkeys(self.options.start_methods) if name in known) or known[:1]

    def _named(self, pool: Strategy, methods: Sequence[str | None], choice: Choice | None) -> Iterator[Run]:
        """What the user named, whatever the forecast may say of it."""
        items, options = self.look.facts.items, self.options
        chunksizes: Sequence[int | None] = sorted(set(options.chunksizes)) or (None,)
        for method in methods:
            most = min(items, self.look.facts.most_workers.get(pool.pool, items))
            counts: Sequence[int] = sorted({min(workers, most) for workers in options.workers})
            if not counts:
                forecasts = {} if choice is None else choice.forecasts(method)
                counts = [best_of(forecasts).workers if forecasts else min(few_workers(self.cores), items)]
            for workers, chunksize in product(counts, chunksizes):
                capped = workers not in options.workers and bool(options.workers)
                there = count(items, "item") if most == items else f"{count(most, 'worker')} there"
                why = f"you named more workers, but there are only {there}" if capped else "you named it"
                yield Run(replace(pool, workers=workers, chunksize=chunksize, start_method=method), why=why)

    def _blind(self, pool: Strategy, methods: Sequence[str | None]) -> Iterator[Run]:
        """A few steps of the ladder, where the function did not let itself be looked at."""
        steps = ladder(pool.pool, self.look.facts.items, self.cores, self.look.facts.most_workers.get(pool.pool))
        for method, workers in product(methods, steps[:: max(1, len(steps) // 2)]):
            yield Run(replace(pool, workers=workers, start_method=method), why="a step of the ladder")


def _refuse_what_there_is_not(each: Sequence[Facts], options: Options) -> None:
    facts = each[0]
    known = {method for facts in each for method in facts.start_methods}
    unknown = [method for method in options.start_methods if method not in known]
    if unknown:
        message = (
            f"Python {facts.python} cannot start processes by {unknown[0]!r} here; "
            f"it can by {', '.join(facts.start_methods)}"
        )
        raise WrongCall(message)
    if not facts.gil and any(elsewhere.gil for elsewhere in options.what_if):
        message = "gil=on cannot be told from a Python without a GIL; measure one that has it: --python PATH"
        raise WrongCall(message)
    for name in options.pools:
        if name not in catalogue.NAMES:
            message = f"there is no pool {name!r}; there are {', '.join(catalogue.NAMES)}"
            raise WrongCall(message)
    if options.pools and set(options.pools) <= {"serial"} and len(each) == 1:
        message = f"there is nothing to compare serial with: name a pool as well, of {', '.join(catalogue.NAMES[1:])}"
        raise WrongCall(message)


def _refuse_what_cannot_be_had(look: Dissection, options: Options) -> None:
    """Of several pools the others may be had; of several Pythons, one is compared with another in any case."""
    named = [name for name in options.pools if name != "serial"]
    if named and all(name in look.facts.unavailable for name in named):
        reasons = "; ".join(f"{name}: {look.facts.unavailable[name]}" for name in named)
        message = f"there is nothing to compare serial with: {reasons}"
        raise WrongCall(message)


def _limited(runs: Sequence[Run], anatomy: Anatomy, cores: float) -> list[Run]:
    """The same with native libraries held to one thread each: theirs and the pool's would fight for the cores."""
    native = anatomy.native
    if native is None:
        return []
    names = " and ".join(native.libraries) or "a native library"
    few = [
        run.strategy
        for run in runs
        if run.state is State.RACED and run.strategy.workers <= few_workers(cores) and not run.strategy.address
    ]
    why = f"{names} uses {native.threads} threads by itself"
    return [Run(replace(strategy, native_threads=1), why=why) for strategy in few]


def _fitting(run: Run, anatomy: Anatomy | None, memory: MemoryLeft | None) -> Run:
    if anatomy is None or memory is None or run.state is not State.RACED:
        return run
    why_not = why_not_fit(anatomy, run.strategy, memory)
    return run if why_not is None else replace(run, state=State.SKIPPED, reason=why_not, why="")
