"""A job on its way into its record, and what there is to tell of it."""

from __future__ import annotations

import select
from contextlib import closing
from typing import TYPE_CHECKING, Any

from whichpool.cli.progress import Lines
from whichpool.lab.digest import digest_of
from whichpool.report.bar import Bar
from whichpool.running.mapping import run_job
from whichpool.wording import count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from whichpool.lab.target import Loaded
    from whichpool.running.account import JobReport
    from whichpool.running.options import Options
    from whichpool.running.record import Record

_MOST_SHOWN = 3
_OUTPUT = 1
_UNCHANGING = {bool, bytes, complex, float, int, str, type(None)}


class Digests:
    """The digests of items as they were before they ran: a function may change what it is called with."""

    def __init__(self, items: Sequence[Any]) -> None:
        """Take them at once where a call could change the item, else when they are asked for."""
        self._items = items
        self._early = (
            {}
            if type(items) is range
            else {index: digest_of(item) for index, item in enumerate(items) if not _is_unchanging(item)}
        )

    def of(self, index: int) -> str:
        """Give the digest of the item there."""
        return self._early.get(index) or digest_of(self._items[index])


def _is_unchanging(item: object) -> bool:
    return type(item) in _UNCHANGING or (type(item) is tuple and {type(part) for part in item} <= _UNCHANGING)


def _nobody_reads_output() -> bool:
    poll = select.poll()
    poll.register(_OUTPUT, 0)  # what is asked for nothing tells of errors all the same
    return any(event & select.POLLERR for _, event in poll.poll(0))


class RecordedJob:
    """Runs what is not on record yet, and records what becomes of it.

    Attributes:
        is_stopped: Whether it ended at a failure before all items had run.
    """

    def __init__(self, loaded: Loaded, record: Record, options: Options) -> None:
        """Prepare.

        Raises:
            WrongCall: The items on record are not those of this job.
        """
        self._loaded = loaded
        self._record = record
        self._options = options
        self._digests = Digests(loaded.items)
        record.refuse_other_items(loaded.items, self._digests.of)
        self._recorded = len(record.digests)
        everything = range(len(loaded.items))
        self._left = [index for index in everything if index not in record.digests] if self._recorded else everything
        self._shown: list[str] = []
        self._report: JobReport | None = None
        self.is_stopped = False

    def run(self, console: Console) -> None:
        """Run what is left, and record every outcome.

        Raises:
            WhichpoolError: The record cannot be written.
            BrokenPipeError: Nobody reads standard output any more, and an item prints: that is no failure of the item.
            CrewBroken: Workers cannot be started, and no item may run in this process.
        """
        if not self._left:
            return
        items: Sequence[Any] = self._loaded.items
        left = [items[index] for index in self._left] if self._recorded else items
        outcomes = run_job(self._loaded.function, left, self._options, unpacked=self._loaded.facts.unpacked)
        self._report = outcomes.report
        progress = (Bar if console.is_terminal else Lines)(len(items), self._recorded)

        def show() -> None:
            progress.show(self._record.on_disk, self._record.failed, outcomes.report.pool)

        def tend() -> None:
            self._record.sync()  # what came last waits for no other
            show()

        outcomes.when_silent(tend)
        with progress, closing(outcomes):
            for arrived in outcomes:
                for at, value, failure in arrived:
                    if isinstance(failure, BrokenPipeError) and _nobody_reads_output():
                        raise failure
                    index = self._left[at]
                    error = self._record.add(index, self._digests.of(index), value, failure)
                    if error is not None:
                        self._note(index, error)
                        self.is_stopped |= self._options.errors == "raise"
                    show()
                if self.is_stopped:
                    break
            tend()

    def summary(self, out: Path) -> str:
        """Tell what was done, where and why, and what failed."""
        lines = []
        if self._recorded:
            lines.append(f"{count(self._recorded, 'item')} on record already, not run again")
        if self._report is None:
            lines.append("There was nothing left to run.")
        else:
            lines += str(self._report).splitlines()
        lines += self._shown
        if self._record.failed > len(self._shown):
            more = self._record.failed - len(self._shown)
            lines.append(f'  {more:,}{" more" if self._shown else ""} failed: the lines with an "error" in {out}')
        if self.is_stopped:
            lines.append("ended at the first failure, because of --errors raise")
        items = count(len(self._loaded.items), "item")
        lines.append(f"{self._record.on_disk:,} of {items} in {out}, {self._record.failed:,} of them failed")
        return "\n".join(lines)

    def _note(self, index: int, error: dict[str, str]) -> None:
        if len(self._shown) < _MOST_SHOWN:
            first_line = f"{error['type']}: {error['message']}".splitlines()[0].rstrip(": ")
            self._shown.append(f"  {self._loaded.show_item(index)} failed: {first_line}")
