"""Names of a package that are imported from their homes when they are first used (PEP 562)."""

from importlib import import_module

TYPE_CHECKING = False  # typing would be the one slow import here; type checkers take this name for True
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def on_first_use(names: "dict[str, Any]", homes: "Mapping[str, str]") -> "Callable[[str], object]":
    """Make the ``__getattr__`` of a package whose names have their homes in other modules.

    Args:
        names: The package's ``globals()``.
        homes: The module that each name comes from.
    """

    def import_name(name: str) -> object:
        if name not in homes:
            message = f"module {names['__name__']!r} has no attribute {name!r}"
            raise AttributeError(message)
        value = names[name] = getattr(import_module(homes[name]), name)
        return value

    return import_name
