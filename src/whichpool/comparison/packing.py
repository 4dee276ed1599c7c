"""A function and its items, packed for the process that measures them."""

import inspect
import os
import pickle
import sys
import sysconfig
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

import cloudpickle

from whichpool.errors import WrongCall
from whichpool.values import Workload


class Unsendable(WrongCall):
    """The function cannot be sent to a process that looks at it, not even by value."""


def pack(function: Callable[..., Any], items: Iterable[Any] | None, max_items: int) -> Workload:
    """Pack a function and its items, if there are any; what can be imported goes by name, all else by value.

    Raises:
        Unsendable: The function cannot be packed.
        WrongCall: The function is none, the items do not end, or one of them cannot be packed.
    """
    if not callable(function):  # for those who do not check types
        message = f"{function!r} is no function: it cannot be called"  # type: ignore[unreachable]
        raise WrongCall(message)
    if items is not None and (isinstance(items, str | bytes) or not isinstance(items, Iterable)):
        message = f"items must be an iterable of arguments, not one {type(items).__name__}"
        raise WrongCall(message)
    return replace(
        named(function),
        function_pickle=_pickled(function, "the function", Unsendable),
        items_pickle=b"" if items is None else _pickled(_listed(items, max_items), "an item", WrongCall),
        bytecode="" if _can_be_imported(function) else f"{sys.version_info.major}.{sys.version_info.minor}",
    )


def named(function: Callable[..., Any]) -> Workload:
    """Say of a function what its name is and where it comes from, without packing it."""
    return Workload(
        name=getattr(function, "__qualname__", repr(function)),
        folder=os.getcwd(),  # noqa: PTH109 - a Path would only be turned into this
        path=tuple(entry for entry in map(os.path.abspath, sys.path) if not _is_of_python(entry)),
        source=_source(function),
    )


def _is_of_python(entry: str) -> bool:
    """Tell whether a folder comes with this Python: another one has its own modules and its own packages."""
    own = {os.path.abspath(path) for path in sysconfig.get_paths().values()}  # noqa: PTH100 - as above
    stdlib = sysconfig.get_path("platstdlib")
    return entry in own or entry.startswith(os.path.join(stdlib, "")) or entry.endswith(".zip")  # noqa: PTH118 - as above


def _can_be_imported(function: Callable[..., Any]) -> bool:
    """Tell whether plain pickle sends a function by a name that another process can import."""
    if getattr(function, "__module__", "__main__") == "__main__":
        return False
    try:
        pickle.dumps(function)
    except Exception:  # a user's __reduce__ may raise anything
        return False
    return True


def _listed(items: Iterable[Any], max_items: int) -> Sequence[Any]:
    if isinstance(items, Sequence):
        return items
    if hasattr(items, "__len__"):
        return list(items)
    listed = list(islice(items, max_items + 1))
    if len(listed) > max_items:
        message = (
            f"there are more than {max_items:,} items and there may be no end of them; limit them, or raise max_items"
        )
        raise WrongCall(message)
    return listed


def _pickled(value: object, what: str, complaint: type[WrongCall]) -> bytes:
    try:
        data: bytes = cloudpickle.dumps(value)
    except Exception as error:  # a user's __reduce__ may raise anything
        message = (
            f"{what} cannot be sent to the process that measures it ({type(error).__name__}: {error}); "
            "make open files, locks and connections inside the function"
        )
        raise complaint(message) from None
    return data


def _source(function: Callable[..., Any]) -> str:
    """Give the text that defines a function where no file holds it, such as a notebook's cell; else nothing.

    It is the whole text, so that lines are counted in it as the function's code counts them.
    """
    while isinstance(function, partial):
        function = function.func
    function = inspect.unwrap(function)
    if not inspect.isroutine(function) and not inspect.isclass(function):
        function = type(function).__call__
    try:
        if os.path.exists(inspect.getfile(function)):  # noqa: PTH110 - as above
            return ""
        lines, _ = inspect.findsource(function)
    except (OSError, TypeError):  # typed into a shell that keeps nothing, or no function of Python's
        return ""
    return "".join(lines)
