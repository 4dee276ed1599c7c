"""The functions that a call gets at by value: those that stand in a list, in an argument, or belong to an object.

The look at a function's text follows the names that stand there. What they stand for at run time it cannot see: which
callbacks a list has come to hold, or of what sort an item is. The values tell.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from whichpool.whose import is_users_module

_MOST_PARTS = 100
_MOST_VALUES = 1_000
_MOST_FUNCTIONS = 50
_CONTAINERS = (list, tuple, set, frozenset, deque)
_OPERATORS = """
    __call__ __enter__ __exit__ __iter__ __next__ __getitem__ __setitem__ __delitem__ __contains__
"""
"""Methods that run without being named."""


def functions_at_hand(function: Callable[..., Any], given: Iterable[object] = ()) -> list[FunctionType]:
    """List the functions of the user's that a call may run, besides the one that is called and those that it names.

    A method counts where its object is at hand and its name is used.

    Args:
        function: What is called. It is not run, and no other code of the user's is.
        given: What it is called with.
    """
    walk = _Walk()
    walk.go_from(function, is_named=True)
    for value in given:
        walk.go_from(value)
    return list(islice(walk.found(), _MOST_FUNCTIONS))


class _Walk:
    """Goes from value to value, as far as one leads to another."""

    def __init__(self) -> None:
        self._pending: deque[tuple[object, bool]] = deque()
        self._seen: dict[int, object] = {}
        self._names = set(_OPERATORS.split())
        self._kinds: dict[type, None] = {}

    def go_from(self, value: object, *, is_named: bool = False) -> None:
        """Begin at one value more.

        Args:
            value: The value.
            is_named: Whether a name in the text of a function stands for it, which the look at that text follows.
        """
        self._pending.append((value, is_named))

    def found(self) -> Iterator[FunctionType]:
        """Give what is found, methods when it is known which names are used."""
        while self._pending and len(self._seen) < _MOST_VALUES:
            value, is_named = self._pending.popleft()
            if id(value) not in self._seen:
                self._seen[id(value)] = value
                if type(value) is FunctionType:
                    if not is_named and is_users_module(str(value.__module__)):
                        yield value
                    self._read(value)
                else:
                    self._take_apart(value, is_named=is_named)
            if not self._pending:
                for method in self._methods():
                    self.go_from(method)

    def _read(self, function: FunctionType) -> None:
        """Note what a function's code names, and go on to what it gets at."""
        if not is_users_module(str(function.__module__)) and len(self._seen) > 1:
            return
        names = {name for code in _with_inner(function.__code__) for name in code.co_names}
        self._names |= names
        for value in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self.go_from(value)
        for cell in function.__closure__ or ():
            try:
                self.go_from(cell.cell_contents)
            except ValueError:  # it is still empty
                continue
        for name in names & function.__globals__.keys():
            value = function.__globals__[name]
            self.go_from(value, is_named=True)
            if type(value) is ModuleType and is_users_module(value.__name__):
                for attribute in names & vars(value).keys():
                    self.go_from(vars(value)[attribute], is_named=True)

    def _take_apart(self, value: object, *, is_named: bool) -> None:
        kind = type(value)
        parts: Iterable[object] = ()
        if issubclass(kind, partial):  # asking a value itself what it is may run code of the user's
            parts = (value.func, *value.args, *value.keywords.values())  # type: ignore[attr-defined]
        elif kind is MethodType:
            parts = (value.__func__, value.__self__)  # type: ignore[attr-defined]
        elif kind is dict:
            parts = value.values()  # type: ignore[attr-defined]
        elif any(kind is one for one in _CONTAINERS):
            parts = value  # type: ignore[assignment]
        elif not issubclass(kind, type) and is_users_module(str(kind.__module__)):
            parts = _held(value)
            if not is_named:
                self._kinds[kind] = None
        for part in list(islice(parts, _MOST_PARTS)):
            self.go_from(part)

    def _methods(self) -> Iterator[FunctionType]:
        """List the methods of the objects at hand whose names are used."""
        for kind in self._kinds:
            for owner in kind.__mro__:
                for name in self._names & owner.__dict__.keys():
                    member = owner.__dict__[name]
                    if isinstance(member, property):
                        member = member.fget
                    elif isinstance(member, classmethod | staticmethod):
                        member = member.__func__
                    if type(member) is FunctionType and id(member) not in self._seen:
                        yield member


def _held(value: object) -> Iterable[object]:
    """List the attributes of an object, without asking its class, which may run code of the user's."""
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except AttributeError:  # it has slots
        return ()
    return attributes.values() if type(attributes) is dict else ()


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _with_inner(constant)
