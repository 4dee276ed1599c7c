"""A function that no name leads to: how it is rebuilt here, and how it reaches the workers."""

import pickle
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from whichpool.errors import WrongCall
from whichpool.pools.protocol import Function


class Token:
    """Goes to a worker in a function's stead, and arrives there as the function that the worker was prepared with."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Unpickle as the function."""
        return _prepared_function, ()


def sendable(function: Function) -> Function:
    """Return what can be pickled in the function's stead: itself, if it can be."""
    try:
        pickle.dumps(function)
    except Exception:  # whatever keeps pickle from sending it
        return cast("Function", Token())
    return function


@cache
def load_by_value(data: bytes) -> Function:
    """Rebuild the function, and make this process's ``__main__`` stand for the one it came from.

    A function or class that a notebook or script defines is pickled by reference to ``__main__``, here as there.
    """
    try:
        function: Function = pickle.loads(data)  # noqa: S301 - the caller's bytes
    except ModuleNotFoundError as error:
        message = f"the function needs the module {error.name!r}, which this Python ({sys.executable}) does not have"
        raise WrongCall(message) from None
    main = sys.modules["__main__"]
    for name, value in {**getattr(function, "__globals__", {}), getattr(function, "__name__", ""): function}.items():
        is_of_main = getattr(value, "__module__", None) == "__main__" and getattr(value, "__qualname__", None) == name
        if is_of_main and name.isidentifier():  # a lambda has no name that a worker of the user's could import
            setattr(main, name, value)
    global _prepared  # noqa: PLW0603 - a worker serves one workload
    _prepared = function
    return function


_prepared: Function | None = None


def _prepared_function() -> Function:
    if _prepared is None:
        message = "this worker was not prepared with the function"
        raise RuntimeError(message)
    return _prepared


def publish_types(items: Sequence[Any]) -> None:
    """Make the classes of the items known under the names by which pickle will look for them."""
    main = sys.modules["__main__"]
    for item in items:
        kind = type(item)
        if kind.__module__ == "__main__" and not hasattr(main, kind.__name__):
            setattr(main, kind.__name__, kind)
