"""Calls that are written out, ``file.py:function(7)``, and whether a call fits its function at all."""

import ast
import inspect
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from whichpool.errors import CallDoesNotFit, WrongCall
from whichpool.lab.importing import find_function
from whichpool.lab.showing import short
from whichpool.lab.worker import Call, make_call
from whichpool.pools.chunk import Function


def show_call(call: Call) -> str:
    """Write a call as Python would."""
    shown = [short(value, 30) for value in call.arguments]
    shown += [f"{name}={short(value, 30)}" for name, value in call.keywords.items()]
    return f"{call.function.__name__}({', '.join(shown)})"


def written_call(module: ModuleType, place: str, name: str, arguments: str) -> Call:
    """Read a call as Python does, with the names of the target's module at hand, and check that it fits."""
    function = find_function(module, place, name)
    written = f"{name}{arguments}"
    try:
        tree = ast.parse(f"_{arguments}", mode="eval")
    except SyntaxError as error:
        message = f"the call {written} is not Python: {error.msg}"
        raise WrongCall(message) from None
    if not (isinstance(tree.body, ast.Call) and isinstance(tree.body.func, ast.Name)):
        message = f"{written} is not a call of {name} and nothing else"
        raise WrongCall(message)
    code = compile(tree, "<call>", "eval")
    try:
        given, keywords = eval(code, {**vars(module), "_": lambda *args, **named: (args, named)})  # noqa: S307
    except Exception as error:
        message = f"the arguments of the call {written} cannot be had: {type(error).__name__}: {error}"
        raise WrongCall(message) from None
    call = Call(function, given, keywords)
    misfit = _misfit(function, given, keywords)
    if misfit:
        message = f"the call {written} does not fit the function: {misfit}\n    def {name}{inspect.signature(function)}"
        raise CallDoesNotFit(message)
    return call


def check_fit(function: Function, items: Sequence[Any]) -> bool:
    """Tell whether items must be unpacked, ``function(*item)``.

    Raises:
        CallDoesNotFit: The function can be called neither with an item nor with an item's parts.
    """
    if function is make_call:
        return False
    item = items[0]
    misfit = _misfit(function, (item,), {})
    if not misfit:
        return False
    if isinstance(item, tuple) and not _misfit(function, item, {}):
        return True
    name = getattr(function, "__name__", repr(function))
    message = (
        f"the function does not fit its items: {name}({short(item)}): {misfit}\n"
        f"    def {name}{inspect.signature(function)}\n"
        "Each item is the function's one argument; a tuple may hold several."
    )
    raise CallDoesNotFit(message)


def _misfit(function: Function, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> str | None:
    """Say why a call does not fit a function; None if it does, or if the function does not tell its signature."""
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):
        return None
    try:
        signature.bind(*arguments, **keywords)
    except TypeError as error:
        return str(error)
    return None
