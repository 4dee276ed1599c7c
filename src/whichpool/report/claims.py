"""The claims for people: each with its verdict, what was measured, and why the one follows from the other."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeGuard

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from whichpool.claims.catalogue import Row
from whichpool.claims.evidence import in_bytes, in_seconds, median_of
from whichpool.intervals import interval
from whichpool.values import Estimate, Experiment, Holds, Measured
from whichpool.wording import count, duration, number, size

_SIGNS = {
    Holds.HOLDS: ("✓", "bold green"),
    Holds.DOES_NOT_HOLD: ("✗", "bold red"),
    Holds.CANNOT_TELL: ("?", "bold yellow"),
}
_INDENT = 4


def as_text(renderable: RenderableType, width: int = 100) -> str:
    """Draw as plain text of a width in columns; only code may be wider."""
    console = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(renderable, crop=False)
    return "\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n"))


def claim_block(row: Row, experiments: Sequence[Experiment], *, explain: bool = False) -> RenderableType:
    """Lay out a claim with what its experiments came to, one for each Python."""
    lines: list[RenderableType] = [_heading(row)]
    for experiment in experiments:
        lines.append(_verdict(experiment, name_python=len(experiments) > 1))
        if explain and experiment.measured:
            lines += [Text(), _figures(experiment.measured)]
    if explain:
        code = Syntax("", "python", theme="ansi_dark", background_color="default").highlight(row.source())
        code.no_wrap, code.overflow = True, "ignore"  # code is never cut or broken
        lines += [Text(), Text(f"The experiment; python -m {row.module} runs it alone:", style="dim"), Text(), code]
    return Group(Text(), *lines)


def _heading(row: Row) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", width=2)
    table.add_row(Text(str(row.number), style="bold"), Text(row.statement, style="bold"))
    return table


def _verdict(experiment: Experiment, *, name_python: bool) -> RenderableType:
    judgement = experiment.judgement
    sign, style = _SIGNS[judgement.holds]
    told = Text.assemble((str(judgement.holds), style), ": ", judgement.reason)
    if name_python:
        told = Text.assemble((f"{experiment.python}  ", "dim"), told)
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_row(Text(sign, style=style), told)
    table.add_row("", Text(judgement.seen, style="dim"))
    return Padding(table, (0, 0, 0, _INDENT))


def _figures(measured: Measured) -> RenderableType:
    """Show every figure that was measured, those of several samples with their interval."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("figure", "measured", "n"):
        table.add_column(title, justify="right" if title == "n" else "left", overflow="fold")
    for name, value in measured.items():
        shown, samples = _shown(name, value)
        table.add_row(name, Text(shown), samples)
    return Padding(table, (0, 0, 0, _INDENT))


def _shown(name: str, value: object) -> tuple[str, str]:
    """Write a figure by the unit that its name ends in, and of how many samples it is."""
    write_one, write_median = next((unit for ending, unit in _UNITS.items() if name.endswith(ending)), _PURE)
    if isinstance(value, list | tuple):
        if value and all(_is_number(each) and each >= 0 for each in value):
            return write_median(median_of(value)), str(len(value))
        return ", ".join(map(_plain, value)), str(len(value))
    return write_one(value) if _is_number(value) else _plain(value), ""


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if _is_number(value):
        return _figure(value)
    return "–" if value is None else str(value)


def _figure(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else number(value)


_UNITS: Mapping[str, tuple[Callable[[float], str], Callable[[Estimate], str]]] = {
    "_s": (duration, in_seconds),
    "_bytes": (size, in_bytes),
}
_PURE = _figure, lambda estimate: f"{number(estimate.value)} ({interval(estimate)})"


def closing(experiments: Sequence[Experiment]) -> Iterator[RenderableType]:
    """Sum up: how many claims hold, under each Python."""
    for python in dict.fromkeys(experiment.python for experiment in experiments):
        of_it = [experiment for experiment in experiments if experiment.python == python]
        verdicts = [experiment.judgement.holds for experiment in of_it]
        parts = [
            f"{count(verdicts.count(holds), 'claim')} {words}"
            for holds, words in (
                (Holds.HOLDS, "held"),
                (Holds.DOES_NOT_HOLD, "did not"),
                (Holds.CANNOT_TELL, "could not be told"),
            )
            if holds in verdicts
        ]
        elapsed = duration(sum(experiment.elapsed_s for experiment in of_it))
        yield Text()
        yield Text(f"Python {python}: {', '.join(parts)}, in {elapsed}.", style="bold")
