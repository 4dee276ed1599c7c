"""The trial of a function: what its live objects, its imports and a few calls show that its code does not."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from types import ModuleType

from whichpool.hazards.effects import resource_finding
from whichpool.hazards.merging import merged
from whichpool.lab.captured import Held, held_by
from whichpool.lab.gil_switch import find_turned_gil_on
from whichpool.lab.import_costs import ImportCosts
from whichpool.lab.interpreters import find_refused_in_interpreters
from whichpool.lab.live_kinds import resources_in
from whichpool.lab.module_work import find_module_work
from whichpool.lab.target import Loaded
from whichpool.lab.threads_at_fork import find_threads_at_fork
from whichpool.lab.trial_calls import TrialCalls, functions_of, places_to_try
from whichpool.lab.unpicklable import find_unsendable
from whichpool.pools.chunk import Function
from whichpool.values import Examination, Finding, PoolKind, Unseen

Step = Callable[[], Iterator[Finding | Unseen]]


def examine(workload: Loaded, seen: Examination, import_costs: ImportCosts) -> Iterator[Examination]:
    """Add to what the code showed what a trial shows.

    It tells what is known after every step, so that a call which crashes or hangs costs only what comes after it.

    Args:
        workload: What is tried, loaded.
        seen: What is known already.
        import_costs: What was seen while it was loaded.
    """
    functions = functions_of(workload)
    held = held_by(functions)
    calls = TrialCalls(workload, held)
    steps: list[tuple[int, Step]] = [
        (0, partial(find_module_work, [each.module for each in workload.facts.imports], import_costs)),
        (0, partial(_find_resources, held)),
        *[(0, partial(find_unsendable, function)) for function in functions],
        (0, calls.begin),
        *[(1, partial(calls.call, place)) for place in places_to_try(workload)],
        (0, find_threads_at_fork),
        (0, lambda: find_turned_gil_on(import_costs, _modules(functions, import_costs))),
        (0, lambda: find_refused_in_interpreters(_modules(functions, import_costs))),
    ]
    for trial_calls, step in steps:
        told = list(_survived(step))
        seen = replace(
            seen,
            findings=merged(seen.findings, (each for each in told if isinstance(each, Finding))),
            unseen=tuple(dict.fromkeys((*seen.unseen, *(each for each in told if isinstance(each, Unseen))))),
            calls=seen.calls + trial_calls,
        )
        yield seen


def _survived(step: Step) -> Iterator[Finding | Unseen]:
    try:
        yield from step()
    except Exception as error:  # a user's objects may raise anything while they are looked at
        message = f"a part of the trial was broken off: an object raised {type(error).__name__} when it was looked at"
        yield Unseen(tuple(PoolKind), message)


def _find_resources(held: Held) -> Iterator[Finding]:
    for captured in tuple(held.state.values()):
        for path, kind in resources_in(captured, held.attributes):
            yield resource_finding(kind, path, f"the function holds on to {path}, {kind}", tried=True)


def _modules(functions: tuple[Function, ...], import_costs: ImportCosts) -> list[str]:
    """List the modules that the functions' own modules imported, whether for the first time or not."""
    names = dict.fromkeys(import_costs)
    own = set()
    for function in functions:
        own.add(getattr(function, "__module__", ""))
        for value in getattr(function, "__globals__", {}).values():
            if isinstance(value, ModuleType):
                names[value.__name__] = None
    return [name for name in names if name in sys.modules and name not in own]
