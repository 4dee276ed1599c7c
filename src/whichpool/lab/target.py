"""From a workload to its function and items in hand, inside the child; workers prepare themselves by the same steps."""

import multiprocessing
import pickle
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from whichpool.errors import WrongCall
from whichpool.lab.by_value import load_by_value, publish_types, sendable
from whichpool.lab.calls import Call, check_fit, make_call, written_call
from whichpool.lab.importing import find_function, import_target, refuse_what_only_promises, split
from whichpool.lab.items import make_items
from whichpool.lab.showing import short
from whichpool.pools.protocol import Function
from whichpool.values import Facts, Workload


@dataclass(frozen=True, slots=True)
class Loaded:
    """A workload in hand.

    Attributes:
        function: What is called with each item.
        sendable: What is pickled in its stead for another process; itself, unless it travels by value.
        items: The items; an item is one call's arguments.
        prepare: What a worker calls before its first item, so that the function and the items' types are found there.
        facts: What loading told.
    """

    function: Function
    sendable: Function
    items: Sequence[Any]
    prepare: Callable[[], None]
    facts: Facts

    def show_item(self, index: int) -> str:
        """Name an item for people: ``item 3 (17)``, or the call as it was written."""
        item = self.items[index]
        if isinstance(item, Call):
            return f"the call {item}"
        return f"item {index} ({short(item)})"


def load(workload: Workload) -> Loaded:
    """Import the target and make the items.

    Raises:
        WrongCall: A name leads nowhere, the items cannot be had, or the call does not fit the function.
    """
    begun_s = perf_counter()
    prepare = partial(prepare_worker, replace(workload, items=None, items_pickle=b""))
    prepare()
    function, items = _by_value(workload) if workload.function_pickle else _by_name(workload)
    load_s = perf_counter() - begun_s
    if not len(items):
        message = f"there is no item to run: {workload.items or 'the list of items'} is empty"
        raise WrongCall(message)
    unpacked = check_fit(function, items)
    travelling = sendable(function) if workload.function_pickle else function
    facts = Facts(
        items=len(items),
        unpacked=unpacked,
        by_value=travelling is not function,
        start_methods=_start_methods(),
        python=platform.python_version(),
        load_s=load_s,
    )
    return Loaded(function, travelling, items, prepare, facts)


def prepare_worker(workload: Workload) -> None:
    """Make the workload's modules importable in this process; does nothing where that has been done already."""
    if workload.function_pickle:
        sys.path[:0] = [entry for entry in workload.path if entry not in sys.path]
        load_by_value(workload.function_pickle)
    for target in workload.targets:
        import_target(split(target)[0], workload.folder)


def _by_name(workload: Workload) -> tuple[Function, Sequence[Any]]:
    """Find the function and the items that the targets and the items' SPEC name."""
    parts = [split(target) for target in workload.targets]
    if all(arguments for _, _, arguments in parts):
        if workload.items is not None:
            message = "a target with its arguments written out takes no --items; leave out one of the two"
            raise WrongCall(message)
        return make_call, [written_call(*part, workload.folder) for part in parts]
    if len(parts) > 1:
        message = "several targets are compared as calls: write each with its arguments, as in 'app.py:work(7)'"
        raise WrongCall(message)
    place, name, _ = parts[0]
    module = import_target(place, workload.folder)
    function = find_function(module, place, name)
    if workload.items_pickle:
        return function, pickle.loads(workload.items_pickle)  # noqa: S301 - the caller's bytes
    if workload.items is None:
        message = (
            f"{name} needs items: add --items SPEC, such as --items 'range(100)', --items NAME for a list in {place}, "
            f"or write one call: '{place}:{name}(…)'"
        )
        raise WrongCall(message)
    import_place = partial(import_target, folder=workload.folder)
    return function, make_items(workload.items, module, import_place, Path(workload.folder), workload.max_items)


def _by_value(workload: Workload) -> tuple[Function, Sequence[Any]]:
    """Rebuild the function and the items that were sent."""
    function = refuse_what_only_promises(load_by_value(workload.function_pickle), workload.name)
    items = pickle.loads(workload.items_pickle)  # noqa: S301 - the caller's bytes
    publish_types(items)
    return function, items


def _start_methods() -> tuple[str, ...]:
    """List how this Python can start processes, its own default first."""
    methods = multiprocessing.get_all_start_methods()
    default = multiprocessing.get_start_method()
    return (default, *[method for method in methods if method != default])
