"""Whose a module is: Python's, one that was installed, or the user's own."""

import sys
from importlib.machinery import PathFinder
from pathlib import Path

from whichpool.hazards.module import Module

_INSTALLED = {"site-packages", "dist-packages"}
_NOT_THE_USERS = {"builtins", "whichpool"}


def import_folders(module: Module) -> tuple[str, ...]:
    """List where a module's imports begin: in its own folder, and in that which its outermost package lies in."""
    folder = outermost = Path(module.source.file).parent
    while (outermost / "__init__.py").is_file():
        outermost = outermost.parent
    return tuple(dict.fromkeys((str(folder), str(outermost))))


def is_installed_at(place: str) -> bool:
    """Tell by its path whether a module was installed."""
    return not _INSTALLED.isdisjoint(Path(place).parts)


class Users:
    """Tells modules of the user's from others, and remembers it."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._known: dict[tuple[str, tuple[str, ...]], bool] = {}

    def have(self, origin: str, folders: tuple[str, ...]) -> bool:
        """Tell whether something comes from a module of the user's.

        Args:
            origin: What it is, with dots; a relative import keeps its leading dots.
            folders: Where imports begin, besides the path that Python searches.
        """
        key = origin.partition(".")[0], folders
        if key not in self._known:
            self._known[key] = self._is_users(*key)
        return self._known[key]

    @staticmethod
    def _is_users(package: str, folders: tuple[str, ...]) -> bool:
        if not package:  # of a relative import
            return True
        if package in sys.stdlib_module_names or package in _NOT_THE_USERS:
            return False
        try:
            spec = PathFinder.find_spec(package, [*folders, *sys.path])
        except (ImportError, ValueError):
            return False
        places = [spec.origin or "", *(spec.submodule_search_locations or ())] if spec else []
        return bool(places) and not any(map(is_installed_at, places))
