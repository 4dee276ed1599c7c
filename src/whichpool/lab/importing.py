"""From the place and the name that a user typed to a module and a function in it.

A file is imported as a script's neighbours would import it: its folder stands first on ``sys.path``, and a file in
a package is imported as part of that package, so that its relative imports work.
"""

import difflib
import inspect
import pkgutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from whichpool.errors import WrongCall
from whichpool.lab.missing_imports import how_to_install, remedy
from whichpool.lab.showing import did_you_mean, short, with_article
from whichpool.lab.worker import Home, import_home
from whichpool.pools.chunk import Function
from whichpool.pools.parcel import ItemFailure


def split(target: str) -> tuple[str, str, str]:
    """Split ``place:function(arguments)`` into its three parts; the last is empty without parentheses."""
    head, parenthesis, tail = target.partition("(")
    place, colon, name = head.rpartition(":")
    if not colon or not place or not name.strip():
        message = f"{target!r} names no function: write package.module:function or path/to/file.py:function"
        raise WrongCall(message)
    return place, name.strip(), parenthesis + tail


def find_home(place: str, folder: str) -> Home:
    """Find out where a module comes from, by its name or by its file.

    Raises:
        WrongCall: There is no such file.
    """
    is_name = all(part.isidentifier() for part in place.split("."))
    if is_name and not place.endswith(".py") and not Path(folder, place).is_file():
        return Home(place, folder)
    path = Path(folder, Path(place).expanduser()).resolve()
    if path.is_dir():
        message = f"{place} is a folder: name a file in it, as in {place.rstrip('/')}/file.py:function"
        raise WrongCall(message)
    if not path.is_file():
        near = difflib.get_close_matches(path.name, [p.name for p in path.parent.glob("*.py")], n=3)
        message = f"there is no file {place}{did_you_mean(near)}"
        raise WrongCall(message)
    if path.suffix != ".py":
        message = f"{place} is no Python file: its name must end in .py"
        raise WrongCall(message)
    return _home_of_file(path)


def _home_of_file(path: Path) -> Home:
    root = path.parent
    names = [] if path.stem == "__init__" else [path.stem]
    while (root / "__init__.py").is_file():
        names.insert(0, root.name)
        root = root.parent
    if root != path.parent:
        return Home(".".join(names), str(root))
    return Home(_free_name(path), str(root), str(path))


def _free_name(path: Path) -> str:
    """Name a file's module after the file, unless that would shadow a module that Python or whichpool needs."""
    name = path.stem.replace(".", "_")
    known = sys.modules.get(name)
    taken = name in sys.stdlib_module_names or (known is not None and getattr(known, "__file__", None) != str(path))
    return f"{name}_" if taken else name


def import_target(place: str, folder: str) -> tuple[ModuleType, Home]:
    """Import a module by its name or by its file, and turn what goes wrong into words, with the user's own frames.

    Raises:
        WrongCall: There is no such module or file, or importing it fails.
    """
    home = find_home(place, folder)
    try:
        import_home(home)
    except SyntaxError as error:
        message = f"{error.filename}, line {error.lineno}: {error.msg}\n    {(error.text or '').strip()}"
        raise WrongCall(message) from None
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and f"{home.name}.".startswith(f"{error.name}."):
            raise WrongCall(_no_such_module(home.name, error)) from None
        what = f"importing {place} failed"
        if isinstance(error, SystemExit):
            what = f"importing {place} runs a program that ends; put it under  if __name__ == '__main__'"
        own, _, _ = home.name.partition(".")
        raise WrongCall(_told(error, what, remedy(error, own))) from None
    return sys.modules[home.name], home


def _no_such_module(name: str, error: ModuleNotFoundError) -> str:
    package, _, _ = name.partition(".")
    known = [found.name for found in pkgutil.iter_modules()] if error.name == package else []
    near = difflib.get_close_matches(package, known, n=3)
    told = f"there is no module {error.name!r} here{did_you_mean(near)}; a file is named with .py"
    # it may well be installed for another Python; where a part of a package is missing, installing would not bring it
    return (
        f"{told}; a package is installed by {how_to_install(package, sys.executable)}"
        if error.name == package
        else told
    )


def _told(error: BaseException, what: str, mend: str) -> str:
    told = ItemFailure.raised(error)
    frames = [line for line in told.traceback.splitlines() if "importlib" not in line]
    return "\n".join([f"{what}: {told.message}{mend}", *frames[-8:-1]])


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
    """Calling a generator function computes nothing; timing it would measure nothing."""
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        message = f"{name} is a generator function: calling it runs nothing; name a function that makes a list of it"
        raise WrongCall(message)
    return function
