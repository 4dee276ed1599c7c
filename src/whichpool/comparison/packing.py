"""A function and its items, packed for the process that measures them."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

import cloudpickle

from whichpool.errors import WrongCall
from whichpool.values import Workload


def pack(function: Callable[..., Any], items: Iterable[Any], max_items: int) -> Workload:
    """Pack a function and its items; what can be imported goes by name, all else by value.

    Raises:
        WrongCall: The function is none, the items do not end, or something cannot be packed.
    """
    if not callable(function):  # for those who do not check types
        message = f"{function!r} is no function: it cannot be called"  # type: ignore[unreachable]
        raise WrongCall(message)
    if isinstance(items, str | bytes) or not isinstance(items, Iterable):
        message = f"items must be an iterable of arguments, not one {type(items).__name__}"
        raise WrongCall(message)
    return Workload(
        name=getattr(function, "__qualname__", repr(function)),
        function_pickle=_pickled(function, "the function"),
        items_pickle=_pickled(_listed(items, max_items), "an item"),
        folder=os.getcwd(),  # noqa: PTH109 - a Path would only be turned into this
        path=tuple(os.path.abspath(entry or ".") for entry in sys.path),  # noqa: PTH100 - as above
    )


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


def _pickled(value: object, what: str) -> bytes:
    try:
        data: bytes = cloudpickle.dumps(value)
    except Exception as error:  # a user's __reduce__ may raise anything
        message = (
            f"{what} cannot be sent to the process that measures it ({type(error).__name__}: {error}); "
            "make open files, locks and connections inside the function"
        )
        raise WrongCall(message) from None
    return data
