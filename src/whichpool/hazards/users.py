"""Whose a module is: Python's, one that was installed, or the user's own."""

import sys
from importlib.machinery import PathFinder
from pathlib import Path

from whichpool.hazards.module import Module
from whichpool.whose import is_installed_at, is_of_standard_library

_NOT_THE_USERS = {"builtins", "whichpool"}


def import_folders(module: Module) -> tuple[str, ...]:
    """List where a module's imports begin: in the folder that its outermost package lies in, or else in its own."""
    folder = outermost = Path(module.source.file).absolute().parent
    while (outermost / "__init__.py").is_file() and outermost != outermost.parent:
        outermost = outermost.parent
    return tuple(dict.fromkeys((str(outermost), str(folder))))


class Users:
    """Tells modules of the user's from others, and remembers it."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._known: dict[tuple[str, tuple[str, ...]], bool] = {}

    def have(self, origin: str, module: Module) -> bool:
        """Tell whether something comes from a module of the user's.

        Args:
            origin: What it is, with dots; a relative import keeps its leading dots.
            module: The module that imports it.
        """
        package = origin.partition(".")[0]
        if not package:  # of a relative import
            return not (is_installed_at(module.source.file) or is_of_standard_library(module.source.file))
        key = package, import_folders(module)
        if key not in self._known:
            self._known[key] = self._is_users(*key)
        return self._known[key]

    @staticmethod
    def _is_users(package: str, folders: tuple[str, ...]) -> bool:
        if package in sys.stdlib_module_names or package in _NOT_THE_USERS:
            return False
        try:
            spec = PathFinder.find_spec(package, [*folders, *sys.path])
        except (ImportError, ValueError):
            return False
        places = [spec.origin or "", *(spec.submodule_search_locations or ())] if spec else []
        return bool(places) and not any(map(is_installed_at, places))
