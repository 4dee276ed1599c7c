"""What a person sees while a comparison runs: a live table on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

import click
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.text import Text

from whichpool.comparison import Progress, Watch
from whichpool.report.console import ConsoleWithCursor
from whichpool.report.standings import standings
from whichpool.report.terminal import header
from whichpool.values import Record
from whichpool.wording import duration


@contextmanager
def watching(console: Console, save: Callable[[Record], None]) -> Iterator[Watch]:
    """Show a comparison's progress, and save its record after every round."""
    if not console.is_terminal:
        yield _in_lines(save)
        return
    view = _View()
    # once a second: more would take time from what is measured on a small machine
    with Live(view, console=ConsoleWithCursor(highlight=False), refresh_per_second=1, transient=True) as live:

        def watch(progress: Progress) -> None:
            view.progress = progress
            view.told_s = monotonic()
            live.refresh()
            if progress.round_ended and progress.record is not None:
                save(progress.record)

        yield watch


class _View:
    """The live table; its clock goes on between the events."""

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self.told_s = monotonic()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        progress = self.progress
        if progress is None:
            return
        elapsed_s = progress.elapsed_s + monotonic() - self.told_s
        left = f"{max(0.0, progress.budget_s - elapsed_s):3.0f} s left"
        status = Text.assemble((left, "bold"), "  ", progress.doing, ("  (Ctrl-C ends it with what is known)", "dim"))
        status.truncate(options.max_width, overflow="ellipsis")
        if progress.record is None:
            yield status
        else:
            yield Group(
                Text(), header(progress.record), Text(), standings(progress.record, options.max_width), Text(), status
            )


def _in_lines(save: Callable[[Record], None]) -> Watch:
    """Write a line for the first look and one for every round to standard error, where pipes do not mix it up."""
    has_begun = False

    def watch(progress: Progress) -> None:
        nonlocal has_begun
        if not has_begun:
            click.echo(f"{progress.doing} (at most about {duration(progress.budget_s)} in all)", err=True)
            has_begun = True
        if progress.round_ended and progress.record is not None:
            click.echo(str(progress), err=True)
            save(progress.record)
        sys.stderr.flush()

    return watch
