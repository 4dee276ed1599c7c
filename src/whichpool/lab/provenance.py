"""Whose code it is: the user's, the standard library's, or that of a package which was installed."""

import sys
from collections.abc import Iterable, Sequence
from importlib.machinery import ExtensionFileLoader

from whichpool.whose import file_of, is_installed_at, is_users_module

_MOST_NAMED = 3


def is_installed(cls: type) -> bool:
    """Tell whether a class belongs to an installed package."""
    return _is_installed(str(cls.__module__))


def is_users_own(cls: type) -> bool:
    """Tell whether a class was written by the user, as far as its module's name and place show."""
    return is_users_module(str(cls.__module__))


def foreign_extensions(names: Iterable[str]) -> list[str]:
    """List those of the imported modules that are compiled and do not come with Python: those may refuse."""
    return [name for name in names if name.partition(".")[0] not in sys.stdlib_module_names and is_compiled(name)]


def listed(modules: Sequence[str]) -> str:
    """Name the packages that modules belong to, the first three of them."""
    packages = list(dict.fromkeys(name.partition(".")[0] for name in modules))
    return ", ".join(packages[:_MOST_NAMED]) + (" and others" if len(packages) > _MOST_NAMED else "")


def is_compiled(name: str) -> bool:
    """Tell whether an imported module is compiled, as far as its loader shows."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    return isinstance(getattr(spec, "loader", None), ExtensionFileLoader)


def _is_installed(name: str) -> bool:
    file = file_of(sys.modules.get(name))
    return isinstance(file, str) and is_installed_at(file)
