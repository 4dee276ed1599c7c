"""What a worker does before its first item: import what it will find its work in, as the child did.

Every spawned worker imports this file, inside the clock of its job, so it imports next to nothing.
"""

from __future__ import annotations

import importlib
import importlib.util
import pickle
import sys

from whichpool.pools.chunk import Function  # noqa: TC001 - takes hold of the clock before user code can replace it

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class Home:
    """Where a module comes from.

    Attributes:
        name: What it is called in ``sys.modules``.
        folder: What must stand first on ``sys.path``.
        file: The file itself, where the name alone might lead elsewhere; else None.
    """

    __slots__ = ("file", "folder", "name")

    def __init__(self, name: str, folder: str, file: str | None = None) -> None:
        """Keep the directions."""
        self.name = name
        self.folder = folder
        self.file = file


def import_home(home: Home) -> None:
    """Import a module from where it comes from; does nothing where it has been imported.

    Raises:
        BaseException: Whatever the module raises.
    """
    if home.name in sys.modules:
        return
    if home.folder not in sys.path[:1]:
        sys.path.insert(0, home.folder)
    if home.file is None:
        importlib.import_module(home.name)
        return
    spec = importlib.util.spec_from_file_location(home.name, home.file)
    if spec is None or spec.loader is None:
        raise ImportError(home.file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[home.name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[home.name]
        raise


def prepare_worker(homes: Sequence[Home], path: Sequence[str], function_pickle: bytes) -> None:
    """Make what is pickled by reference findable in this process; does nothing where it is already."""
    sys.path[:0] = [entry for entry in path if entry not in sys.path]
    for home in homes:
        import_home(home)
    if function_pickle and function_pickle != _prepared_from:  # a cluster's worker serves one workload after another
        rebuild(function_pickle)


def rebuild(function_pickle: bytes) -> Function:
    """Rebuild a function that travels by value, and make this process's ``__main__`` stand for the one it came from.

    A function or class that a notebook or script defines is pickled by reference to ``__main__``, here as there.

    Raises:
        BaseException: Whatever the pickle raises; ``ModuleNotFoundError`` where this Python lacks what it needs.
    """
    function: Function = pickle.loads(function_pickle)  # noqa: S301 - the caller's bytes
    publish({**getattr(function, "__globals__", {}), getattr(function, "__name__", ""): function})
    global _prepared, _prepared_from
    _prepared, _prepared_from = function, function_pickle
    return function


def publish(names: dict[str, Any]) -> None:
    """Put what another process's ``__main__`` defined into this process's ``__main__``."""
    main = sys.modules["__main__"]
    for name, value in names.items():
        is_of_main = getattr(value, "__module__", None) == "__main__" and getattr(value, "__qualname__", None) == name
        if is_of_main and name.isidentifier():  # a lambda has no name that a worker of the user's could import
            setattr(main, name, value)


_prepared: Function | None = None
_prepared_from = b""


class Token:
    """Goes to a worker in a function's stead, and arrives there as the function that the worker was prepared with."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Unpickle as the function."""
        return _prepared_function, ()


def _prepared_function() -> Function:
    if _prepared is None:
        message = "this worker was not prepared with the function"
        raise RuntimeError(message)
    return _prepared


class Call:
    """One call that was written out in full: ``file.py:function(7)``.

    Attributes:
        function: What is called.
        arguments: Its positional arguments.
        keywords: Its keyword arguments.
    """

    __slots__ = ("arguments", "function", "keywords")

    def __init__(self, function: Function, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        """Keep the call for later."""
        self.function = function
        self.arguments = arguments
        self.keywords = keywords


def make_call(call: Call) -> object:
    """Carry out one call; the function of a workload whose items are calls."""
    return call.function(*call.arguments, **call.keywords)


def nothing(_item: object) -> None:
    """Do nothing: what remains is what handing over costs."""
