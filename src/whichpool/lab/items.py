"""From the SPEC of ``--items`` to the items, inside the child."""

import ast
import difflib
import glob
import json
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

from whichpool.errors import WrongCall
from whichpool.lab.showing import did_you_mean, with_article
from whichpool.pools.parcel import ItemFailure

_PLACE_AND_NAME = re.compile(r"(?P<place>.+\.py|[A-Za-z_][\w.]*):(?P<name>[A-Za-z_]\w*)")


def make_items(
    spec: str, module: ModuleType, import_place: Callable[[str], ModuleType], folder: Path, max_items: int
) -> Sequence[Any]:
    """Make the items that a SPEC describes.

    Args:
        spec: ``NAME``, ``file.py:NAME``, ``module:NAME``, an expression, ``lines:FILE``, ``jsonl:FILE`` or
            ``glob:PATTERN``.
        module: The target's module; names and expressions are looked up in it.
        import_place: Imports a module by its name or file.
        folder: Where relative paths start.
        max_items: How many items an iterable without a length may give.

    Raises:
        WrongCall: The SPEC leads to no items; the message says why.
    """
    kind, _, rest = spec.partition(":")
    if kind in _FILES:
        return _FILES[kind](rest, folder)
    if match := _PLACE_AND_NAME.fullmatch(spec):
        home = import_place(match["place"])
        return _listed(_named(match["name"], home, spec), spec, max_items)
    if spec.isidentifier() and hasattr(module, spec):
        return _listed(_named(spec, module, spec), spec, max_items)
    return _listed(_evaluated(spec, module), spec, max_items)


def _named(name: str, home: ModuleType, spec: str) -> object:
    """Look a name up; a function is called for its items."""
    if not hasattr(home, name):
        message = f"--items {spec}: there is no {name!r} in {home.__name__}"
        raise WrongCall(message)
    value = getattr(home, name)
    if callable(value) and not isinstance(value, Iterable):
        return _survive(value, spec, vars(home))
    return value


def _evaluated(spec: str, module: ModuleType) -> object:
    """Evaluate an expression with the names of the target's module at hand."""
    try:
        code = compile(ast.parse(spec.strip(), mode="eval"), "<--items>", "eval")
    except SyntaxError as error:
        message = (
            f"--items {spec!r} is neither a name nor a Python expression ({error.msg}); write NAME, file.py:NAME, "
            "'range(100)', lines:FILE, jsonl:FILE, glob:PATTERN, or - for standard input"
        )
        raise WrongCall(message) from None
    return _survive(lambda: eval(code, {**vars(module)}), spec, vars(module))  # noqa: S307 - user's own


def _survive(make: Callable[[], object], spec: str, names: Collection[str]) -> object:
    """Run the user's code, and put what it raises into words."""
    try:
        return make()
    except NameError as error:
        near = did_you_mean(difflib.get_close_matches(str(error.name), names, n=3))
        message = f"--items {spec}: {error}; names are looked up in the target's module{near}"
        raise WrongCall(message) from None
    except Exception as error:
        raise WrongCall(_failed(spec, error)) from None


def _listed(value: object, spec: str, max_items: int) -> Sequence[Any]:
    """Make a sequence of an iterable, with a cap on what has no length and may have no end."""
    if isinstance(value, str | bytes):
        message = f"--items {spec} is one {type(value).__name__}; for its lines write lines:FILE, or put it in a list"
        raise WrongCall(message)
    if isinstance(value, Sequence):
        return value
    if not isinstance(value, Iterable):
        message = f"--items {spec} is {with_article(type(value).__name__)}, which cannot be iterated over"
        raise WrongCall(message)
    most = len(value) if isinstance(value, Collection) else max_items
    try:
        items = list(islice(value, most + 1))
    except Exception as error:
        raise WrongCall(_failed(spec, error)) from None
    if len(items) > most:
        message = (
            f"--items {spec} gives more than {max_items:,} items and may never end; limit it "
            f"('itertools.islice(…, 1000)'), or raise the cap with --max-items"
        )
        raise WrongCall(message)
    return items


def _failed(spec: str, error: Exception) -> str:
    return f"--items {spec} failed while the items were made\n{ItemFailure.raised(error).traceback}".rstrip()


def _lines(name: str, folder: Path) -> list[str]:
    return _read(name, folder).splitlines()


def _json_lines(name: str, folder: Path) -> list[Any]:
    items = []
    for number, line in enumerate(_read(name, folder).splitlines(), start=1):
        if line.strip():
            try:
                items.append(json.loads(line))
            except ValueError as error:
                message = f"{name}, line {number} is not JSON: {error}"
                raise WrongCall(message) from None
    return items


def _paths(pattern: str, folder: Path) -> list[str]:
    """Sort the matches: the order of a folder's entries is no order."""
    return sorted(glob.glob(str(folder / Path(pattern).expanduser()), recursive=True))  # noqa: PTH207 - absolute patterns


def _read(name: str, folder: Path) -> str:
    path = folder / Path(name).expanduser()
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        message = f"{name} cannot be read: {error.strerror}"
        raise WrongCall(message) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        message = f"{name} is not UTF-8 text: line {line} holds the byte 0x{error.object[error.start]:02x}"
        raise WrongCall(message) from None


_FILES: dict[str, Callable[[str, Path], list[Any]]] = {"lines": _lines, "jsonl": _json_lines, "glob": _paths}
