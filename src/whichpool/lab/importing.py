"""From the place and the name that a user typed to a module and a function in it.

A file is imported as a script's neighbours would import it: its folder stands first on ``sys.path``, and a file in
a package is imported as part of that package, so that its relative imports work.
"""

import difflib
import importlib
import importlib.util
import inspect
import pkgutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from whichpool.errors import WrongCall
from whichpool.lab.showing import did_you_mean, short, with_article
from whichpool.pools.parcel import ItemFailure
from whichpool.pools.protocol import Function


def split(target: str) -> tuple[str, str, str]:
    """Split ``place:function(arguments)`` into its three parts; the last is empty without parentheses."""
    head, parenthesis, tail = target.partition("(")
    place, colon, name = head.rpartition(":")
    if not colon or not place or not name.strip():
        message = f"{target!r} names no function: write package.module:function or path/to/file.py:function"
        raise WrongCall(message)
    return place, name.strip(), parenthesis + tail


def import_target(place: str, folder: str) -> ModuleType:
    """Import a module by its name or by its file.

    Raises:
        WrongCall: There is no such module or file, or importing it fails.
    """
    if not (place.endswith(".py") or "/" in place or (Path(folder) / place).is_file()):
        return _import_module(place, folder, place)
    path = Path(folder, place).expanduser().resolve()
    if path.is_dir():
        message = f"{place} is a folder: name a file in it, as in {place.rstrip('/')}/file.py:function"
        raise WrongCall(message)
    if not path.is_file():
        near = difflib.get_close_matches(path.name, [p.name for p in path.parent.glob("*.py")], n=3)
        message = f"there is no file {place}{did_you_mean(near)}"
        raise WrongCall(message)
    return _import_file(path, place)


def _import_file(path: Path, place: str) -> ModuleType:
    root = path.parent
    names = [path.stem]
    while (root / "__init__.py").is_file():
        names.insert(0, root.name)
        root = root.parent
    if names[-1] == "__init__":
        names.pop()
    if len(names) > 1 or path.name == "__init__.py":
        return _import_module(".".join(names), str(root), place)
    name = _free_name(path)
    if name not in sys.modules:
        _stand_first(str(root))
        spec = importlib.util.spec_from_file_location(name, path, loader=None)
        if spec is None or spec.loader is None:
            message = f"{place} is no Python file: its name must end in .py"
            raise WrongCall(message)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            _run_import(partial(spec.loader.exec_module, module), place)
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name]


def _free_name(path: Path) -> str:
    """Name a file's module after the file, unless that would shadow a module that Python or whichpool needs."""
    name = path.stem.replace(".", "_")
    known = sys.modules.get(name)
    taken = name in sys.stdlib_module_names or (known is not None and getattr(known, "__file__", None) != str(path))
    return f"{name}_" if taken else name


def _import_module(name: str, first: str, place: str) -> ModuleType:
    if name not in sys.modules:
        _stand_first(first)
        try:
            _run_import(partial(importlib.import_module, name), place)
        except ModuleNotFoundError as error:
            if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
                raise  # pragma: no cover - _run_import has told it already
            package, _, _ = name.partition(".")
            near = difflib.get_close_matches(package, [found.name for found in pkgutil.iter_modules()], n=3)
            message = f"there is no module {error.name!r} here{did_you_mean(near)}; a file is named with .py"
            raise WrongCall(message) from None
    return sys.modules[name]


def _stand_first(folder: str) -> None:
    if folder not in sys.path[:1]:
        sys.path.insert(0, folder)


def _run_import(run: Callable[[], object], place: str) -> None:
    """Import, and turn what goes wrong in the user's module into words, with the user's own frames."""
    try:
        run()
    except SyntaxError as error:
        message = f"{error.filename}, line {error.lineno}: {error.msg}\n    {(error.text or '').strip()}"
        raise WrongCall(message) from None
    except ModuleNotFoundError as error:
        if error.name is not None and (place == error.name or place.startswith(f"{error.name}.")):
            raise
        raise WrongCall(_told(error, f"importing {place} failed")) from None
    except (Exception, SystemExit) as error:
        what = f"importing {place} failed"
        if isinstance(error, SystemExit):
            what = f"importing {place} ended the program; put what it does under  if __name__ == '__main__':"
        raise WrongCall(_told(error, what)) from None


def _told(error: BaseException, what: str) -> str:
    told = ItemFailure.raised(error)
    frames = [line for line in told.traceback.splitlines() if "importlib" not in line]
    return "\n".join([f"{what}: {told.message}", *frames[-8:-1]])


def find_function(module: ModuleType, place: str, name: str) -> Function:
    """Find a function by its dotted name."""
    found: Any = module
    for part in name.split("."):
        owner = found
        found = getattr(owner, part, None)
        if found is None:
            functions = (
                [key for key, value in vars(owner).items() if callable(value)] if hasattr(owner, "__dict__") else []
            )
            near = difflib.get_close_matches(part, functions, n=3)
            message = f"there is no function {part!r} in {place}{did_you_mean(near)}"
            raise WrongCall(message)
    if not callable(found):
        message = f"{place}:{name} is no function but {with_article(type(found).__name__)}: {short(found)}"
        raise WrongCall(message)
    return refuse_what_only_promises(found, f"{place}:{name}")


def refuse_what_only_promises(function: Function, name: str) -> Function:
    """Calling an ``async def`` or a generator function computes nothing; timing it would measure nothing."""
    if inspect.iscoroutinefunction(function):
        message = f"{name} is an async function: calling it runs nothing; name a function that calls asyncio.run on it"
        raise WrongCall(message)
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        message = f"{name} is a generator function: calling it runs nothing; name a function that makes a list of it"
        raise WrongCall(message)
    return function
