"""What the modules of the user's hold: all that a call may change behind the caller's back, libraries left aside.

A name is kept, and not its value, because a call may bind it anew.
"""

import sys
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from copyreg import dispatch_table
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from itertools import chain, count, islice
from operator import attrgetter, methodcaller
from time import perf_counter
from types import BuiltinFunctionType, CellType, FunctionType, GeneratorType, ModuleType
from typing import Any

from whichpool.hazards.effects import ResourceKind
from whichpool.lab.live_kinds import resource_kind
from whichpool.running.at_hand import functions_at_hand
from whichpool.running.trial import Look, fingerprint
from whichpool.whose import file_of, is_installed_at, is_users_module

_MOST_NAMES = 5_000
_MOST_NAMED = 3
_LONGEST_S = 0.5
_MOST_BYTES = 8 * 2**20
_VALUES = {"numpy", "pandas"}  # libraries whose objects are containers, as lists are
_CODE = (ModuleType, BuiltinFunctionType, property, cached_property)


class UsersState:
    """Looks at the user's modules, and then again."""

    def __init__(self, function: Callable[..., Any], given: Iterable[object] = ()) -> None:
        """Look for the first time; what is too much to look at within half a second is left out.

        Args:
            function: What is going to be called; it may have variables of a function around.
            given: What it is going to be called with.
        """
        self._before: list[tuple[_Captured, bytes]] = []
        until_s = perf_counter() + _LONGEST_S
        functions = [function, *functions_at_hand(function, given)]
        of_functions = (_state_of_function(one.__qualname__, one) for one in functions if type(one) is FunctionType)
        for captured in islice(chain(*of_functions, _state()), _MOST_NAMES):
            if perf_counter() > until_s:
                break
            seen = captured.fingerprint()
            if seen is not None and seen == captured.fingerprint():  # what changes by itself tells nothing
                self._before.append((captured, seen))

    def why_not(self) -> str | None:
        """Look again, and say what has changed: threads would share it, and processes keep it for themselves."""
        changed = [captured.name for captured, before in self._before if captured.fingerprint() != before]
        named = ", ".join(changed[:_MOST_NAMED]) + (" and more" if len(changed) > _MOST_NAMED else "")
        return f"a call changed {named}, which outlives it" if changed else None


@dataclass(frozen=True, slots=True)
class _Captured:
    """A name that outlives a call.

    Attributes:
        name: What people call it.
        read: Gives what counts of what it is bound to at the moment.
    """

    name: str
    read: Callable[[], object]

    def fingerprint(self) -> bytes | None:
        """Tell what it holds."""
        try:
            return fingerprint(self.read(), _LookInside, _MOST_BYTES)
        except Exception:  # as reading may raise anything
            return None


class _LookInside(Look):
    """Looks into the user's objects and those of the standard library, as far as they let themselves be looked into."""

    def reducer_override(self, value: Any) -> Any:  # noqa: ANN401 - as it is declared
        """Say how a value is pickled, as ``pickle`` asks; see there."""
        kind: type = type(value)
        if kind is GeneratorType:
            return id, (value.gi_frame and value.gi_frame.f_lasti,)
        if kind is count:
            return id, (repr(value),)
        reduced = super().reducer_override(value)
        if reduced is not NotImplemented:
            return reduced
        if _minds_itself(kind):
            return id, (id(value),)
        try:
            reduce = dispatch_table.get(kind)
            reduced = reduce(value) if reduce is not None else value.__reduce_ex__(5)
        except Exception:  # files, locks and their like
            return id, (id(value),)
        return reduced


@lru_cache(maxsize=1000)
def _minds_itself(kind: Hashable) -> bool:
    """Tell whether a class belongs to an installed library, or to us: most such objects remember something."""
    module = str(getattr(kind, "__module__", ""))
    package, file = module.partition(".")[0], file_of(sys.modules.get(module))
    is_installed = isinstance(file, str) and is_installed_at(file)
    return (is_installed or package == __name__.partition(".")[0]) and package not in _VALUES


def _state() -> Iterator[_Captured]:
    met: dict[int, object] = {}
    for module in list(sys.modules.values()):
        if type(module) is ModuleType and is_users_module(module.__name__):
            prefix = "" if module.__name__ == "__main__" else f"{module.__name__}."
            yield from _state_of(prefix, vars(module), module.__name__, met)


def _state_of(prefix: str, names: Mapping[str, Any], module: str, met: dict[int, object]) -> Iterator[_Captured]:
    for name, value in list(names.items()):
        if name.startswith("__") or (id(value) in met and not _is_plain(value)):
            continue
        met[id(value)] = value
        kind = type(value)  # asking a value itself what it is may run code of the user's
        if kind is staticmethod or kind is classmethod:
            value, kind = value.__func__, type(value.__func__)  # noqa: PLW2901 - what is behind it
        if kind is FunctionType:
            yield from _state_of_function(f"{prefix}{name}", value)
        elif issubclass(kind, type):
            if value.__module__ == module:
                yield from _state_of(f"{prefix}{name}.", vars(value), module, met)
        elif not (issubclass(kind, _CODE) or hasattr(kind, "__get__") or name.endswith("_")):
            mark, read = _MARKS.get(_kind(value), ("", _itself))
            yield _Captured(f"{mark}{prefix}{name}", partial(_read, read, names, name))


def _read(read: Callable[[Any], object], names: Mapping[str, Any], name: str) -> object:
    return read(names[name]) if name in names else None


def _kind(value: object) -> ResourceKind | None:
    try:
        return resource_kind(value)
    except Exception:  # a proxy may raise anything
        return None


def _itself(value: object) -> object:
    return value


def _state_of_generator(generator: Any) -> object:  # noqa: ANN401 - Python's or NumPy's
    return generator.__reduce__()


_MARKS: dict[ResourceKind | None, tuple[str, Callable[[Any], object]]] = {
    ResourceKind.FILE: ("the position of ", methodcaller("tell")),
    ResourceKind.SQLITE: ("how many rows were changed by ", attrgetter("total_changes")),
    ResourceKind.GENERATOR: ("the state of ", _state_of_generator),
    ResourceKind.SEEDED_GENERATOR: ("the state of ", _state_of_generator),
}
"""What moves in things that are more than their value."""


def _is_plain(value: object) -> bool:
    return issubclass(type(value), int | float | str | bytes | type(None))


def _state_of_function(name: str, function: FunctionType) -> Iterator[_Captured]:
    for variable, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        if variable != "__class__" and not issubclass(type(_in(cell)), (type, FunctionType, *_CODE)):
            yield _Captured(f"{variable} of {name}", partial(_in, cell))
    if function.__defaults__ or function.__kwdefaults__:
        yield _Captured(f"a default of {name}", lambda: (function.__defaults__, function.__kwdefaults__))
    for attribute in vars(function):
        if not attribute.startswith("__"):
            yield _Captured(f"{name}.{attribute}", partial(vars(function).get, attribute, None))


def _in(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # it is empty
        return None
