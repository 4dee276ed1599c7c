"""A bar for a job that runs: how much is done, how quickly, how long it will take, and where it runs."""

from time import monotonic
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from whichpool.wording import number

_BETWEEN_S = 0.1


class Bar:
    """A line on standard error that is drawn anew now and then, in the caller's thread.

    A thread that drew it would keep the job from forking: a fork is safe where one thread is alive.
    """

    def __init__(self, total: int | None) -> None:
        """Prepare a bar.

        Args:
            total: How many items there are; None where that is not known.
        """
        self._progress = Progress(
            TextColumn("{task.fields[pool]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[failed]}", style="red"),
            console=Console(stderr=True),
            auto_refresh=False,
        )
        self._task = self._progress.add_task("", total=total, pool="the loop", rate="", failed="")
        self._begun_s = monotonic()
        self._next_s = 0.0

    def __enter__(self) -> Self:
        """Show it."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state of it standing."""
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
            rate=f"{number(done / max(now_s - self._begun_s, 1e-9))}/s",
            failed=f"{failures:,} failed" if failures else "",
        )
        if now_s >= self._next_s:
            self._next_s = now_s + _BETWEEN_S
            self._progress.refresh()
