"""What a function holds on to from one call to the next: globals, closure variables, defaults, what it is bound to.

The bytecode tells which names a function reads and writes; functions and classes of the same module that it mentions
are followed. A name is kept, and not its value, because a call may bind it anew.
"""

import builtins
import dis
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, cast

from whichpool.whose import is_users_module

_GLOBAL = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS", "STORE_GLOBAL", "DELETE_GLOBAL"}
_ATTRIBUTE = {"LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "DELETE_ATTR", "LOAD_SUPER_ATTR"}
_NO_STATE = (ModuleType, FunctionType, BuiltinFunctionType, MethodType, type, staticmethod, classmethod, property)


class Missing:
    """The class of :data:`MISSING`."""


MISSING = Missing()
"""Stands for the value of a name that is not bound yet."""


@dataclass(frozen=True, slots=True)
class Captured:
    """A name that outlives a call.

    Attributes:
        name: What people call it: ``CACHE``, ``self``, ``Counter.total``; the parameter's name for a default.
        read: Gives what it is bound to at the moment; :data:`MISSING` where it is not bound.
    """

    name: str
    read: Callable[[], object]


@dataclass(slots=True)
class Held:
    """All that some functions hold on to.

    Attributes:
        state: What may change, in the order in which it was met.
        attributes: The names of all attributes that the functions read or write, of whatever object.
        caches: The functions with a cache of their own (``functools.lru_cache``) that are called, by name.
    """

    state: dict[str, Captured] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)
    caches: dict[str, Any] = field(default_factory=dict)

    def keep(self, name: str, read: Callable[[], object]) -> None:
        """Add a name, unless what it leads to is code."""
        if name not in self.state and not isinstance(read(), _NO_STATE):
            self.state[name] = Captured(name, read)


def held_by(functions: Iterable[object]) -> Held:
    """Find out what functions hold on to; any callable will do, and what is not written in Python holds nothing."""
    walk = _Walk()
    for function in functions:
        walk.visit(function)
    return walk.held


@dataclass(slots=True)
class _Walk:
    """The way through the callables that a function leads to."""

    held: Held = field(default_factory=Held)
    visited: dict[int, object] = field(default_factory=dict)

    def visit(self, value: object, owner: str = "self") -> None:
        """Look at a callable; ``owner`` is what people call the object that it belongs to."""
        if id(value) in self.visited:
            return
        self.visited[id(value)] = value
        wrapped = _own(value).get("__wrapped__")
        if isinstance(value, partial):
            self._visit_partial(value)
        elif isinstance(value, MethodType):
            self._see(owner, partial(_same, value.__self__))
            self.visit(value.__func__)
        elif isinstance(value, FunctionType):
            self._visit_function(value)
        elif isinstance(value, type):
            self._visit_class(value)
        elif isinstance(wrapped, FunctionType):
            if hasattr(value, "cache_info"):
                self.held.caches[wrapped.__qualname__.replace("<locals>.", "")] = value
            self.visit(wrapped)
        elif isinstance(vars(type(value)).get("__call__"), FunctionType):
            self._see(owner, partial(_same, value))
            self.visit(type(value))

    def _see(self, name: str, read: Callable[[], object], module: str = "") -> None:
        """Keep a name that is in a function's reach; where it leads to code of the module, follow that code."""
        with suppress(Exception):  # even asking for the type of a proxy may raise
            value = read()
            is_code = isinstance(value, type | FunctionType) or "__wrapped__" in _own(value)
            home = str(getattr(value if is_code else type(value), "__module__", ""))
            if isinstance(value, MethodType):
                self.visit(value, f"{name}.__self__")
            elif isinstance(value, ModuleType) and is_users_module(value.__name__):
                for attribute in sorted(self.held.attributes & vars(value).keys()):
                    self.held.keep(f"{name}.{attribute}", partial(_entry, vars(value), attribute))
            elif isinstance(value, partial) or (is_code and (home == module or not module)):
                self.visit(value)
            elif not is_code:
                self.held.keep(name, read)
                if home == module:
                    self.visit(type(value))

    def _visit_partial(self, value: partial[object]) -> None:
        for place, argument in enumerate(value.args):
            self._see(f"argument {place} of the partial", partial(_same, argument))
        for name, argument in value.keywords.items():
            self._see(f"{name} of the partial", partial(_same, argument))
        self.visit(value.func)

    def _visit_function(self, function: FunctionType) -> None:
        code, module = function.__code__, function.__module__
        home = str(function.__globals__.get("__name__"))
        if "__wrapped__" in vars(function) and home != module and not is_users_module(home):
            self.visit(vars(function)["__wrapped__"])  # a library's decorator minds its own state
            return
        for name in self._names(code):
            is_builtin = name not in function.__globals__ and hasattr(builtins, name)
            if not is_builtin and not name.startswith("__"):
                self._see(name, partial(_entry, function.__globals__, name), module)
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=False):
            if name.startswith("__"):  # of the compiler: __class__, and the __classdict__ of lazy annotations
                continue
            self._see(name, partial(_contents, cell), module)
        defaults = function.__defaults__ or ()
        last = code.co_varnames[: code.co_argcount][code.co_argcount - len(defaults) :]
        for name, default in (*zip(last, defaults, strict=False), *(function.__kwdefaults__ or {}).items()):
            self._see(name, partial(_same, default), module)
        for name, value in tuple(vars(function).items()):
            if name == "__wrapped__":
                self.visit(value)
            elif not name.startswith("__"):
                self.held.keep(f"{function.__qualname__}.{name}", partial(_entry, vars(function), name))

    def _names(self, code: CodeType) -> dict[str, None]:
        """List the globals that code reads or writes, with the code inside it; note down the attributes."""
        names = dict[str, None]()
        for instruction in dis.get_instructions(code):
            if instruction.opname in _GLOBAL:
                names[instruction.argval] = None
            elif instruction.opname in _ATTRIBUTE:
                self.held.attributes.add(instruction.argval)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                names |= self._names(constant)
        return names

    def _visit_class(self, cls: type) -> None:
        """Follow a class's methods, and keep what its own attributes hold for all its instances."""
        for base in cls.__mro__[1:]:
            if base.__module__ == cls.__module__:
                self.visit(base)
        for name, value in tuple(vars(cls).items()):
            function = getattr(value, "__func__", None) or getattr(value, "fget", None) or value
            if isinstance(function, FunctionType):
                if function.__module__ == cls.__module__:
                    self.visit(function)
            elif not name.startswith("__") and not _is_machinery(name, value):
                self.held.keep(f"{cls.__qualname__}.{name}", partial(_entry, vars(cls), name))


def _own(value: object) -> Mapping[str, object]:
    """Give an object's own attributes, of which reading runs no code of its class."""
    try:
        return cast("Mapping[str, object]", object.__getattribute__(value, "__dict__"))
    except AttributeError:
        return {}


def _is_machinery(name: str, value: object) -> bool:
    """Tell descriptors, and what enumerations and their like keep under names such as ``_member_map_``."""
    return hasattr(type(value), "__get__") or (name.startswith("_") and name.endswith("_"))


def _same(value: object) -> object:
    return value


def _entry(namespace: Mapping[str, object], name: str) -> object:
    return namespace.get(name, MISSING)


def _contents(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # it is not bound yet
        return MISSING
