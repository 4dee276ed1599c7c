"""A few calls of the function, one after the other, and what they show of it."""

import asyncio
import inspect
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from os import _exit, getpid  # bound now: user code may replace them
from typing import Any

from whichpool.lab.captured import Held
from whichpool.lab.extent import LARGEST_BYTES, is_larger
from whichpool.lab.process_wide import ProcessWatch
from whichpool.lab.state_watch import Glimpse, StateWatch
from whichpool.lab.target import Loaded
from whichpool.lab.unpicklable import Journey, find_unpicklable
from whichpool.lab.worker import make_call
from whichpool.pools.chunk import Function
from whichpool.pools.parcel import ItemFailure
from whichpool.values import PICKLED, Finding, Hazard, PoolKind, Unseen

_MOST_WRITTEN_CALLS = 8


def functions_of(workload: Loaded) -> tuple[Function, ...]:
    """List the functions that are called: the one for all items, or those of the calls that were written out."""
    called = [call.function for call in workload.items] if workload.function is make_call else [workload.function]
    return tuple({id(function): function for function in called}.values())


def places_to_try(workload: Loaded) -> tuple[int, ...]:
    """Choose the first, the middle and the last item; of calls that were written out all, up to eight."""
    count = len(workload.items)
    if workload.function is make_call:
        return tuple(range(min(count, _MOST_WRITTEN_CALLS)))
    return tuple(sorted({0, count // 2, count - 1}))


@dataclass(slots=True)
class TrialCalls:
    """Calls the function in this process and thread, and tells what each call shows.

    Attributes:
        workload: What is called.
        held: What it holds on to.
    """

    workload: Loaded
    held: Held
    _state: StateWatch = field(default_factory=StateWatch)
    _process: ProcessWatch = field(default_factory=ProcessWatch)
    _hits: dict[str, tuple[int, int]] = field(default_factory=dict)

    def begin(self) -> Iterator[Unseen]:
        """Begin to watch what calls may change."""
        yield from self._state.begin(self.held)
        self._process.begin()
        self._hits = dict(self._read_caches())

    def call(self, place: int) -> Iterator[Finding | Unseen]:
        """Carry out one call, and tell what it changed and what of it cannot travel."""
        shown = self.workload.show_item(place)  # now: the call may change the item
        function, arguments, keywords = self._call(place)
        named = _named(function, arguments, keywords)
        for name, value in named.items():
            yield from _send(value, name, Journey.ARGUMENT, shown)
        before = {name: _digest(value) for name, value in named.items()}
        result, error, me = None, None, getpid()
        try:
            result = function(*arguments, **keywords)
            if self.workload.facts.is_async:
                result = asyncio.run(result)
        except BaseException as raised:  # user code may raise anything, and the next call is still to be tried
            error = raised
        if getpid() != me:  # a function that forks comes back here twice
            _exit(0)
        yield from self._state.changes()
        yield from self._process.changes()
        yield from self._cached()
        for name, value in named.items():
            if before[name] != _digest(value):
                yield _changed_argument(name)
        if error is None:
            yield from _send(result, "result", Journey.RESULT, shown)
            return
        yield from find_unpicklable(error, type(error).__name__, Journey.EXCEPTION)
        message = f"{shown} raised {ItemFailure.raised(error).message}; what comes after that was not seen"
        yield Unseen(tuple(PoolKind), message)

    def _call(self, place: int) -> tuple[Function, tuple[Any, ...], dict[str, Any]]:
        item = self.workload.items[place]
        if self.workload.function is make_call:
            return item.function, item.arguments, item.keywords
        return self.workload.function, item if self.workload.facts.unpacked else (item,), {}

    def _read_caches(self) -> Iterator[tuple[str, tuple[int, int]]]:
        for name, function in self.held.caches.items():
            with suppress(Exception):  # only functools promises what cache_info gives
                told = function.cache_info()
                yield name, (told.hits, told.misses)

    def _cached(self) -> Iterator[Finding]:
        before, self._hits = self._hits, dict(self._read_caches())
        for name, counted in self._hits.items():
            if before.get(name, counted) != counted:
                message = f"{name} remembers its results: {counted[0]} found and {counted[1]} computed so far"
                yield Finding(Hazard.PER_WORKER_CACHE, name, message, {}, "", tried=True)


def _named(function: Function, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> dict[str, Any]:
    """Name arguments as the function does."""
    try:
        return dict(inspect.signature(function).bind(*arguments, **keywords).arguments)
    except (ValueError, TypeError):  # compiled functions do not all tell
        return {f"argument {place}": value for place, value in enumerate(arguments)} | keywords


def _send(value: object, name: str, journey: Journey, shown: str) -> Iterator[Finding | Unseen]:
    if is_larger(value, LARGEST_BYTES):
        message = f"{name} of {shown} is large: whether it can be pickled was not tried"
        yield Unseen(PICKLED, message)
    else:
        yield from find_unpicklable(value, name, journey)


def _digest(value: object) -> str:
    return "" if is_larger(value, LARGEST_BYTES) else Glimpse.of(value).digest


def _changed_argument(name: str) -> Finding:
    return Finding(
        Hazard.STATE_CHANGED_IN_TRIAL,
        name,
        f"the argument {name} is changed in place",
        dict.fromkeys(PICKLED, f"the worker changes a copy of {name}: that of the caller stays as it was"),
        f"return {name} as well, or leave it as it is",
        tried=True,
    )
