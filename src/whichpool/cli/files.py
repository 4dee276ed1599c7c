"""The files that a comparison writes: after every round, so that whatever ends it, what was measured is kept."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from whichpool.errors import WrongCall
from whichpool.report.json_record import as_json
from whichpool.values import Record


class Outputs:
    """The files asked for.

    Attributes:
        trouble: What went wrong when they were last written; None if nothing did.
    """

    def __init__(self, json_file: Path | None, pyperf_file: Path | None) -> None:
        """Make sure, before anything is measured, that the files can be written.

        Raises:
            WrongCall: One of them cannot.
        """
        self.trouble: str | None = None
        self._json_file = json_file and json_file.resolve()  # what a link leads to is replaced, not the link
        self._pyperf_file = pyperf_file and pyperf_file.resolve()
        if json_file is not None and pyperf_file is not None and json_file.resolve() == pyperf_file.resolve():
            message = f"--json and --pyperf both name {json_file}; give each a file of its own"
            raise WrongCall(message)
        for file in (json_file, pyperf_file):
            if file is not None and (why := _why_not_writable(file)):
                message = f"{file} cannot be written: {why}"
                raise WrongCall(message)

    def save(self, record: Record) -> None:
        """Write every file anew; what goes wrong now costs the file, not the measurement."""
        self.trouble = None
        try:
            if self._json_file is not None:
                text = json.dumps(as_json(record), indent=2, ensure_ascii=True) + "\n"
                _replace(self._json_file, lambda path: path.write_text(text, encoding="utf-8"))
            if self._pyperf_file is not None:
                from whichpool.report.pyperf_suite import write_pyperf  # noqa: PLC0415 - pyperf is slow to import

                _replace(self._pyperf_file, lambda path: write_pyperf(record, path))
        except OSError as error:
            files = " or ".join(str(file) for file in (self._json_file, self._pyperf_file) if file)
            self.trouble = f"{error.filename or files} could not be written: {error.strerror}"


def _replace(file: Path, write: Callable[[Path], object]) -> None:
    """Write a file whole or not at all: beside its place first, then into it."""
    if file.exists() and not file.is_file():  # a device or a pipe has no place beside it
        write(file)
        return
    draft = file.with_name(f".{os.getpid()}.{file.name}")  # pyperf goes by the suffix
    try:
        write(draft)
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
