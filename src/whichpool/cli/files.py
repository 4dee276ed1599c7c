"""The files that a command writes: whenever there is news, so that whatever ends it, what was found is kept."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Generic, TypeVar

from whichpool.errors import WrongCall

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Output(Generic[T]):
    """A file that may have been asked for.

    Attributes:
        option: The option that asks for it.
        file: Where it goes; None if it was not asked for.
        write: Writes what is to be kept; it need not write anything.
    """

    option: str
    file: Path | None
    write: Callable[[T, Path], object]


def json_file(file: Path | None, as_json: Callable[[T], Any]) -> Output[T]:
    """Make the output of ``--json``.

    Args:
        file: Where it goes; None if it was not asked for.
        as_json: Turns what is to be kept into what ``json.dumps`` takes.
    """

    def write(kept: T, path: Path) -> None:
        path.write_text(json.dumps(as_json(kept), indent=2, ensure_ascii=True) + "\n", encoding="utf-8")

    return Output("--json", file, write)


class Outputs(Generic[T]):
    """The files asked for.

    Attributes:
        trouble: What went wrong when they were last written; None if nothing did.
    """

    def __init__(self, *outputs: Output[T]) -> None:
        """Make sure, before anything is done, that the files can be written.

        Raises:
            WrongCall: One of them cannot.
        """
        self.trouble: str | None = None
        wanted = [(output, output.file) for output in outputs if output.file is not None]
        for (one, file), (other, its_file) in combinations(wanted, 2):
            if file.resolve() == its_file.resolve():
                message = f"{one.option} and {other.option} both name {file}; give each a file of its own"
                raise WrongCall(message)
        for _, file in wanted:
            if why := _why_not_writable(file):
                message = f"{file} cannot be written: {why}"
                raise WrongCall(message)
        # what a link leads to is replaced, not the link
        self._wanted = [(output.write, file.resolve()) for output, file in wanted]

    def save(self, kept: T) -> None:
        """Write every file anew; what goes wrong now costs the file, not what was found."""
        self.trouble = None
        for write, file in self._wanted:
            try:
                _replace(file, kept, write)
            except OSError as error:
                self.trouble = f"{file} could not be written: {error.strerror}"


def _replace(file: Path, kept: T, write: Callable[[T, Path], object]) -> None:
    """Write a file whole or not at all: beside its place first, then into it."""
    if file.exists() and not file.is_file():  # a device or a pipe has no place beside it
        write(kept, file)
        return
    draft = file.with_name(f".{os.getpid()}.{file.name}")  # pyperf goes by the suffix
    try:
        write(kept, draft)
        if draft.exists():
            draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _why_not_writable(file: Path) -> str | None:
    if file.is_dir():
        return "it is a folder"
    if not file.parent.is_dir():
        return f"there is no folder {file.parent}"
    beside = file if file.exists() and not file.is_file() else file.parent  # where _replace writes
    return None if os.access(beside, os.W_OK) else "permission denied"
