"""From a workload to its function and items in hand, inside the child."""

import ast
import multiprocessing
import pickle
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any, cast

from whichpool.errors import WrongCall
from whichpool.lab.calls import check_fit, show_call, written_call
from whichpool.lab.import_costs import ImportCosts, import_costs, is_free_threaded
from whichpool.lab.importing import find_function, import_target, refuse_what_only_promises, split
from whichpool.lab.items import make_items
from whichpool.lab.missing_imports import remedy
from whichpool.lab.showing import short
from whichpool.lab.worker import Call, Home, Token, make_call, prepare_worker, publish, rebuild
from whichpool.machine.gil import gil_is_on
from whichpool.pools.chunk import Function
from whichpool.pools.coroutines import has_to_be_awaited
from whichpool.values import Facts, Import, Workload


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
        return f"the call {show_call(item)}" if isinstance(item, Call) else f"item {index} ({short(item)})"


def load(workload: Workload) -> Loaded:
    """Import the target and make the items.

    Raises:
        WrongCall: A name leads nowhere, the items cannot be had, or the call does not fit the function.
    """
    begun_s = perf_counter()
    sys.path[:0] = [entry for entry in workload.path if entry not in sys.path]
    homes: dict[str, Home] = {}
    with import_costs() if is_free_threaded() else nullcontext(ImportCosts()) as costs:
        if workload.function_pickle:
            function, items = _by_value(workload)
            sendable = _sendable(function)
        else:
            function, items = _by_name(workload, homes)
            sendable = function
    load_s = perf_counter() - begun_s
    if not len(items):
        message = f"there is no item to run: {workload.items or 'the list of items'} is empty"
        raise WrongCall(message)
    facts = Facts(
        items=len(items),
        unpacked=check_fit(function, items),
        by_value=sendable is not function,
        start_methods=_start_methods(),
        python=platform.python_version(),
        load_s=load_s,
        imports=_imports(workload, homes),
        gil=gil_is_on(),
        items_called=_items_are_called(workload, homes),
        is_async=_is_async(function, items),
        is_free_threaded=is_free_threaded(),
        turned_gil_on=costs.turned_gil_on or "",
    )
    prepare = partial(prepare_worker, tuple(homes.values()), workload.path, workload.function_pickle)
    return Loaded(function, sendable, items, prepare, facts)


def _by_name(workload: Workload, homes: dict[str, Home]) -> tuple[Function, Sequence[Any]]:
    """Find the function and the items that the targets and the items' SPEC name; note down where they come from."""

    def import_place(place: str) -> ModuleType:
        module, homes[place] = import_target(place, workload.folder)
        return module

    parts = [split(target) for target in workload.targets]
    if all(arguments for _, _, arguments in parts):
        if workload.items is not None:
            message = "a target with its arguments written out takes no --items; leave out one of the two"
            raise WrongCall(message)
        return make_call, [written_call(import_place(place), place, name, given) for place, name, given in parts]
    if len(parts) > 1:
        message = "several targets are compared as calls: write each with its arguments, as in 'app.py:work(7)'"
        raise WrongCall(message)
    place, name, _ = parts[0]
    module = import_place(place)
    function = find_function(module, place, name)
    if workload.items_pickle:
        return function, pickle.loads(workload.items_pickle)  # noqa: S301 - the caller's bytes
    if workload.items is None:
        message = (
            f"{name} needs items: add --items SPEC, such as --items 'range(100)', --items NAME for a list in {place}, "
            f"or write one call: '{place}:{name}(…)'"
        )
        raise WrongCall(message)
    return function, make_items(workload.items, module, import_place, Path(workload.folder), workload.max_items)


def _by_value(workload: Workload) -> tuple[Function, Sequence[Any]]:
    """Rebuild the function and the items that were sent."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    if workload.bytecode and workload.bytecode != own:
        message = (
            f"{workload.name} travels by value, as bytecode of Python {workload.bytecode}, which {own} cannot run; "
            "define it with def at the top level of a module that both can import"
        )
        raise WrongCall(message)
    try:
        function = rebuild(workload.function_pickle)
        items: Sequence[Any] = pickle.loads(workload.items_pickle)  # noqa: S301 - the caller's bytes
    except ModuleNotFoundError as error:
        message = f"the function needs the module {error.name!r}, which this Python ({sys.executable}) does not have"
        message += remedy(error)
        raise WrongCall(message) from None
    publish({type(item).__name__: type(item) for item in items})
    return refuse_what_only_promises(function, workload.name), items


def _sendable(function: Function) -> Function:
    try:
        pickle.dumps(function)
    except Exception:  # whatever keeps pickle from sending it
        return cast("Function", Token())
    return function


def _is_async(function: Function, items: Sequence[Any]) -> bool:
    """Tell whether what is called has to be awaited, which goes for all calls that were written out or for none."""
    if function is not make_call:
        return has_to_be_awaited(function)
    awaited = [call for call in items if has_to_be_awaited(call.function)]
    if awaited and len(awaited) < len(items):
        message = (
            f"{show_call(awaited[0])} is a call of an async function, others are not: compare them apart, "
            "or name a function that calls asyncio.run on it"
        )
        raise WrongCall(message)
    return bool(awaited)


def _imports(workload: Workload, homes: Mapping[str, Home]) -> tuple[Import, ...]:
    """Tell how the modules that the user named are imported, and which of their names are used."""
    imports = []
    for place, home in homes.items():
        module, names = sys.modules[home.name], dict[str, None]()
        for expression in (text for used, text in _expressions(workload, homes) if used == place):
            with suppress(SyntaxError):  # lines:FILE and its like
                nodes = ast.walk(ast.parse(expression, mode="eval"))
                names |= {node.id: None for node in nodes if isinstance(node, ast.Name) and hasattr(module, node.id)}
        by_its_name = home.file is None or Path(home.file).stem == home.name
        imports.append(Import(place, home.name, home.folder, tuple(names), None if by_its_name else home.file))
    return tuple(imports)


def _expressions(workload: Workload, homes: Mapping[str, Home]) -> Iterator[tuple[str, str]]:
    """List what the user wrote as Python, each with the place whose names it is read with."""
    for target in workload.targets:
        place, name, arguments = split(target)
        yield place, name + arguments
    if workload.targets and workload.items is not None:
        place, _, name = workload.items.rpartition(":")
        yield (place, name) if place in homes else (split(workload.targets[0])[0], workload.items.strip())


def _items_are_called(workload: Workload, homes: Mapping[str, Home]) -> bool:
    """Tell whether the items come from calling the function that their SPEC names."""
    if not homes or workload.items is None:
        return False
    *_, (place, name) = _expressions(workload, homes)
    value = getattr(sys.modules[homes[place].name], name, None)
    return callable(value) and not isinstance(value, Iterable)


def _start_methods() -> tuple[str, ...]:
    """List how this Python can start processes, its own default first."""
    methods = multiprocessing.get_all_start_methods()
    default = multiprocessing.get_start_method()
    return (default, *[method for method in methods if method != default])
