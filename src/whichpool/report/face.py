"""Records with the ways to look at them."""

from dataclasses import dataclass
from typing import Any

from whichpool.report.check import check_as_html, check_as_text
from whichpool.report.json_check import check_as_json
from whichpool.report.json_record import as_json
from whichpool.report.pasting import verdict_snippet
from whichpool.report.terminal import as_html, as_text
from whichpool.values import Assessment, CheckRecord, Finding, Record, Verdict


@dataclass(frozen=True, slots=True)
class Report:
    """What a comparison found; ``print`` shows the table, and a notebook shows it in colour.

    Attributes:
        record: Everything that was seen and concluded.
    """

    record: Record

    @property
    def verdict(self) -> Verdict:
        """The answer, with its evidence."""
        return self.record.verdict

    @property
    def snippet(self) -> str:
        """The code to paste, for the verdict's strategy; empty where it names none."""
        return verdict_snippet(self.record) or ""

    def to_json(self) -> dict[str, Any]:
        """Return the record as ``--json`` writes it, documented in ``docs/record.md``."""
        return as_json(self.record)

    def explain(self) -> str:
        """Draw the table as plain text, and below it where the time went under each strategy."""
        return as_text(self.record, explain=True)

    def __str__(self) -> str:
        """Draw the table as plain text."""
        return as_text(self.record)

    def _repr_html_(self) -> str:
        """Draw the table for a notebook."""
        return as_html(self.record)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found; ``print`` shows the findings, and a notebook shows them in colour.

    Attributes:
        record: Everything that was seen and concluded.
    """

    record: CheckRecord

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The hazards, and what is worth a note."""
        return self.record.examination.findings

    @property
    def assessments(self) -> tuple[Assessment, ...]:
        """What they mean for each pool."""
        return self.record.assessments

    def to_json(self) -> dict[str, Any]:
        """Return the record as ``--json`` writes it, documented in ``docs/check.md``."""
        return check_as_json(self.record)

    def __str__(self) -> str:
        """Draw the findings as plain text."""
        return check_as_text(self.record)

    def _repr_html_(self) -> str:
        """Draw the findings for a notebook."""
        return check_as_html(self.record)
