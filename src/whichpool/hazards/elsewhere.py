"""What a function calls in other modules of the user's: a look reads one module, and says what it did not read."""

import sys
from importlib.machinery import PathFinder
from pathlib import Path

from whichpool.hazards.looking import Look

_INSTALLED = {"site-packages", "dist-packages"}


def called_elsewhere(look: Look) -> list[str]:
    """Name the functions that are called in modules which neither come with Python nor were installed."""
    folder = str(Path(look.module.source.file).parent)
    names = dict.fromkeys(origin for origin, _, _ in look.calls() if _is_users(origin, folder))
    return [name.lstrip(".") for name in names]


def _is_users(origin: str, folder: str) -> bool:
    if origin.startswith("."):
        return True
    package = origin.partition(".")[0]
    if package in sys.stdlib_module_names or package == "builtins":
        return False
    try:
        spec = PathFinder.find_spec(package, [folder, *sys.path])
    except (ImportError, ValueError):
        return False
    places = [spec.origin or "", *(spec.submodule_search_locations or ())] if spec else []
    return bool(places) and all(_INSTALLED.isdisjoint(Path(place).parts) for place in places)
