"""Pieces of Python text, written as the formatters of Python would."""

import ast
import keyword
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 80
"""Of a statement; a pool and a guard indent it by up to eight columns more."""


@dataclass(frozen=True, slots=True)
class Job:
    """The heart of a snippet.

    Attributes:
        definitions: Functions, which stand at the top level.
        statements: What is done then, in order; it leaves ``results``.
    """

    definitions: list[str]
    statements: list[str]


def parts_of(chunksize: int) -> str:
    """Cut the list of items into slices."""
    return f"parts = [items[start : start + {chunksize}] for start in range(0, len(items), {chunksize})]"


def fitted(opening: str, parts: Sequence[str], closing: str) -> str:
    """Write parts in one line if they fit, else one in a line."""
    line = f"{opening}{', '.join(parts)}{closing}"
    return line if len(line) <= WIDTH else "\n".join([opening, *(f"    {part}," for part in parts), closing])


def parenthesized(arguments: str) -> str:
    """Put a generator that is a call's one argument into parentheses, where it becomes one of several."""
    try:
        ast.parse(f"_(_, {arguments})")
    except SyntaxError:
        return f"({arguments})"
    return arguments


def is_importable(module: str) -> bool:
    """Tell whether an import statement can name a module."""
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in module.split("."))


def quoted(text: str) -> str:
    """Write a string as the formatters of Python do."""
    written = repr(text)
    return f'"{written[1:-1]}"' if '"' not in written else written
