"""Which strategies to race, and with what chunk sizes."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from whichpool.errors import WrongCall
from whichpool.pools import catalogue
from whichpool.values import Facts, Options, Strategy

_STEP = 4
_CHUNKS_PER_WORKER = 4
_HANDOVER_SHARE = 0.02


def propose(facts: Facts, options: Options, cores: int) -> tuple[Strategy, ...]:
    """List the strategies to race, the simplest first; serial is always the first.

    Worker counts climb in steps of four from the number of usable cores, far enough for work that waits to find out
    that it wants many more workers than cores, and never beyond the number of items, where workers would only idle.

    Args:
        facts: What loading the workload told.
        options: What the user wants.
        cores: How many workers the usable cores keep busy.

    Raises:
        WrongCall: There is no such pool or start method, or no pool was named.
    """
    unknown = [method for method in options.start_methods if method not in facts.start_methods]
    if unknown:
        message = f"this Python cannot start processes by {unknown[0]!r}; it can by {', '.join(facts.start_methods)}"
        raise WrongCall(message)
    for name in options.pools:
        if name not in catalogue.NAMES:
            message = f"there is no pool {name!r}; there are {', '.join(catalogue.NAMES)}"
            raise WrongCall(message)
    pools = options.pools or catalogue.NAMES
    if set(pools) <= {"serial"}:
        message = f"there is nothing to compare serial with: name a pool as well, of {', '.join(catalogue.NAMES[1:])}"
        raise WrongCall(message)
    proposed = [Strategy("serial", python=options.python)]
    chunksizes: tuple[int | None, ...] = tuple(sorted(options.chunksizes)) or (None,)
    for row in catalogue.CATALOGUE:
        if row.name == "serial" or row.name not in pools:
            continue
        methods: tuple[str | None, ...] = (None,)
        if row.starts_processes:
            methods = options.start_methods or facts.start_methods[:1]
        counts = options.workers or tuple(_ladder(max(2, cores), row.most_workers_per_core, facts.items))
        counts = tuple(min(count, facts.items) for count in counts)
        proposed += [
            Strategy(row.name, count, chunksize, method, options.python)
            for method, count, chunksize in product(methods, sorted(set(counts)), chunksizes)
        ]
    return tuple(proposed)


def _ladder(cores: int, most_per_core: int, items: int) -> Iterator[int]:
    per_core = 1
    while per_core <= most_per_core:
        workers = cores * per_core
        if workers >= items:
            yield items
            return
        yield workers
        per_core *= _STEP


def with_chunksize(strategy: Strategy, items: int, item_s: float | None) -> Strategy:
    """Set a strategy's chunk size, unless it is set.

    A chunk is to be so large that handing it over costs at most 2 % of its work, and so small that each worker gets
    at least four, so that none sits idle for long while another finishes. Where the two disagree, the second wins.

    Args:
        strategy: The strategy.
        items: How many items the job has.
        item_s: What one item takes; None where that is not known.
    """
    if strategy.pool == "serial":
        return replace(strategy, chunksize=items)
    if strategy.chunksize is not None:
        return strategy
    most = max(1, items // (_CHUNKS_PER_WORKER * strategy.workers))
    wanted = most
    if item_s:
        wanted = round(catalogue.find(strategy.pool).handover_s / (_HANDOVER_SHARE * item_s)) or 1
    return replace(strategy, chunksize=min(most, wanted))
