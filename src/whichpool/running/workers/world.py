"""What a worker that is started anew would have had, had it been forked: what the program has set since it began.

Such a worker imports modules anew, and finds in them what they were written with. What the program has changed in its
own modules since then (``settings.SCALE = 10``) is carried over as far as it is plain data; so are a few settings of
the interpreter and of libraries that decide what functions return.
"""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder, SourceFileLoader

from whichpool.whose import file_of, is_users_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

    World = tuple[dict[str, dict[str, Any]], dict[str, Any]]

_FLAT = (int, float, complex, bool, type(None))
_MOST_PARTS = 10_000
_MOST_LETTERS = 1_000_000


def taken() -> World:
    """Take down what there is to carry over: the plain data in the user's modules, and settings."""
    modules = {name: plain_data(module) for name, module in list(sys.modules.items()) if _is_users(name, module)}
    settings: dict[str, Any] = {
        "argv": sys.argv,
        "recursion limit": sys.getrecursionlimit(),
        "digits": sys.get_int_max_str_digits(),
    }
    if decimal := sys.modules.get("decimal"):
        settings["decimal"] = decimal.getcontext()
    if numpy := sys.modules.get("numpy"):
        settings["numpy errors"], settings["numpy printing"] = numpy.geterr(), numpy.get_printoptions()
    return modules, settings


def restore(world: World) -> None:
    """Set all of it in this process; in modules that are not imported yet, when they are."""
    modules, settings = world
    for name in modules.keys() & sys.modules.keys():
        put(modules.pop(name), vars(sys.modules[name]))
    sys.meta_path.insert(0, _Later(modules))
    sys.argv = settings["argv"]
    sys.setrecursionlimit(settings["recursion limit"])
    sys.set_int_max_str_digits(settings["digits"])
    if decimal := sys.modules.get("decimal"):
        decimal.setcontext(settings.get("decimal") or decimal.getcontext())
    if (numpy := sys.modules.get("numpy")) and "numpy errors" in settings:
        numpy.seterr(**settings["numpy errors"])
        numpy.set_printoptions(**settings["numpy printing"])


def _is_users(name: str, module: object) -> bool:
    return name != "__main__" and isinstance(file_of(module), str) and is_users_module(name)


def plain_data(module: ModuleType) -> dict[str, Any]:
    """Give what a module's names stand for, as far as it is made of numbers, texts and the containers for them."""
    names: dict[str, Any] = object.__getattribute__(module, "__dict__")
    return {name: value for name, value in list(names.items()) if not name.startswith("__") and _is_plain(value)}


def put(values: dict[str, Any], names: dict[str, Any]) -> None:
    """Have names stand for what differs; what does not stays the object that others may know it as."""
    for name, value in values.items():
        # equal is not the same: 1 and True, or dicts in another order
        if name not in names or type(names[name]) is not type(value) or repr(names[name]) != repr(value):
            names[name] = value


def _is_plain(value: Any) -> bool:  # noqa: ANN401 - a name may stand for anything
    """Tell whether a value is made of numbers, texts and the containers for them, and not of too many."""
    parts = letters = 0
    pending: list[Any] = [value]
    while pending:
        current = pending.pop()
        kind = type(current)
        parts += 1
        if kind is str or kind is bytes:
            letters += len(current)
        elif kind is dict:
            pending += current
            pending += current.values()
        elif kind is list or kind is tuple or kind is set or kind is frozenset:
            pending += current
        elif not any(kind is one for one in _FLAT):  # by identity: asking a type anything else may run its code
            return False
        if parts + len(pending) > _MOST_PARTS or letters > _MOST_LETTERS:  # a list that holds itself as well
            return False
    return True


class _Later:
    """Finds modules as ever, and has what is carried over set in them once they have been run."""

    def __init__(self, modules: dict[str, dict[str, Any]]) -> None:
        self._modules = modules

    def find_spec(self, name: str, path: Sequence[str] | None = None, _: ModuleType | None = None) -> ModuleSpec | None:
        values = self._modules.pop(name, None)
        spec = None if values is None else PathFinder.find_spec(name, path)
        if values is None or spec is None or type(spec.loader) is not SourceFileLoader:  # others serve many modules
            return None
        run = spec.loader.exec_module

        def run_and_set(module: ModuleType) -> None:
            run(module)
            put(values, vars(module))

        spec.loader.exec_module = run_and_set  # type: ignore[method-assign]
        return spec
