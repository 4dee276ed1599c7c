"""From what a user typed to the text of a module, without importing anything, not even the packages around it."""

import sys
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder, SourceFileLoader
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Source:
    """Python as it is written.

    Attributes:
        file: The absolute path; ``<…>`` where no file holds the text.
        text: What stands there.
        first_line: The line of ``file`` that the text begins with.
    """

    file: str
    text: str
    first_line: int = 1


def find_source(place: str, folder: str) -> Source | None:
    """Find the text of a module, by its name or by its file.

    Args:
        place: ``package.module`` or ``path/to/file.py``.
        folder: The folder that a relative path starts from; it comes first on the path that a name is looked up on.

    Returns:
        The text; None where there is none: the module is compiled, built in, a bare folder, or not there.

    Raises:
        SyntaxError: The file is not written in the encoding that it declares.
    """
    is_name = all(part.isidentifier() for part in place.split("."))
    if is_name and not place.endswith(".py") and not Path(folder, place).is_file():
        return _module(place.split("."), folder)
    return _read(Path(folder, Path(place).expanduser()).resolve())


def _module(parts: Sequence[str], folder: str) -> Source | None:
    """Walk down from package to package, as importing would, with one part of the name at a time."""
    PathFinder.invalidate_caches()  # files may be younger than what it remembers
    path = [folder, *sys.path]
    for part in parts[:-1]:
        spec = PathFinder.find_spec(part, path)
        if spec is None or spec.submodule_search_locations is None:
            return None
        path = list(spec.submodule_search_locations)
    spec = PathFinder.find_spec(parts[-1], path)
    if spec is None or not isinstance(spec.loader, SourceFileLoader):
        return None
    return _read(Path(spec.loader.path))


def _read(path: Path) -> Source | None:
    try:
        with tokenize.open(path) as file:
            return Source(str(path), file.read())
    except OSError:
        return None
    except UnicodeDecodeError as error:
        message = f"{path} is not written in {error.encoding}"
        raise SyntaxError(message, (str(path), 1, 0, "")) from None
