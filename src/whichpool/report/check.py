"""What a check found, for people: each pool at a glance, then every finding with its lines and its mend."""

import io
from collections.abc import Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from whichpool.report.effects import below, by_effect, hazards_first
from whichpool.report.notes import note
from whichpool.values import CheckRecord, Finding, PoolKind, Spot, Status
from whichpool.wording import count

_TEXT_WIDTH = 100
_HTML_WIDTH = 110
_COLUMNS_FIT = 72
_SIGNS = {
    Status.NONE_FOUND: ("✓", "green"),
    Status.HAZARD: ("✗", "bold red"),
    Status.COULD_NOT_LOOK: ("?", "yellow"),
}
_MOST_SPOTS = 3
_LEAST_CODE = 24


def check_as_text(record: CheckRecord, width: int = _TEXT_WIDTH) -> str:
    """Draw the report as plain text of a width in columns."""
    console = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(check_report(record, console.width))
    return "\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n"))


def check_as_html(record: CheckRecord) -> str:
    """Draw the report as a piece of HTML; rich escapes what users named."""
    console = Console(file=io.StringIO(), width=_HTML_WIDTH, record=True, force_jupyter=False)
    console.print(check_report(record, console.width))
    style = "white-space:pre;overflow-x:auto;line-height:normal;font-family:Menlo,'DejaVu Sans Mono',consolas,monospace"
    return console.export_html(inline_styles=True, code_format=f'<pre style="{style}"><code>{{code}}</code></pre>')


def check_report(record: CheckRecord, width: int) -> RenderableType:
    """Lay out all that a person is to see.

    Args:
        record: What was found.
        width: How many columns there are.
    """
    hazards, mere_notes = hazards_first(record.examination.findings)
    folder = record.workload.folder
    blocks: list[list[RenderableType]] = [
        [_header(record)],
        [_pools(record, hazards, width)],
    ]
    blocks += [[_finding(str(place), hazard, folder, width)] for place, hazard in enumerate(hazards, 1)]
    blocks += [[_finding("–", each, folder, width)] for each in mere_notes]
    blocks.append(list(_not_looked_at(record)))
    return Group(*(part for block in blocks if block for part in (Text(), *block)))


def _header(record: CheckRecord) -> Text:
    """Say what was looked at, and how closely."""
    seen = record.examination
    parts = [
        f"{count(len(seen.functions), 'function')} read",
        count(seen.calls, "trial call") if seen.calls else "no trial call",
        *([f"Python {seen.python}"] if seen.python else []),
    ]
    return Text(_printable(record.workload.name), style="bold").append(f"  {' · '.join(parts)}", style="not bold dim")


def _pools(record: CheckRecord, hazards: Sequence[Finding], width: int) -> Table:
    """Give each pool a line, with the numbers of the hazards found there."""
    in_columns = width >= _COLUMNS_FIT
    table = Table.grid(padding=(0, 2 if in_columns else 1, 0, 0))
    for assessment in record.assessments:
        sign, style = _SIGNS[assessment.status]
        name, status = Text(assessment.kind), Text(assessment.status, style=style)
        why = Text(_why(assessment.kind, assessment.status, hazards), style="dim")
        if in_columns:
            table.add_row(Text(sign, style=style), name, status, why)
        else:
            table.add_row(Text(sign, style=style), Text.assemble(name, ": ", status, "  " if why else "", why))
    return table


def _why(kind: PoolKind, status: Status, hazards: Sequence[Finding]) -> str:
    if status is Status.COULD_NOT_LOOK:
        return "see below"
    numbered = enumerate(hazards, 1)
    return ", ".join(f"{place} {hazard.subject}" for place, hazard in numbered if kind in hazard.effects)


def _finding(sign: str, finding: Finding, folder: str, width: int) -> Table:
    lines: list[RenderableType] = [_message(finding)]
    shown, more = finding.spots[:_MOST_SPOTS], len(finding.spots) - _MOST_SPOTS
    lines += [_spot(spot, folder, width - len(sign) - 1) for spot in shown]
    if more > 0:
        lines.append(Text(f"and {more} more", style="dim"))
    for kinds, effect in by_effect(finding.effects):
        lines.append(note("·", Text.assemble((kinds, "bold"), f": {effect}"), "bold"))
    if finding.mend:
        lines.append(note("→", Text(finding.mend, style="green"), "green"))
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_row(Text(sign, style="bold red" if finding.effects else "dim"), Group(*lines))
    return table


def _message(finding: Finding) -> Text:
    text = Text(_printable(finding.message), style="bold") if finding.effects else Text(_printable(finding.message))
    return text.append(" (seen in a trial)", style="not bold yellow") if finding.tried else text


def _spot(spot: Spot, folder: str, width: int) -> Text:
    """Show a line of code; what is too long for the terminal's line is cut, but never the place."""
    place, code = f"{below(spot.file, folder) or spot.file}:{spot.line}", _printable(spot.text)
    room = width - len(place) - 2
    text = Text(_printable(place), style="cyan")
    if not code:
        return text
    between = "  "
    if room < min(len(code), _LEAST_CODE):
        between, room = "\n  ", width - 2
    code = code if len(code) <= room else f"{code[: room - 1]}…"
    return text.append(between + code, style="default")


def _not_looked_at(record: CheckRecord) -> Iterator[RenderableType]:
    for each in record.examination.unseen:
        kinds = f"{', '.join(each.kinds)}: " if 0 < len(each.kinds) < len(PoolKind) else ""
        yield note("?" if each.kinds else "–", f"{kinds}{each.message}", "yellow")
    if not (any(each.kinds for each in record.examination.unseen) or record.workload.has_calls):
        message = (
            "no call was tried: with items (--items SPEC) a few are, which shows what changes and what cannot travel"
        )
        yield note("–", Text(message, style="dim"), "dim")


def _printable(text: str) -> str:
    """Keep what a source file holds from moving the cursor."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text.expandtabs(4))
