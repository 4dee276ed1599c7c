"""What goes on at this moment: one line on a terminal that changes, a line for each step elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

import click
from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

Say = Callable[[str], None]


@contextmanager
def status(console: Console) -> Iterator[Say]:
    """Show a line of status while something goes on; what is printed to the console meanwhile stands above it."""
    if not console.is_terminal:
        yield lambda doing: click.echo(doing, err=True)
        return
    line = _Line()
    with Live(line, console=console, refresh_per_second=1, transient=True) as live:

        def say(doing: str) -> None:
            line.doing, line.begun_s = doing, monotonic()
            live.refresh()

        yield say


class _Line:
    """The line; its clock goes on by itself."""

    def __init__(self) -> None:
        self.doing = ""
        self.begun_s = monotonic()

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        text = Text.assemble((f"{monotonic() - self.begun_s:3.0f} s  ", "bold"), self.doing)
        text.truncate(options.max_width, overflow="ellipsis")
        yield text
