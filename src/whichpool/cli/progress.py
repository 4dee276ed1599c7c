"""How far a job is, where there is no terminal: a line on standard error now and then."""

from time import monotonic
from types import TracebackType
from typing import Self

import click

from whichpool.wording import count, duration, number

_FIRST_AFTER_S = 5.0
_MOST_BETWEEN_S = 60.0


class Lines:
    """Writes a line when a result comes and the last line is some time ago: first seconds, later a minute."""

    def __init__(self, total: int, done: int) -> None:
        """Prepare.

        Args:
            total: How many items there are.
            done: How many of them were done before this job began.
        """
        self._total = total
        self._done = done
        self._begun_s = monotonic()
        self._wait_s = _FIRST_AFTER_S
        self._next_s = self._begun_s + self._wait_s

    def __enter__(self) -> Self:
        """Begin, and write nothing yet: most jobs are short."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End; the summary tells the rest."""

    def show(self, done: int, failures: int, pool: str) -> None:
        """Write a line, if it is time.

        Args:
            done: How many items are on disk.
            failures: How many of them failed.
            pool: Where items run now.
        """
        now_s = monotonic()
        if now_s < self._next_s:
            return
        self._wait_s = min(2 * self._wait_s, _MOST_BETWEEN_S)
        self._next_s = now_s + self._wait_s
        parts = [f"{done:,} of {count(self._total, 'item')}"]
        rate = (done - self._done) / (now_s - self._begun_s)
        if rate > 0:
            parts += [f"{number(rate)}/s", f"{duration((self._total - done) / rate)} left"]
        parts.append(pool)
        if failures:
            parts.append(f"{failures:,} failed")
        click.echo(", ".join(parts), err=True)
