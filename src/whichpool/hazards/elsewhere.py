"""What a function calls in other modules of the user's: a look reads one module, and says what it did not read."""

import sys
from importlib.machinery import PathFinder
from pathlib import Path

from whichpool.hazards.looking import Look

_INSTALLED = {"site-packages", "dist-packages"}


def is_installed_at(place: str) -> bool:
    """Tell by its path whether a module was installed."""
    return not _INSTALLED.isdisjoint(Path(place).parts)


def called_elsewhere(look: Look) -> list[str]:
    """Name the functions that are called in modules which neither come with Python nor were installed."""
    folders = _folders(Path(look.module.source.file).parent)
    package_of = {origin: origin.partition(".")[0] for origin, _, _ in look.calls()}
    is_users = {package: _is_users(package, folders) for package in set(package_of.values())}
    return [origin.lstrip(".") for origin, package in package_of.items() if is_users[package]]


def _folders(folder: Path) -> list[str]:
    """List where a module's imports begin: in its own folder, and in that which its outermost package lies in."""
    outermost = folder
    while (outermost / "__init__.py").is_file():
        outermost = outermost.parent
    return [str(folder), str(outermost)]


def _is_users(package: str, folders: list[str]) -> bool:
    if not package:  # of a relative import
        return True
    if package in sys.stdlib_module_names or package == "builtins":
        return False
    try:
        spec = PathFinder.find_spec(package, [*folders, *sys.path])
    except (ImportError, ValueError):
        return False
    places = [spec.origin or "", *(spec.submodule_search_locations or ())] if spec else []
    return bool(places) and not any(map(is_installed_at, places))
