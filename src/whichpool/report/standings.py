"""The table of strategies: how they stand, whether the race is over or not."""

from collections.abc import Callable
from dataclasses import dataclass

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from whichpool.intervals import duration_interval, interval
from whichpool.values import Entry, Outcome, Record, State, Verdict
from whichpool.wording import duration, number, size

_GAP = 2
_NOTHING = "–"
_STATE_STYLES = {State.DROPPED: "dim", State.FAILED: "red"}


def standings(record: Record, width: int) -> Table:
    """Draw the table of strategies, those that were left out aside.

    Where the width does not hold all of it, the least wanted columns are left out; so are the optional ones that have
    nothing to say.
    """
    forecast = record.measured_items < record.facts.items
    reference = record.verdict.reference
    shown = [entry for entry in record.entries if entry.state is not State.SKIPPED]
    columns = [
        _Column("", _sign),
        _Column("strategy", lambda entry, _: str(entry.strategy)),
        _Column("job, forecast" if forecast else "job time", _job_time, numeric=True, dispensable=1),
        _Column("range", _job_range, dispensable=3, dim=True),
        _Column(f"× {reference.pool}" if reference else "×", _times_faster, numeric=True),
        _Column("95 %", _times_interval, dispensable=2, dim=True),
        _Column("CPU", _cpu, numeric=True, dispensable=4),
        _Column("start-up", _startup, numeric=True, dispensable=6),
        _Column("memory", _memory, numeric=True, dispensable=5, optional=True),
        _Column("a worker adds", _memory_of_worker, numeric=True, dispensable=7, optional=True),
    ]
    drawn = [(column, [column.cell(entry, record.verdict) for entry in shown]) for column in columns]
    drawn = [(column, cells) for column, cells in drawn if not column.optional or {*cells} - {_NOTHING}]
    while _width(drawn) > width and any(column.dispensable for column, _ in drawn):
        drawn.remove(max(drawn, key=lambda pair: pair[0].dispensable))
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim")
    for column, _ in drawn:
        style = "dim" if column.dim else None
        table.add_column(column.title, justify="right" if column.numeric else "left", no_wrap=True, style=style)
    for number_of_row, entry in enumerate(shown):
        style = "bold" if _is_answer(entry, record.verdict) else _STATE_STYLES.get(entry.state)
        table.add_row(*(Text(cells[number_of_row]) for _, cells in drawn), style=style)
    return table


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the table; where there is no room for all, the most dispensable goes first, 0 never."""

    title: str
    cell: Callable[[Entry, Verdict], str]
    numeric: bool = False
    dispensable: int = 0
    dim: bool = False
    optional: bool = False


def _width(drawn: list[tuple[_Column, list[str]]]) -> int:
    """How many columns of a terminal the columns of the table take."""
    return sum(max(map(cell_len, [column.title, *cells])) + _GAP for column, cells in drawn) - _GAP


def _sign(entry: Entry, verdict: Verdict) -> str:
    if entry.state is State.FAILED:
        return "✗"
    return "▶" if _is_answer(entry, verdict) else ""


def _is_answer(entry: Entry, verdict: Verdict) -> bool:
    return entry.strategy == verdict.strategy and verdict.outcome is not Outcome.UNDECIDED


def _job_time(entry: Entry, _verdict: Verdict) -> str:
    if entry.state is State.FAILED:
        return "failed"
    return _NOTHING if entry.job_s is None else duration(entry.job_s.value)


def _job_range(entry: Entry, _verdict: Verdict) -> str:
    if entry.job_s is None or entry.state is State.FAILED:
        return ""
    return duration_interval(entry.job_s) if entry.job_s.n else "warm-up only"


def _times_faster(entry: Entry, verdict: Verdict) -> str:
    if entry.strategy == verdict.reference:
        return "1"
    return _NOTHING if entry.vs_serial is None else number(entry.vs_serial.value)


def _times_interval(entry: Entry, _verdict: Verdict) -> str:
    return interval(entry.vs_serial) if entry.vs_serial is not None and entry.vs_serial.n else ""


def _cpu(entry: Entry, _verdict: Verdict) -> str:
    return _NOTHING if entry.cores_busy is None else f"{entry.cores_busy:.0%}"


def _startup(entry: Entry, _verdict: Verdict) -> str:
    return _NOTHING if entry.startup_s is None or entry.strategy.pool == "serial" else duration(entry.startup_s)


def _memory(entry: Entry, _verdict: Verdict) -> str:
    return _NOTHING if entry.peak_pss_bytes is None else size(entry.peak_pss_bytes)


def _memory_of_worker(entry: Entry, _verdict: Verdict) -> str:
    return _NOTHING if entry.worker_bytes is None or entry.strategy.pool == "serial" else size(entry.worker_bytes)
