"""The look at a function's code: it reads the module's text, and executes none of it."""

import ast
import functools
import linecache
import platform
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType, MappingProxyType, MethodType

from whichpool.hazards.accesses import accesses
from whichpool.hazards.bytecode import look_at_bytecode
from whichpool.hazards.caches import find_per_worker_caches
from whichpool.hazards.calls import find_calls_that_do_not_fit
from whichpool.hazards.elsewhere import looks_elsewhere
from whichpool.hazards.following import Target, follow
from whichpool.hazards.locating import locate
from whichpool.hazards.looking import Captured, CaptureKind, Look
from whichpool.hazards.merging import merged
from whichpool.hazards.module import Module
from whichpool.hazards.process_state import find_process_state, find_thread_locals
from whichpool.hazards.randomness import find_random_state
from whichpool.hazards.reach import MOST_FUNCTIONS, reach
from whichpool.hazards.resources import find_log_files, find_resources
from whichpool.hazards.results import find_exception_that_stays, find_result_that_stays
from whichpool.hazards.scripts import find_module_work, find_names_of_the_program_only, find_no_main_guard
from whichpool.hazards.set_by_others import find_names_set_by_others
from whichpool.hazards.source import Source
from whichpool.hazards.state import (
    find_assigned_state,
    find_changed_state,
    find_iteration_while_changed,
    find_mutable_defaults,
    find_races,
)
from whichpool.hazards.stays_local import find_assignments_that_stay_local
from whichpool.hazards.travel import find_function_that_stays, find_instance_that_stays
from whichpool.values.hazards import Examination, Finding, PoolKind, Unseen

Rule = Callable[[Look], Iterable[Finding]]

OF_EACH_MODULE: tuple[Rule, ...] = (
    find_assignments_that_stay_local,
    find_assigned_state,
    find_changed_state,
    find_races,
    find_iteration_while_changed,
    find_mutable_defaults,
    find_resources,
    find_log_files,
    find_random_state,
    find_process_state,
    find_thread_locals,
    find_exception_that_stays,
    find_names_set_by_others,
    find_per_worker_caches,
)
"""What is looked for in every module that the call leads to."""

OF_THE_TARGET: tuple[Rule, ...] = (
    find_calls_that_do_not_fit,
    find_function_that_stays,
    find_instance_that_stays,
    find_result_that_stays,
    find_no_main_guard,
    find_module_work,
    find_names_of_the_program_only,
)
"""What else is looked for where the target itself stands: whether it can be called, travel, and be imported."""

_MOST_LAYERS = 20
_DISPLAYS: Mapping[type, ast.expr] = MappingProxyType(
    {list: ast.List([], ast.Load()), dict: ast.Dict([], []), set: ast.Set([])}
)


def look_at_target(place: str, name: str, arguments: str, folder: str) -> Examination:
    """Look at a function by its name.

    Args:
        place: ``package.module`` or a path to a file, relative to the folder.
        name: ``function``, ``Class.method`` or ``INSTANCE.method``.
        arguments: The written call's arguments with their parentheses; empty where none was written.
        folder: Where the user stands.

    Returns:
        What was found; what could not be read, or is no Python, is told as unseen.
    """
    try:
        target = follow(place, name, folder)
    except (SyntaxError, RecursionError) as error:
        target = f"{place} cannot be read: {error}"
    return _unseen(target) if isinstance(target, str) else _look(target, arguments)


def look_at_function(function: object, text: str = "") -> Examination:
    """Look at a function in hand: at its text, or else at its bytecode.

    Args:
        function: A function, a method, or what stands around one: a partial, a wrapper, an object that can be called.
        text: The text of the whole file, or of the notebook's cell, that it was defined in; empty to read the file.

    Returns:
        What was found; compiled code is told as unseen.
    """
    inner, is_bound = _unwrapped(function)
    given = _given_by_partials(function)
    if not isinstance(inner, FunctionType):
        shown = getattr(inner, "__qualname__", type(inner).__qualname__)
        return _unseen(f"{shown} is compiled code; what it does was not looked at")
    name = inner.__qualname__.replace(".<locals>", "")
    try:
        target = _located(inner, name, text)
        if target is not None:
            return _look(target, "", is_bound=is_bound, given=given)
        return look_at_bytecode(inner, name)
    except RecursionError:
        return _unseen(f"the code of {name} is nested too deeply to be looked at")


def _look(
    target: Target,
    arguments: str,
    *,
    is_bound: bool = False,
    given: Mapping[str, Captured] = MappingProxyType({}),
) -> Examination:
    module = target.module
    try:
        reached = reach(module, target.name, target.node, is_bound=is_bound, given=given)
        look = Look(module, target.name, arguments, target.node, reached, accesses(module, reached))
        others, unread = looks_elsewhere(look)
    except RecursionError:
        return _unseen(f"the code of {target.name} is nested too deeply to be looked at")
    found: dict[str, list[Finding]] = {}
    unseen: list[Unseen] = []
    for one, rules in [(look, OF_THE_TARGET), *((each, OF_EACH_MODULE) for each in (look, *others))]:
        for rule in rules:
            try:
                found.setdefault(one.module.source.file, []).extend(rule(one))
            except Exception as error:  # a look must never stop what it goes along with; that it failed is told
                message = f"looking at {one.name} for one kind of hazard failed, which is a bug of whichpool: {error!r}"
                unseen.append(Unseen(tuple(PoolKind), message))
    if any(len(one.reached) >= MOST_FUNCTIONS for one in (look, *others)):
        message = f"{target.name} reaches more than {MOST_FUNCTIONS} functions; what the others do was not looked at"
        unseen.append(Unseen(tuple(PoolKind), message))
    if isinstance(target.node, ast.AsyncFunctionDef):
        message = f"{target.name} is an async function: calling it runs nothing; check one that calls asyncio.run on it"
        unseen.append(Unseen(tuple(PoolKind), message))
    if unread:
        message = f"{', '.join(unread)}: in other modules of yours, whose code was not read; check them as well"
        unseen.append(Unseen((), message))
    findings = [finding for of_module in found.values() for finding in merged((), of_module)]  # names are its own
    functions = tuple(dict.fromkeys(each.name for one in (look, *others) for each in one.reached))
    return Examination(platform.python_version(), functions, _ordered(findings, module), tuple(unseen))


def _ordered(findings: Iterable[Finding], module: Module) -> tuple[Finding, ...]:
    """Put hazards before notes, and each in the order of the text, that of the target's own module first."""

    def place(finding: Finding) -> tuple[bool, bool, int]:
        first = finding.spots[0] if finding.spots else None
        return not finding.effects, first is not None and first.file != module.source.file, first.line if first else 0

    return tuple(sorted(findings, key=place))


def _unseen(message: str) -> Examination:
    return Examination(platform.python_version(), unseen=(Unseen(tuple(PoolKind), message),))


def _unwrapped(function: object) -> tuple[object, bool]:
    """Take off what stands around a function; tell whether it is bound to an object."""
    is_bound = False
    for _ in range(_MOST_LAYERS):
        if isinstance(function, functools.partial | functools.partialmethod):
            function = function.func
        elif isinstance(function, MethodType):
            function, is_bound = function.__func__, True
        elif (inner := _attribute(function, "__wrapped__")) is not None:
            function = inner
        elif isinstance(function, type):
            function = _attribute(function, "__init__")
        elif not isinstance(function, FunctionType) and isinstance(type(function).__call__, FunctionType):
            function, is_bound = type(function).__call__, True
        else:
            break
    return function, is_bound


def _given_by_partials(function: object) -> dict[str, Captured]:
    """Tell which parameters all calls of a ``partial`` find one container in."""
    args: tuple[object, ...] = ()
    keywords: dict[str, object] = {}
    while isinstance(function, functools.partial):
        args, keywords = (*function.args, *args), {**function.keywords, **keywords}
        function = function.func
    names = function.__code__.co_varnames if isinstance(function, FunctionType) else ()
    given = {**dict(zip(names, args, strict=False)), **keywords}
    return {
        name: Captured(name, CaptureKind.PARTIAL, (_DISPLAYS[type(value)],))
        for name, value in given.items()
        if type(value) in _DISPLAYS
    }


def _attribute(function: object, name: str) -> object:
    try:
        return getattr(function, name, None)
    except Exception:  # the user's __getattr__ may raise anything
        return None


def _located(function: FunctionType, name: str, text: str) -> Target | None:
    """Find a function's syntax in the text that it was compiled from; None where that cannot be had."""
    code = function.__code__
    source = Source(code.co_filename, text) if text else _source_of(function)
    if source is None:
        return None
    try:
        module = Module.parse(source)
    except SyntaxError:  # the file has changed since
        return None
    node = locate(module, code)
    return Target(module, name, node) if node else None


def _source_of(function: FunctionType) -> Source | None:
    lines = linecache.getlines(function.__code__.co_filename, function.__globals__)  # knows notebooks' cells as well
    return Source(function.__code__.co_filename, "".join(lines)) if lines else None
