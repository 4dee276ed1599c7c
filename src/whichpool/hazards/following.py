"""From what a user typed to the function's syntax, through the imports that hand it on."""

import ast
import contextlib
import difflib
import sys
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from whichpool.hazards.callees import callees
from whichpool.hazards.module import FunctionNode, Module
from whichpool.hazards.scope import Scope
from whichpool.hazards.source import Source, find_source

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
    for imports in range(_MOST_IMPORTS):
        if source is None:
            return _why_unreadable(place, asked, folder)
        module = _parsed(source)
        if isinstance(module, str):
            return module
        node = module.find(name) or _made(module, name)
        if node is not None:
            return Target(module, name, node)
        first, _, rest = name.partition(".")
        if first not in module.imported:
            if imports == 0 and not module.may_bind(first):
                return f"there is no function {name!r} in {place}{_near(first, module)}"
            break
        source, name = _imported(module, ".".join(filter(None, (module.imported[first], rest))), folder)
    return f"{asked} is bound to nothing that can be read as a function; what it does was not looked at"


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
            base = Path(module.source.file).parents[level - 1].joinpath(*parts[:length])
            source = find_source(f"{base}.py", folder) if length else None
            source = source or find_source(str(base / "__init__.py"), folder)
        if source is not None:
            return source, ".".join(parts[length:])
    return None, absolute
