"""Where the time went, as bars: for each strategy the shares of an average worker's time, and why it was tried."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from whichpool.report.apportion import apportion
from whichpool.values import Entry, Record, Spending, Spent, State
from whichpool.wording import count, duration

_INDENT = 2
_GAP = 3
_WIDEST_BAR = 72
_READABLE = 16
# Blocks stand for time inside the user's function, signs for what the pool adds: they differ without colour too.
_LOOKS = {
    Spending.STARTUP: ("<", "cyan"),
    Spending.COMPUTING: ("█", "green"),
    Spending.WAITING: ("░", "blue"),
    Spending.GIL: ("▓", "red"),
    Spending.CORE: ("▒", "magenta"),
    Spending.HANDING: ("=", "yellow"),
    Spending.IDLE: ("·", "bright_black"),
    Spending.TAIL: ("-", "bright_black"),
    Spending.CLOSING: (">", "cyan"),
}


def explanation(record: Record, width: int) -> Iterator[RenderableType]:
    """Give the bars of all strategies that were explained, why each was tried, and what there was not."""
    told = [entry for entry in record.entries if entry.spent or (entry.why and entry.state is not State.SKIPPED)]
    room = width - _INDENT
    cells = _bar_lengths([entry.spent.job_s for entry in told if entry.spent], min(room, _WIDEST_BAR))
    if cells:
        scale = "each bar a whole job" if len(set(cells.values())) == 1 else "bars to scale"
        title = "Where an average worker's time went, in a round that was watched and does not count"
        yield Text(f"{title} ({scale}):", style="bold")
    elif told:
        yield Text("What was tried, and why:", style="bold")
    for entry in told:
        yield Text()
        yield _heading(entry, of_all=entry.spent is None or entry.spent.items == record.facts.items)
        lines = list(_spent_lines(entry.spent, cells[entry.spent.job_s], room)) if entry.spent else []
        yield Padding(Text("\n").join([*lines, *_why_lines(entry)]), (0, 0, 0, _INDENT))
    yield from _not_to_be_had(record)


def _not_to_be_had(record: Record) -> Iterator[RenderableType]:
    """Say which pools there were not, and why; what was named is told of by the notes already."""
    for seen in record.pythons:
        if seen.facts is None or not seen.facts.unavailable:
            continue
        yield Text()
        yield Text(f"Not to be had{f' under {seen.python}' if seen.python.name else ''}:", style="bold")
        for pool, reason in seen.facts.unavailable.items():
            yield Padding(Text(f"{pool}: {reason}", style="dim"), (0, 0, 0, _INDENT))


def _bar_lengths(jobs_s: Sequence[float], longest: int) -> dict[float, int]:
    """Make bars as long as their jobs took; all alike where one would become too short to be read."""
    cells = {job_s: round(longest * job_s / max(jobs_s)) for job_s in jobs_s}
    return cells if min(cells.values(), default=0) >= _READABLE else dict.fromkeys(cells, longest)


def _heading(entry: Entry, *, of_all: bool) -> Text:
    text = Text(str(entry.strategy), style="bold")
    if entry.spent is None:
        return text
    parts = [duration(entry.spent.job_s) + ("" if of_all else f" for {count(entry.spent.items, 'item')}")]
    if entry.spent.workers != entry.strategy.workers:
        parts.append(f"{count(entry.spent.workers, 'worker')} had work")
    if entry.spent.parent_s and not entry.strategy.is_serial:
        parts.append(f"the caller used {duration(entry.spent.parent_s)} of CPU")
    return text.append(f"  {', '.join(parts)}", style="not bold")


def _spent_lines(spent: Spent, cells: int, room: int) -> Iterator[Text]:
    """Draw the bar, and below it what each sign means with its percentage."""
    parts = {spending: spent.parts[spending] for spending in Spending if spent.parts.get(spending, 0) > 0}
    bar = Text()
    for spending, length in zip(parts, apportion(list(parts.values()), cells), strict=True):
        sign, colour = _LOOKS[spending]
        bar.append(sign * length, style=colour)
    yield bar
    percents = zip(parts, apportion(list(parts.values()), 100), strict=True)
    yield from _side_by_side([_key(spending, percent) for spending, percent in percents if percent], room)


def _key(spending: Spending, percent: int) -> Text:
    sign, colour = _LOOKS[spending]
    return Text.assemble((sign, colour), f" {spending} {percent}%")


def _side_by_side(words: list[Text], room: int) -> Iterator[Text]:
    """Break lines between the words only, which rich would do within them."""
    line = Text()
    for word in words:
        if line and cell_len(line.plain) + _GAP + cell_len(word.plain) > room:
            yield line
            line = Text()
        line = Text.assemble(line, " " * _GAP if line else "", word)
    if line:
        yield line


def _why_lines(entry: Entry) -> Iterator[Text]:
    if entry.why:
        yield Text(f"tried because: {entry.why}", style="dim")
    if entry.forecast_s is not None and entry.job_s is not None:
        error = entry.job_s.value / entry.forecast_s - 1
        off = f" ({abs(error):.0%} {'longer' if error > 0 else 'shorter'})" if round(100 * error) else ""
        words = f"forecast {duration(entry.forecast_s)}, by the rounds {duration(entry.job_s.value)}{off}"
        yield Text(words, style="dim")
    if entry.state is State.DROPPED and entry.reason:
        yield Text(f"left the race: {entry.reason}", style="dim")
