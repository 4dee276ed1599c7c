"""What stands below the answer: who failed, who was left out and why, and what limits the verdict's worth."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from whichpool.values import Entry, Record, State, Strategy
from whichpool.wording import duration

_SIGNS = {State.FAILED: ("✗", "failed", "red"), State.SKIPPED: ("–", "not run", "dim")}


def notes(record: Record) -> Iterator[RenderableType]:
    """Give a note for each reason for which strategies are missing, and for each caveat."""
    missing: dict[tuple[State, str], list[Strategy]] = {}
    for entry in record.entries:
        if entry.state in _SIGNS:
            missing.setdefault((entry.state, entry.reason or ""), []).append(entry.strategy)
    for (state, reason), strategies in missing.items():
        sign, what, style = _SIGNS[state]
        yield note(sign, f"{listed(strategies)} {what}: {reason}", style)
    for entry in record.entries:
        if told := _cluster(entry):
            yield note("·", told, "dim")
    for caveat in record.verdict.caveats:
        yield note("!", caveat.message, "yellow")


def _cluster(entry: Entry) -> str | None:
    """Tell connecting to a cluster apart from starting one: who has one that runs need not pay for the start."""
    if entry.cluster_s is None or entry.startup_s is None:
        return None
    if entry.strategy.address:
        return f"{entry.strategy}: its start-up, {duration(entry.startup_s)}, is connecting to a cluster that runs"
    connecting_s = max(0.0, entry.startup_s - entry.cluster_s)
    return (
        f"{entry.strategy}: of its start-up, {duration(entry.cluster_s)} is starting a cluster, which one that runs "
        f"(--{entry.strategy.pool} ADDRESS) saves, and {duration(connecting_s)} connecting to it"
    )


def note(sign: str, message: str | Text, style: str) -> Table:
    """Put a sign before a message; all its lines are indented by as much."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_row(Text(sign, style=style), message if isinstance(message, Text) else Text(message))
    return table


def listed(strategies: Sequence[Strategy]) -> str:
    """Name strategies, those together that differ in their workers only: ``threads ×2, ×4, processes ×2 (fork)``."""
    workers: dict[tuple[str, str], list[str]] = {}
    for strategy in strategies:
        settings = str(strategy).removeprefix(f"{strategy.pool} ×{strategy.workers}")
        workers.setdefault((strategy.pool, settings), []).append(f"×{strategy.workers}")
    return ", ".join(
        pool + settings if counts == ["×1"] else f"{pool} {', '.join(counts)}{settings}"
        for (pool, settings), counts in workers.items()
    )
