"""The code that runs the workload as the verdict says."""

from collections.abc import Iterator

from rich.text import Text

from whichpool.report.snippet import snippet
from whichpool.values import Outcome, Record


def verdict_snippet(record: Record) -> str | None:
    """Write the code for the verdict's strategy; None where it names none."""
    strategy = record.verdict.strategy
    entry = next((entry for entry in record.entries if entry.strategy == strategy), None)
    if strategy is None or entry is None:
        return None
    return snippet(record.workload, record.facts, strategy, entry.chunksize)


def code_to_paste(record: Record) -> Iterator[Text]:
    """Show the code flush left and unbroken, so that what is copied runs."""
    code = verdict_snippet(record)
    if code is None:
        return
    leads = record.verdict.outcome is Outcome.UNDECIDED
    yield Text(f"The code for {'what leads so far, ' if leads else ''}{record.verdict.strategy}:", style="dim")
    yield Text()
    yield Text(code.rstrip("\n"), no_wrap=True, overflow="ignore")
