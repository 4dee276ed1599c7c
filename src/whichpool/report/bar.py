"""A bar for a job that runs: how much is done, how quickly, how long it will take, and where it runs."""

import sys
from time import monotonic
from types import TracebackType
from typing import Any, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from whichpool.report.console import ConsoleWithCursor
from whichpool.wording import number

_BETWEEN_S = 0.1
_WIDE, _NARROW = 80, 60
_ERASE_LINE = "\r\x1b[2K"


class Bar:
    """A line on standard error that is drawn anew now and then, in the caller's thread.

    A thread that drew it would keep the job from forking: a fork is safe where one thread is alive.
    """

    def __init__(self, total: int | None, done: int = 0) -> None:
        """Prepare a bar.

        Args:
            total: How many items there are; None where that is not known.
            done: How many of them were done before this job began, which tells nothing of how quick it is.
        """
        console = ConsoleWithCursor(stderr=True)
        if console.is_jupyter:  # a notebook shows a line in place of the one before it, as a terminal does
            console = ConsoleWithCursor(stderr=True, force_jupyter=False, force_terminal=True, color_system="256")
        is_wide, is_narrow = console.width >= _WIDE, console.width < _NARROW
        columns = (
            TextColumn("{task.fields[pool]}"),
            # it leaves room for the ^C that a terminal writes behind it all
            *(() if is_narrow else (BarColumn(20 if is_wide else 8),)),
            MofNCompleteColumn(),
            *(() if is_narrow else (TextColumn("{task.fields[rate]}"),)),
            *((TimeElapsedColumn(),) if is_wide else ()),
            *(() if total is None else (TimeRemainingColumn(), TextColumn("left"))),
            TextColumn("{task.fields[failed]}", style="red"),
        )
        self._progress = Progress(
            *columns,
            console=console,
            auto_refresh=False,
            # rich's way of printing above it draws it anew: in a worker, as it was when that was forked
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._streams: dict[str, Any] = {}
        self._task = self._progress.add_task("", total=total, completed=done, pool="", rate="", failed="")
        self._done = done
        self._begun_s = monotonic()
        self._next_s = 0.0

    def __enter__(self) -> Self:
        """Show it."""
        self._progress.start()
        self._streams = {name: getattr(sys, name) for name in ("stdout", "stderr")}
        for name, stream in self._streams.items():
            if stream is not None and stream.isatty():
                setattr(sys, name, _InPlaceOfBar(stream))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state of it standing."""
        for name, stream in self._streams.items():
            setattr(sys, name, stream)
        self._progress.refresh()
        self._progress.stop()

    def show(self, done: int, failures: int, pool: str) -> None:
        """Draw it anew, if it was not drawn a moment ago.

        Args:
            done: How many items have been answered.
            failures: How many of them failed.
            pool: Where they run now.
        """
        now_s = monotonic()
        self._progress.update(
            self._task,
            completed=done,
            pool=pool,
            rate=f"{number((done - self._done) / max(now_s - self._begun_s, 1e-9))}/s",
            failed=f"{failures:,} failed" if failures else "",
        )
        if now_s >= self._next_s:
            self._next_s = now_s + _BETWEEN_S
            self._progress.refresh()


class _InPlaceOfBar:
    """A stream to the terminal whose lines take the bar's place, which is drawn anew below; in forked workers too."""

    def __init__(self, stream: Any) -> None:  # noqa: ANN401 - whatever stands for a stream
        self._stream = stream
        self._is_at_start = True

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as above
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        if text and self._is_at_start:
            self._stream.write(_ERASE_LINE)
        if text:
            self._is_at_start = text.endswith("\n")
        return int(self._stream.write(text))

    def writelines(self, lines: Any) -> None:  # noqa: ANN401 - as above
        for line in lines:
            self.write(line)
