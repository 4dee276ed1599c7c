"""The quick look at a function: some microseconds, after which many small functions need no whole look.

It knows one answer and no other: sure. A function that it is sure of lays hands on nothing that outlives the call and
can change, its arguments aside; so the whole look, which reads the source, would find no hazard. Unlike the whole look
it sees the values that names stand for, as a worker will that is forked now.
"""

import re
from abc import ABCMeta
from collections.abc import Callable, Iterator
from opcode import opmap
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

_WRITES = {opmap[name] for name in ("STORE_GLOBAL", "DELETE_GLOBAL", "STORE_ATTR", "DELETE_ATTR", "IMPORT_NAME")}
_CLOSURE_WRITES = {opmap[name] for name in ("STORE_DEREF", "DELETE_DEREF")}

_MODULES = """
    base64 binascii bisect bz2 cmath collections contextlib csv datetime fractions functools glob gzip hashlib heapq
    html itertools json lzma math operator os pathlib pickle posixpath re shutil sqlite3 statistics string struct
    subprocess textwrap time unicodedata urllib uuid zlib
"""
USABLE = frozenset(_MODULES.split())
"""Modules of the standard library that may be used: what rules say of them stands in ``REACH_FURTHER``."""

_TELLING = """
    __import__ delattr eval exec globals input locals setattr vars
    _exit abort chdir chroot environ fchdir fork forkpty putenv redirect_stderr redirect_stdout tzset umask unsetenv
"""
REACH_FURTHER = frozenset(_TELLING.split())
"""Names by which a function gets at more than its code names, or changes what belongs to the process."""

_UNCHANGEABLE = (int, float, complex, bool, str, bytes, type(None), range, re.Pattern)
_NAMED = (type, ABCMeta, FunctionType, BuiltinFunctionType)
_MOST_PARTS = 100
_MOST_FUNCTIONS = 50


def is_surely_clean(function: Callable[..., Any]) -> bool:
    """Tell whether a function surely has no hazard in threads, nor in workers that are forked.

    Args:
        function: What is called with every item. It is not run, and nothing else of the user's is.

    Returns:
        True if that is sure; False if it is not, which says nothing against the function.
    """
    pending: list[object] = [function]
    seen: set[object] = set()
    while pending:
        current = pending.pop()
        if type(current) is not FunctionType or _is_more(current) or len(seen) >= _MOST_FUNCTIONS:
            return False
        seen.add(current)
        codes = list(_with_inner(current.__code__))
        operations = {operation for code in codes for operation in code.co_code[::2]}
        if operations & _WRITES or (current.__closure__ and operations & _CLOSURE_WRITES):
            return False
        names = {name for code in codes for name in code.co_names}
        if names & REACH_FURTHER:
            return False
        for value in _captured(current, names):
            if type(value) is FunctionType and value.__globals__ is current.__globals__:
                if value not in seen:
                    pending.append(value)
            elif not _is_no_concern(value):
                return False
    return True


def _is_more(function: FunctionType) -> bool:
    """Tell whether a function has attributes, as one around another has, or is a method, which leads to others."""
    around = function.__qualname__.rpartition(".")[0]
    return bool(function.__dict__ or (around and not around.endswith("<locals>")))


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _with_inner(constant)


def _captured(function: FunctionType, names: set[str]) -> Iterator[object]:
    """List what a function gets at without being given it; an attribute that shares a global's name adds that."""
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # it is still empty, and who will fill it is not known
            yield cell
    for name in names & function.__globals__.keys():
        yield function.__globals__[name]


def _is_no_concern(value: Any) -> bool:  # noqa: ANN401 - a name may stand for anything
    """Tell whether a value cannot change, or comes from a module that may be used.

    Types are compared by identity, because asking anything else of a value may run code of the user's.
    """
    kind = type(value)
    if kind is tuple or kind is frozenset:
        return len(value) <= _MOST_PARTS and all(map(_is_unchangeable, value))
    if kind is ModuleType:
        return _may_be_used(value.__name__)
    if any(kind is one for one in _NAMED):  # methods of objects are of no module
        return value.__name__ not in REACH_FURTHER and _may_be_used(value.__module__)
    return _is_unchangeable(value)


def _is_unchangeable(value: object) -> bool:
    kind = type(value)
    return any(kind is one for one in _UNCHANGEABLE)


def _may_be_used(module: object) -> bool:
    """Tell whether a module is one of those; C code stands in modules with an underscore before their names."""
    return type(module) is str and module.partition(".")[0].removeprefix("_") in USABLE
