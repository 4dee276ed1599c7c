"""From what a user typed to the function's syntax, through the imports that hand it on."""

import ast
import contextlib
import difflib
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import PathFinder
from pathlib import Path

from whichpool.hazards.callees import callees
from whichpool.hazards.module import FunctionNode, Module
from whichpool.hazards.scope import Scope
from whichpool.hazards.source import Source, find_source

_MOST_KEPT = 32
_MOST_IMPORTS = 5  # one module hands on what it imported from the next


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A function, found.

    Attributes:
        module: The module in which it stands.
        name: Its name there.
        node: Its syntax.
    """

    module: Module
    name: str
    node: FunctionNode


def follow(place: str, name: str, folder: str) -> Target | str:
    """Find a function's syntax.

    Args:
        place: ``package.module`` or a path to a file, relative to the folder.
        name: ``function``, ``Class.method``, ``INSTANCE.method``.
        folder: Where the user stands.

    Returns:
        The function; a sentence without its full stop that says why its code cannot be read, where that is so.
    """
    source = find_source(place, folder)
    asked = f"{place}:{name}"
    if source is None:
        return _why_unreadable(place, asked, folder)
    module = _parsed(source)
    if isinstance(module, str):
        return module
    target = target_in(module, name)
    first = name.partition(".")[0]
    if target is None and first in module.imported:
        home = follow_import(module, _origin(module, name), [folder])
        target = target_in(*home) if home is not None else None
    elif target is None and not module.may_bind(first):
        return f"there is no function {name!r} in {place}{_near(first, module)}"
    return target or f"{asked} is bound to nothing that can be read as a function; what it does was not looked at"


def target_in(module: Module, name: str) -> Target | None:
    """Find a function's syntax in the module that binds its name; None where that is no function."""
    node = module.find(name) or _made(module, name)
    return Target(module, name, node) if node is not None else None


def follow_import(module: Module, origin: str, folders: Iterable[str]) -> tuple[Module, str] | None:
    """Find where something stands that a module has imported, through modules that hand it on.

    Args:
        module: The module that imports it.
        origin: Where that says it comes from, with dots; a relative import keeps its leading dots.
        folders: Where imports begin, besides the path that Python would search.

    Returns:
        The module that binds its name, and the name there; None where there is none that can be read.
    """
    for folder in folders:
        source, name = _imported(module, origin, folder)
        for _ in range(_MOST_IMPORTS):
            found = _parsed(source) if source is not None and name else ""
            if isinstance(found, str):
                break
            first = name.partition(".")[0]
            if first in found.bindings:
                return found, name
            if first not in found.imported:
                break
            source, name = _imported(found, _origin(found, name), folder)
    return None


def _origin(module: Module, name: str) -> str:
    """Tell where a name comes from that a module has imported."""
    first, _, rest = name.partition(".")
    return ".".join(filter(None, (module.imported[first], rest)))


def _why_unreadable(place: str, asked: str, folder: str) -> str:
    package = place.partition(".")[0]
    if package.isidentifier() and package not in sys.builtin_module_names:
        with contextlib.suppress(ImportError, ValueError):
            if PathFinder.find_spec(package, [folder, *sys.path]) is None:
                return f"there is no module {package!r} here; a file is named with .py"
    return f"{asked} is compiled code: what it does was not looked at"


def _near(name: str, module: Module) -> str:
    near = difflib.get_close_matches(name, [*module.bindings, *module.imported], n=3)
    return f"; did you mean {' or '.join(near)}?" if near else ""


@lru_cache(maxsize=_MOST_KEPT)
def _parsed(source: Source) -> Module | str:
    try:
        return Module.parse(source)
    except SyntaxError as error:
        line = (error.lineno or 1) + source.first_line - 1
        return f"{source.file}, line {line}: {error.msg}; nothing of it was looked at"


def _made(module: Module, name: str) -> FunctionNode | None:
    """Find the function that a factory made: ``work = make_worker()``."""
    if "." in name:
        return None
    found = callees(ast.Name(name, ast.Load()), Scope.of_module(module))
    return next((callee.function for callee in found), None)


def _imported(module: Module, origin: str, folder: str) -> tuple[Source | None, str]:
    """Find the module that a dotted origin begins with, the longest first, and the name that is left."""
    absolute = origin.lstrip(".")
    level = len(origin) - len(absolute)
    parts = absolute.split(".")
    for length in range(len(parts) - 1, 0 if level == 0 else -1, -1):
        if level == 0:
            source = find_source(".".join(parts[:length]), folder)
        else:
            base = Path(module.source.file).absolute().joinpath(*[".."] * level, *parts[:length]).resolve()
            source = find_source(f"{base}.py", folder) if length else None
            source = source or find_source(str(base / "__init__.py"), folder)
        if source is not None:
            return source, ".".join(parts[length:])
    return None, absolute
