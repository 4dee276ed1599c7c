"""Which strategies to race, each with the reason why; and which not, with the reason why not."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from whichpool.decide.choice import Choice, best_of, choose
from whichpool.decide.fitting import why_not_fit
from whichpool.decide.ladder import few_workers, ladder
from whichpool.errors import WrongCall
from whichpool.machine.memory import MemoryLeft
from whichpool.pools import catalogue
from whichpool.values import Anatomy, Dissection, Facts, Options, Run, State, Strategy
from whichpool.wording import count


def propose(dissection: Dissection, options: Options, cores: float, memory: MemoryLeft | None) -> tuple[Run, ...]:
    """List the strategies, the simplest first: those to run, and those left out.

    Of each pool the worker count goes into the warm-up round that the forecast likes best, with the next smaller and
    the next larger one, for a forecast is a belief. What is left out on a bound is left out for good. Whatever the
    user names is run regardless, unless the memory does not hold it. Serial is always the first.

    Args:
        dissection: What the first look told.
        options: What the user wants.
        cores: How many cores may be used.
        memory: What memory is left; None where that is not known.

    Raises:
        WrongCall: There is no such pool or start method, or no pool was named.
    """
    facts, anatomy = dissection.facts, dissection.anatomy
    _refuse_what_there_is_not(facts, options)
    runs = [Run(Strategy("serial", python=options.python), why="what every pool has to beat")]
    for row in catalogue.CATALOGUE[1:]:
        if row.name not in (options.pools or catalogue.NAMES):
            continue
        methods = _methods(row, facts, options)
        choice = None if anatomy is None else Choice(row.name, anatomy, facts, options, cores, memory)
        if options.workers or options.chunksizes:
            runs += _named(row.name, methods, facts, options, choice, few_workers(cores))
        elif choice is None:
            runs += _blind(row.name, methods, facts, options, cores)
        else:
            others = facts.start_methods[1:] if row.starts_processes and not options.start_methods else ()
            runs += choose(choice, methods, others)
    if anatomy is not None and not options.workers:
        runs += _limited(runs, anatomy, cores)
    return simplest_first([_fitting(run, anatomy, memory) for run in runs], facts)


def simplest_first(runs: Sequence[Run], facts: Facts) -> tuple[Run, ...]:
    """Sort runs by what their strategies ask of a user: the pool, then workers, then a start method not the default."""
    methods = facts.start_methods

    def key(run: Run) -> tuple[int, int, int, bool, int]:
        strategy = run.strategy
        method = methods.index(strategy.start_method) if strategy.start_method in methods else 0
        limited = strategy.native_threads is not None
        return catalogue.simplicity(strategy.pool), strategy.workers, method, limited, strategy.chunksize or 0

    return tuple(sorted(runs, key=key))


def _refuse_what_there_is_not(facts: Facts, options: Options) -> None:
    unknown = [method for method in options.start_methods if method not in facts.start_methods]
    if unknown:
        message = f"this Python cannot start processes by {unknown[0]!r}; it can by {', '.join(facts.start_methods)}"
        raise WrongCall(message)
    if not facts.gil and any(elsewhere.gil for elsewhere in options.what_if):
        message = "gil=on cannot be told from a Python without a GIL; measure one that has it: --python PATH"
        raise WrongCall(message)
    for name in options.pools:
        if name not in catalogue.NAMES:
            message = f"there is no pool {name!r}; there are {', '.join(catalogue.NAMES)}"
            raise WrongCall(message)
    if options.pools and set(options.pools) <= {"serial"}:
        message = f"there is nothing to compare serial with: name a pool as well, of {', '.join(catalogue.NAMES[1:])}"
        raise WrongCall(message)


def _methods(row: catalogue.Row, facts: Facts, options: Options) -> tuple[str | None, ...]:
    """The start methods to take for granted: those the user named, or the Python's own default."""
    if not row.starts_processes:
        return (None,)
    return tuple(dict.fromkeys(options.start_methods)) or facts.start_methods[:1]


def _named(  # noqa: PLR0913, PLR0917 - all that a user can name, and what stands in for what was not
    pool: str, methods: Sequence[str | None], facts: Facts, options: Options, choice: Choice | None, few: int
) -> Iterator[Run]:
    """What the user named, whatever the forecast may say of it."""
    chunksizes: Sequence[int | None] = sorted(set(options.chunksizes)) or (None,)
    for method in methods:
        counts: Sequence[int] = sorted({min(workers, facts.items) for workers in options.workers})
        if not counts:
            forecasts = {} if choice is None else choice.forecasts(method)
            counts = [best_of(forecasts).workers if forecasts else min(few, facts.items)]
        for workers, chunksize in product(counts, chunksizes):
            capped = workers not in options.workers and bool(options.workers)
            why = (
                f"you named more workers, but there are only {count(facts.items, 'item')}" if capped else "you named it"
            )
            yield Run(Strategy(pool, workers, chunksize, method, options.python), why=why)


def _blind(pool: str, methods: Sequence[str | None], facts: Facts, options: Options, cores: float) -> Iterator[Run]:
    """A few steps of the ladder, where the function did not let itself be looked at."""
    steps = ladder(pool, facts.items, cores)
    for method, workers in product(methods, steps[:: max(1, len(steps) // 2)]):
        yield Run(Strategy(pool, workers, None, method, options.python), why="a step of the ladder")


def _limited(runs: Sequence[Run], anatomy: Anatomy, cores: float) -> list[Run]:
    """The same with native libraries held to one thread each: theirs and the pool's would fight for the cores."""
    native = anatomy.native
    if native is None:
        return []
    names = " and ".join(native.libraries) or "a native library"
    few = [run.strategy for run in runs if run.state is State.RACED and run.strategy.workers <= few_workers(cores)]
    why = f"{names} uses {native.threads} threads by itself"
    return [Run(replace(strategy, native_threads=1), why=why) for strategy in few]


def _fitting(run: Run, anatomy: Anatomy | None, memory: MemoryLeft | None) -> Run:
    if anatomy is None or memory is None or run.state is not State.RACED:
        return run
    why_not = why_not_fit(anatomy, run.strategy, memory)
    return run if why_not is None else replace(run, state=State.SKIPPED, reason=why_not, why="")
