"""The table across Pythons: a row for each, a column for each pool, and in it how much faster it is there."""

from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from whichpool.intervals import interval
from whichpool.pools.catalogue import CATALOGUE
from whichpool.values import Entry, Outcome, PythonSeen, Record, State
from whichpool.wording import number

_GAP = 2


def pythons_table(record: Record, width: int) -> Table | None:
    """Draw the table across Pythons; None where there is only one.

    A cell tells how many times faster than the reference the pool is in that Python, with the interval where there is
    room for all of them. It is empty where the pool was not run, and a dash where that Python does not have it. Those
    that take no part come last, with the reason.

    Args:
        record: What was found.
        width: How many columns of a terminal there are.
    """
    if len(record.pythons) < 2:  # noqa: PLR2004 - one is no table
        return None
    title = f"× {record.verdict.reference or ''}".rstrip()
    names = max(cell_len(text) for text in [title, *(str(seen.python) for seen in record.pythons)])
    columns = _columns(record, with_intervals=True)
    if _width(names, columns) > width:
        columns = _columns(record, with_intervals=False)
    fits = _width(names, columns) <= width
    figures = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim")
    figures.add_column(title, no_wrap=fits, min_width=names if fits else None, overflow="fold")
    for column in columns:
        figures.add_column(column.title, justify=column.justify, no_wrap=fits, overflow="fold")
    for place, seen in enumerate(_present(record)):
        figures.add_row(Text(str(seen.python)), *(column.cells[place] for column in columns))
    absent = Table.grid(padding=(0, _GAP, 0, 0))
    absent.add_column(no_wrap=fits, min_width=names if fits else None)
    for seen in record.pythons:
        if seen.why_not:
            absent.add_row(Text(str(seen.python), style="dim"), Text(seen.why_not.splitlines()[0], style="dim"))
    table = Table.grid()
    table.add_row(figures)
    if absent.row_count:
        table.add_row(absent)
    return table


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of figures, a cell for each Python that takes part."""

    title: str
    cells: list[Text]
    justify: Literal["left", "right"]


def _present(record: Record) -> list[PythonSeen]:
    return [seen for seen in record.pythons if not seen.why_not]


def _columns(record: Record, *, with_intervals: bool) -> list[_Column]:
    """Lay out the pools that were run anywhere, and beside each its intervals, where any are known."""
    columns = []
    run = {entry.strategy.pool for entry in record.entries if entry.state is not State.SKIPPED}
    for pool in (row.name for row in CATALOGUE if row.name in run):
        shown = [(seen, _shown(record, seen, pool)) for seen in _present(record)]
        columns.append(_Column(pool, [_value(record, seen, pool, entry) for seen, entry in shown], "right"))
        intervals = [Text(_interval(entry), style="dim") for _, entry in shown]
        if with_intervals and any(intervals):
            columns.append(_Column("", intervals, "left"))
    return columns


def _width(names: int, columns: list[_Column]) -> int:
    """How many columns of a terminal the table takes."""
    return names + sum(_GAP + max(cell_len(text) for text in [each.title, *map(str, each.cells)]) for each in columns)


def _shown(record: Record, seen: PythonSeen, pool: str) -> Entry | None:
    """Choose what stands for a pool in a Python: the answer, or the fastest; one that raced before one that did not."""
    entries = [
        entry
        for entry in record.entries
        if entry.strategy.python == seen.python and entry.strategy.pool == pool and entry.state is not State.SKIPPED
    ]
    return max(entries, key=lambda entry: (_is_answer(record, entry), *_how_fast(record, entry)), default=None)


def _how_fast(record: Record, entry: Entry) -> tuple[bool, bool, float]:
    if entry.strategy == record.verdict.reference:
        return True, True, 1.0
    if entry.state is State.FAILED or entry.vs_serial is None:
        return False, False, 0.0
    return True, entry.vs_serial.n > 0, entry.vs_serial.value


def _is_answer(record: Record, entry: Entry) -> bool:
    return entry.strategy == record.verdict.strategy and record.verdict.outcome is not Outcome.UNDECIDED


def _value(record: Record, seen: PythonSeen, pool: str, entry: Entry | None) -> Text:
    if entry is None:
        return Text("–" if seen.facts and pool in seen.facts.unavailable else "", style="dim")
    if entry.state is State.FAILED:
        return Text("✗", style="red")
    known, _, times = _how_fast(record, entry)
    if not known:
        return Text("?", style="dim")
    value = "1" if entry.strategy == record.verdict.reference else number(times)
    if _is_answer(record, entry):
        return Text(f"▶ {value}", style="bold green")
    return Text(value, style="dim" if entry.state is State.DROPPED else "")


def _interval(entry: Entry | None) -> str:
    if entry is None or entry.state is State.FAILED or entry.vs_serial is None or not entry.vs_serial.n:
        return ""
    return interval(entry.vs_serial)
