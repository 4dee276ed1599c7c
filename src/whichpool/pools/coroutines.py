"""Which functions have to be awaited."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any


def has_to_be_awaited(function: Callable[..., Any]) -> bool:
    """Tell whether a function is an ``async def``, or an object that is called by one, or a partial of one."""
    while isinstance(function, partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)
