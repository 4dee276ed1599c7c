"""The record of a job: a file with a line of JSON for every item that has been run to its end.

The file is only ever added to. A result is written at once, so that it outlives the process; it counts as soon as it
is synced, so that it outlives the machine. Syncing is slow, so that results are synced together where many come.
"""

import fcntl
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, NamedTuple, Self
from weakref import WeakSet

from whichpool.errors import WhichpoolError, WrongCall
from whichpool.running.record_lines import Line, make_line, read_fields, write_line

_SYNC_AFTER_S = 0.1
_CLOSED = -1
_STREAMS = (1, 2)
_ANOTHER_INPUT = "; this is another input: name another file for it with --out"


def read(path: Path | str) -> Iterator[Line]:
    """Read a record, line by line, in the order in which the items ended.

    Values that stand there as pickles are unpickled: read only what you trust.

    Raises:
        WrongCall: A line is no line of a record; a torn last line is passed over.
    """
    with Path(path).open("rb") as file:
        for _, fields in read_fields(file, str(path)):
            yield make_line(fields)


class _End(NamedTuple):
    """How far the file has been written, and what is to be written there.

    It is replaced as a whole, and writing is repeated at the same place: so Ctrl-C may come at any moment, and no line
    is written twice. (Signals cannot be kept away: where there are threads, blocking them helps nothing.)
    """

    at: int
    items: int
    lines: tuple[bytes, ...] = ()


class Record:
    """A record that is being written; results count once they are on disk.

    Attributes:
        digests: The digests of the items that were on record at the beginning, by their index.
        failed: How many items on record have failed.
        on_disk: How many items are on disk by now, those of before included.
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
        self.digests: dict[int, str] = {}
        self.failed = 0
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            message = f"--out {path} cannot be written: {error.strerror}"
            raise WrongCall(message) from None
        _open_records.add(self)
        try:
            self._lock(resume=resume)
            self._end = self._read()
            self._begin()
        except BaseException as error:
            self._close()
            if isinstance(error, OSError):
                message = f"{path} cannot be used as a record: {error.strerror}"
                raise WrongCall(message) from None
            raise
        self.on_disk = self._end.items
        self._synced_s = monotonic()

    def _lock(self, *, resume: bool) -> None:
        found = os.fstat(self._file)
        if not stat.S_ISREG(found.st_mode):
            message = f"--out {self._path} is no regular file: a job could not go on from it"
            raise WrongCall(message)
        if any(stream != self._file and _is_same_file(found, stream) for stream in _STREAMS):
            message = f"--out {self._path} is where this program's own output goes: name another file for the results"
            raise WrongCall(message)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"{self._path} is being written by another job; wait for it, or name another file"
            raise WrongCall(message) from None
        if os.fstat(self._file).st_size and not resume:
            message = f"{self._path} is there and not empty; add --resume to go on with its job, or name another file"
            raise WrongCall(message)

    def _read(self) -> _End:
        end = 0
        with os.fdopen(os.dup(self._file), "rb") as file:
            for behind, fields in read_fields(file, str(self._path)):
                index = fields["index"]
                if index in self.digests:
                    message = (
                        f"{self._path} is broken: item {index} stands there twice; repair it, or name another file"
                    )
                    raise WrongCall(message)
                self.digests[index] = fields["item"]
                self.failed += "error" in fields
                end = behind
        return _End(end, len(self.digests))

    def _begin(self) -> None:
        os.ftruncate(self._file, self._end.at)
        os.fsync(self._file)
        with suppress(OSError):  # it may not be read, or its file system knows no such thing
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
            self.sync()
        finally:
            self._close()

    def refuse_other_items(self, items: Sequence[Any], digest: Callable[[int], str]) -> None:
        """See that the items on record are those that are there now.

        Args:
            items: The items that are there now.
            digest: What gives the digest of the item at an index.

        Raises:
            WrongCall: One has changed, or is not there any more.
        """
        for index, recorded in sorted(self.digests.items()):
            if index >= len(items):
                message = f"item {index} is on record and there are {len(items):,} items now{_ANOTHER_INPUT}"
                raise WrongCall(message)
            if digest(index) != recorded:
                message = (
                    f"item {index} has changed since it was recorded: it is {_short(items[index])} now{_ANOTHER_INPUT}"
                )
                raise WrongCall(message)

    def add(self, index: int, digest: str, value: object, failure: BaseException | None) -> dict[str, str] | None:
        """Write down what became of an item, and see that it is on disk before long.

        Returns:
            The error that stands on record; None where the item has a result.

        Raises:
            WhichpoolError: The file cannot be written.
        """
        line, error = write_line(index, digest, value, failure)
        self._end = self._end._replace(lines=(*self._end.lines, line))
        self.failed += error is not None
        self._write()
        if monotonic() - self._synced_s >= _SYNC_AFTER_S:
            self.sync()
        return error

    def sync(self) -> None:
        """Put on disk what was written.

        Raises:
            WhichpoolError: The file cannot be written.
        """
        self._write()
        if self.on_disk < self._end.items:
            try:
                os.fsync(self._file)
            except OSError as error:
                self._complain(error)
            self.on_disk = self._end.items
        self._synced_s = monotonic()

    def _write(self) -> None:
        at, items, lines = self._end
        for line in lines:
            try:
                _write_at(self._file, line, at)
            except OSError as error:
                self._complain(error)
            at += len(line)
        self._end = _End(at, items + len(lines))

    def _complain(self, error: OSError) -> None:
        message = f"{self._path} cannot be written: {error.strerror}; see to that, then go on with --resume"
        raise WhichpoolError(message) from None

    def _close(self) -> None:
        file, self._file = self._file, _CLOSED
        with suppress(OSError):
            os.close(file)

    def leave(self) -> None:
        """Let go of the file, in a child of a fork: a worker that outlives the job would keep the file locked."""
        if self._file != _CLOSED:
            self._close()


_open_records: WeakSet[Record] = WeakSet()


def _leave_all() -> None:
    for record in list(_open_records):
        record.leave()


os.register_at_fork(after_in_child=_leave_all)


def _is_same_file(found: os.stat_result, descriptor: int) -> bool:
    try:
        other = os.fstat(descriptor)
    except OSError:  # it is closed
        return False
    return os.path.samestat(found, other)


def _write_at(file: int, data: bytes, at: int) -> None:
    while data:
        count = os.pwrite(file, data, at)
        data, at = data[count:], at + count


def _short(item: object) -> str:
    try:
        text = repr(item)
    except Exception:  # a user's __repr__ may raise anything
        text = f"a {type(item).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004 - a line's worth
