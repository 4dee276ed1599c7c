"""What was not measured but follows from it: jobs of other sizes, other machines. All of it is marked as forecast."""

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from whichpool.values import BreakEven, Elsewhere, Prospect, Record
from whichpool.wording import count, number


def outlook(record: Record) -> Iterator[Text | Table]:
    """Give the lines on the break-even and, where somebody asked, on other machines."""
    if record.break_even is not None:
        yield _break_even(record.break_even)
    if record.prospects:
        yield Text("What if (forecast, nothing of it measured; times faster than serial here):")
        yield _prospects(record.prospects)


def _break_even(found: BreakEven) -> Text:
    """Say from where on a pool pays, and what a job of other sizes is to be run in."""
    if found.pays_from is None:
        text = Text(f"By forecast no pool pays, up to {count(max(size.items for size in found.sizes), 'item')}.")
    else:
        start = f"from {count(found.pays_from, 'item')} on" if found.pays_from > 1 else "from the first item on"
        text = Text(f"By forecast a pool pays {start}.")
    answers: list[str] = []
    before = None
    for size in found.sizes if found.pays_from is not None else ():
        name = "the same" if size.strategy == before else str(size.strategy)
        gain = "" if size.strategy.pool == "serial" else f" {number(size.speedup)}×"
        answers.append(f"{size.items:,}{'' if answers else ' items'}: {name}{gain}")
        before = size.strategy
    return text.append(f" {' · '.join(answers)}" if answers else "")


def _prospects(prospects: tuple[Prospect, ...]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    rows: dict[Elsewhere, list[str]] = {}
    for prospect in prospects:
        low, high = number(prospect.low), number(prospect.high)
        words = f"{prospect.strategy} {low if low == high else f'{low}–{high}'}×"
        rows.setdefault(prospect.elsewhere, []).append(words)
    for elsewhere, forecasts in rows.items():
        table.add_row(Text(f"  {_place(elsewhere)}", style="dim"), Text(" · ".join(forecasts)))
    return table


def _place(elsewhere: Elsewhere) -> str:
    parts = [] if elsewhere.cores is None else [f"{elsewhere.cores:g} core{'' if elsewhere.cores == 1 else 's'}"]
    return ", ".join([*parts, "no GIL"] if elsewhere.gil is False else parts) or "here"
