"""Whose code it is: the user's, or Python's, an installed package's, our own.

Every worker that is started anew imports this file, so it imports next to nothing.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType

_STANDARD_LIBRARY = os.path.join(os.path.dirname(os.__file__), "")  # noqa: PTH118, PTH120 - pathlib is slow to import
_INSTALLED = frozenset({"site-packages", "dist-packages"})
_OURS = "whichpool"


def is_installed_at(place: str) -> bool:
    """Tell by the path of a module whether it was installed."""
    return not _INSTALLED.isdisjoint(place.split(os.sep))  # noqa: PTH206 - pathlib is slow to import


def is_of_standard_library(file: str) -> bool:
    """Tell by its path whether a module comes with Python."""
    return file.startswith(_STANDARD_LIBRARY) and not is_installed_at(file)


def is_users_module(name: str) -> bool:
    """Tell by its name, and by its path where it is imported, whether a module is the user's."""
    package = name.partition(".")[0]
    if package in sys.stdlib_module_names or package == _OURS:
        return package == "__main__"
    file = file_of(sys.modules.get(name))
    return not (isinstance(file, str) and (is_installed_at(file) or is_of_standard_library(file)))


def file_of(module: object) -> object:
    """Tell where a module was read from; None where that is not known. Any object may stand among the modules."""
    if not isinstance(module, ModuleType):
        return None
    return object.__getattribute__(module, "__dict__").get("__file__")  # asking a lazy module itself would load it
