"""The report for people: what stands first is the answer, and it reads at a glance."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, Group, JustifyMethod, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from whichpool.values import Entry, Outcome, Record, State, Verdict
from whichpool.wording import count, duration, duration_interval, interval, number

_TEXT_WIDTH = 100
_HTML_WIDTH = 110
_GAP = 2
_NOTHING = "–"
_STATE_STYLES = {State.DROPPED: "dim", State.SKIPPED: "dim", State.FAILED: "red"}


def as_text(record: Record, width: int = _TEXT_WIDTH) -> str:
    """Draw the report as plain text of a width in columns."""
    console = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(whole_report(record, console.width))
    return "\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n"))


def as_html(record: Record) -> str:
    """Draw the report as a piece of HTML; rich escapes what users named."""
    console = Console(file=io.StringIO(), width=_HTML_WIDTH, record=True, force_jupyter=False)
    console.print(whole_report(record, console.width))
    style = "white-space:pre;overflow-x:auto;line-height:normal;font-family:Menlo,'DejaVu Sans Mono',consolas,monospace"
    return console.export_html(inline_styles=True, code_format=f'<pre style="{style}"><code>{{code}}</code></pre>')


def whole_report(record: Record, width: int) -> RenderableType:
    """Lay out header, table, answer, differences and caveats in a width of so many columns."""
    return Group(
        Text(),
        header(record),
        Text(),
        standings(record, width),
        Text(),
        answer(record.verdict),
        *_differences(record.verdict),
        *_caveats(record),
    )


def header(record: Record) -> Text:
    """Say what was measured, on what, for how long."""
    cores = record.machine["cores"]
    text = Text(record.workload, style="bold")
    items = count(record.facts.items, "item")
    if record.measured_items < record.facts.items:
        items = f"{record.measured_items:,} of {items}"
    why = f" of {cores['installed']} ({cores['reason']})" if cores["reason"] else ""
    usable = f"{cores['usable']:g}"
    parts = [
        items,
        f"{usable}{why} core{'' if usable == '1' else 's'}",
        f"Python {record.facts.python}",
        f"{count(record.rounds, 'round')} in {duration(record.elapsed_s)}",
    ]
    return text.append(f"  {' · '.join(parts)}", style="not bold dim")


def standings(record: Record, width: int) -> Table:
    """Draw the table of strategies; where the width does not hold all of it, the least wanted columns are left out."""
    forecast = record.measured_items < record.facts.items
    reference = record.verdict.reference
    columns = [
        _Column("", _sign),
        _Column("strategy", lambda entry, _: str(entry.strategy)),
        _Column("job, forecast" if forecast else "job time", _job_time, numeric=True, dispensable=1),
        _Column("range", _job_range, dispensable=3, dim=True),
        _Column(f"× {reference.pool}" if reference else "×", _times_faster, numeric=True),
        _Column("95 %", _times_interval, dispensable=2, dim=True),
        _Column("CPU", _cpu, numeric=True, dispensable=4),
        _Column("start-up", _startup, numeric=True, dispensable=5),
    ]
    drawn = [(column, [column.cell(entry, record.verdict) for entry in record.entries]) for column in columns]
    while _width(drawn) > width and any(column.dispensable for column, _ in drawn):
        drawn.remove(max(drawn, key=lambda pair: pair[0].dispensable))
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim")
    for column, _ in drawn:
        justify: JustifyMethod = "right" if column.numeric else "left"
        table.add_column(column.title, justify=justify, no_wrap=True, style="dim" if column.dim else None)
    for number_of_row, entry in enumerate(record.entries):
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


def answer(verdict: Verdict) -> Text:
    """The closing sentence."""
    return Text(verdict.sentence, style="bold yellow" if verdict.outcome is Outcome.UNDECIDED else "bold green")


def _differences(verdict: Verdict) -> Iterator[RenderableType]:
    for reason in verdict.reasons:
        yield Padding(Text(reason), (0, 0, 0, 2))


def _caveats(record: Record) -> Iterator[RenderableType]:
    left_out: dict[tuple[str, str, str], list[str]] = {}
    for entry in record.entries:
        if entry.state is State.FAILED:
            left_out.setdefault(("✗", f" failed: {entry.reason}", "red"), []).append(str(entry.strategy))
        elif entry.state is State.SKIPPED:
            left_out.setdefault(("–", f" not run: {entry.reason}", "dim"), []).append(str(entry.strategy))
    if left_out or record.verdict.caveats:
        yield Text()
    for (sign, what, style), names in left_out.items():
        yield _note(sign, f"{', '.join(names)}{what}", style)
    for caveat in record.verdict.caveats:
        yield _note("!", caveat.message, "yellow")


def _note(sign: str, message: str, style: str) -> Table:
    note = Table.grid(padding=(0, 1, 0, 0))
    note.add_row(Text(sign, style=style), Text(message))
    return note
