"""The record of a job: a file with a line of JSON for every item that has been run to its end.

A line holds the item's index, a digest of the item, and its value or its error. What JSON does not give back as it was
stands as a pickle, in base64. The file is only ever added to; a line that power loss has torn is the last one, and is
cut off.
"""

import base64
import fcntl
import json
import os
import pickle
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, BinaryIO, Self

from whichpool.errors import WrongCall
from whichpool.pools.parcel import ItemFailure

_COMMIT_AFTER_S = 0.1
_COMMIT_AFTER_LINES = 1000
_OTHER_INPUT = "; this is another input: name another file for it with --out"
_BEGIN = b'{"index": '


@dataclass(frozen=True, slots=True)
class Line:
    """What is on record of one item.

    Attributes:
        index: Its place among the items, from 0.
        digest: A digest of the item.
        value: Its result; None where it failed.
        error: What it raised, with ``type``, ``message`` and ``traceback``; None where it did not fail.
    """

    index: int
    digest: str
    value: Any
    error: dict[str, str] | None


def read(path: Path | str) -> Iterator[Line]:
    """Read a record, line by line, in the order in which the items ended.

    Values that stand there as pickles are unpickled: read only what you trust.

    Raises:
        WrongCall: A line is no line of a record; a torn last line is passed over.
    """
    with Path(path).open("rb") as file:
        for _, fields in _lines(file, str(path)):
            value = fields.get("value")
            if "pickle" in fields:
                value = pickle.loads(base64.b64decode(fields["pickle"]))  # noqa: S301 - as the docstring warns
            yield Line(fields["index"], fields["item"], value, fields.get("error"))


class Record:
    """A record that is being written; results count once they are on disk.

    Attributes:
        digests: The digests of the items that were on record at the beginning, by their index.
        failed: How many of these items had failed.
        on_disk: How many items are on disk by now, those included.
    """

    def __init__(self, path: Path, *, resume: bool) -> None:
        """Open a record, and keep others from writing to it.

        Args:
            path: The file; it is made if it is not there.
            resume: Whether a job goes on that was recorded there before.

        Raises:
            WrongCall: The file cannot be written, another process writes it, it holds something and no job is to go on,
                or it is no record.
        """
        self._path = path
        self._pending: list[bytes] = []
        self._committed_s = monotonic()
        try:
            self._file = path.open("a+b")
        except OSError as error:
            message = f"--out {path} cannot be written: {error.strerror}"
            raise WrongCall(message) from None
        try:
            self._begin(resume=resume)
        except BaseException:
            self._file.close()
            raise

    def _begin(self, *, resume: bool) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            message = f"{self._path} is being written by another job; wait for it, or name another file"
            raise WrongCall(message) from None
        if not resume and os.fstat(self._file.fileno()).st_size:
            message = f"{self._path} is there and not empty; add --resume to go on with its job, or name another file"
            raise WrongCall(message)
        self.digests: dict[int, str] = {}
        self.failed = 0
        self._file.seek(0)
        end = 0
        for behind, fields in _lines(self._file, str(self._path)):
            end = behind
            if fields["index"] in self.digests:
                message = f"{self._path} is broken: item {fields['index']} stands there twice"
                raise WrongCall(message)
            self.digests[fields["index"]] = fields["item"]
            self.failed += "error" in fields
        self.on_disk = len(self.digests)
        self._file.truncate(end)
        self._sync()
        folder = os.open(self._path.absolute().parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # or the file itself may be gone after power loss
        finally:
            os.close(folder)

    def __enter__(self) -> Self:
        """Begin to write."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put on disk what is not there yet, and close the file."""
        try:
            self.commit()
        finally:
            self._file.close()

    def refuse_other_items(self, items: Sequence[Any], digest: Callable[[object], str]) -> None:
        """See that the items on record are those that are there now.

        Raises:
            WrongCall: One has changed, or is not there any more.
        """
        for index, recorded in sorted(self.digests.items()):
            if index >= len(items):
                message = f"item {index} is on record and there are {len(items):,} items now{_OTHER_INPUT}"
                raise WrongCall(message)
            if digest(items[index]) != recorded:
                message = (
                    f"item {index} has changed since it was recorded: it is {_short(items[index])} now{_OTHER_INPUT}"
                )
                raise WrongCall(message)

    def add(self, index: int, digest: str, value: object, failure: BaseException | None) -> None:
        """Take what became of an item, and put it on disk before long."""
        line = _line(index, digest, value, failure)
        with _uninterrupted():
            self._pending.append(line)
        if len(self._pending) >= _COMMIT_AFTER_LINES or monotonic() - self._committed_s >= _COMMIT_AFTER_S:
            self.commit()

    def commit(self) -> None:
        """Put on disk what was taken."""
        if self._pending:
            with _uninterrupted():
                self._file.write(b"".join(self._pending))
                self._sync()
                self.on_disk += len(self._pending)
                self._pending = []
        self._committed_s = monotonic()

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Have Ctrl-C and SIGTERM wait: half a commit would be repeated as a whole."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _lines(file: BinaryIO, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give the lines with the place behind each; a last one that was torn is no line."""
    end = 0
    torn: str | None = None
    for number, data in enumerate(file, start=1):
        if torn is not None:
            raise WrongCall(torn)
        fields = _fields(data)
        if fields is None:
            message = f"{name}, line {number} is no line of a record; repair it, or name another file"
            if not _is_torn(data):
                raise WrongCall(message)
            torn = message
            continue
        end += len(data)
        yield end, fields


def _is_torn(data: bytes) -> bool:
    """Tell whether this may be what power loss has left of a line of ours, and is nobody else's text."""
    written = data.rstrip(b"\0")
    return not data.endswith(b"\n") and (written.startswith(_BEGIN) or _BEGIN.startswith(written))


def _fields(data: bytes) -> dict[str, Any] | None:
    if not data.endswith(b"\n"):
        return None
    try:
        fields = json.loads(data)
    except ValueError:
        return None
    whole = isinstance(fields, dict) and isinstance(fields.get("index"), int) and isinstance(fields.get("item"), str)
    return fields if whole and len({"value", "pickle", "error"} & fields.keys()) == 1 else None


def _line(index: int, digest: str, value: object, failure: BaseException | None) -> bytes:
    fields: dict[str, Any] = {"index": index, "item": digest}
    if failure is not None:
        told = ItemFailure.raised(failure)
        notes = "\n".join(getattr(failure, "__notes__", ()))
        fields["error"] = {
            "type": type(failure).__name__,
            "message": str(failure),
            "traceback": notes or told.traceback,
        }
    elif _is_json(value):
        fields["value"] = value
    else:
        try:
            fields["pickle"] = base64.b64encode(pickle.dumps(value)).decode("ascii")
        except Exception as error:  # a user's __reduce__ may raise anything
            message = f"the result, a {type(value).__name__}, cannot be recorded: {type(error).__name__}: {error}"
            fields["error"] = {"type": "Unsendable", "message": message, "traceback": ""}
    return json.dumps(fields).encode("utf-8") + b"\n"


def _is_json(value: object) -> bool:
    """Tell whether JSON gives a value back just as it is."""
    try:
        text = json.dumps(value, allow_nan=False)
        return _is_same(json.loads(text), value)
    except (TypeError, ValueError, RecursionError):
        return False


def _is_same(one: object, other: object) -> bool:
    """Compare by type as well: JSON turns tuples into lists, and keys into strings."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(map(_is_same, one.values(), other.values()))
    return one == other


def _short(item: object) -> str:
    text = repr(item)
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004 - a line's worth
