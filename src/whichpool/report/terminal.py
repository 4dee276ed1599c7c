"""The report for people: what stands first is the answer, and it reads at a glance."""

import io
from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from whichpool.report.anatomy import anatomy_line
from whichpool.report.explanation import explanation
from whichpool.report.notes import notes
from whichpool.report.outlook import outlook
from whichpool.report.pasting import code_to_paste
from whichpool.report.pythons import pythons_table
from whichpool.report.standings import standings
from whichpool.values import Outcome, Record, Verdict
from whichpool.wording import count, duration

_TEXT_WIDTH = 100
_HTML_WIDTH = 110


def as_text(record: Record, width: int = _TEXT_WIDTH, *, explain: bool = False) -> str:
    """Draw the report as plain text of a width in columns; only code may be wider."""
    console = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(whole_report(record, console.width, explain=explain), crop=False)
    return "\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n"))


def as_html(record: Record) -> str:
    """Draw the report as a piece of HTML; rich escapes what users named."""
    console = Console(file=io.StringIO(), width=_HTML_WIDTH, record=True, force_jupyter=False)
    console.print(whole_report(record, console.width), crop=False)
    style = "white-space:pre;overflow-x:auto;line-height:normal;font-family:Menlo,'DejaVu Sans Mono',consolas,monospace"
    return console.export_html(inline_styles=True, code_format=f'<pre style="{style}"><code>{{code}}</code></pre>')


def whole_report(record: Record, width: int, *, explain: bool = False) -> RenderableType:
    """Lay out all that a person is to see; to be printed with ``crop=False``, as code is never cut or broken.

    Args:
        record: What was found.
        width: How many columns there are.
        explain: Whether to show where the time went, and why each strategy was tried.
    """
    blocks: list[list[RenderableType]] = [
        [header(record), *anatomy_line(record)],
        [standings(record, width)],
        [table] if (table := pythons_table(record, width)) else [],
        [answer(record.verdict), *_differences(record.verdict)],
        list(outlook(record)),
        list(explanation(record, width)) if explain else [],
        list(notes(record)),
        list(code_to_paste(record)),
    ]
    return Group(*(part for block in blocks if block for part in (Text(), *block)))


def header(record: Record) -> Text:
    """Say what was measured, on what, for how long."""
    cores = record.machine["cores"]
    text = Text(record.workload.name, style="bold")
    items = count(record.facts.items, "item")
    if record.measured_items < record.facts.items:
        items = f"{record.measured_items:,} of {items}"
    why = f" of {cores['installed']} ({cores['reason']})" if cores["reason"] else ""
    usable = f"{cores['usable']:g}"
    parts = [
        items,
        f"{usable}{why} core{'' if usable == '1' else 's'}",
        _pythons(record),
        f"{count(record.rounds, 'round')} in {duration(record.elapsed_s)}",
    ]
    return text.append(f"  {' · '.join(parts)}", style="not bold dim")


def _pythons(record: Record) -> str:
    names = [seen.python.name for seen in record.pythons if seen.python.name and seen.facts]
    return f"Python {', '.join(names) or record.facts.python}"


def answer(verdict: Verdict) -> Text:
    """The closing sentence."""
    return Text(verdict.sentence, style="bold yellow" if verdict.outcome is Outcome.UNDECIDED else "bold green")


def _differences(verdict: Verdict) -> Iterator[RenderableType]:
    for reason in verdict.reasons:
        yield Padding(Text(reason), (0, 0, 0, 2))
