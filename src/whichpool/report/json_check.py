"""A check as JSON: a stable schema, documented in ``docs/check.md``."""

from collections.abc import Iterable
from typing import Any

from whichpool.values import CheckRecord, Finding, PoolKind, Spot

SCHEMA = "whichpool.check/1"


def check_as_json(record: CheckRecord) -> dict[str, Any]:
    """Turn a check into what ``json.dumps`` takes."""
    seen = record.examination
    return {
        "schema": SCHEMA,
        "target": record.workload.name,
        "python": seen.python or None,
        "functions": list(seen.functions),
        "calls": seen.calls,
        "finished": seen.finished,
        "pools": [
            {"pool": assessment.kind.value, "status": assessment.status.value, "reasons": list(assessment.reasons)}
            for assessment in record.assessments
        ],
        "findings": [_finding(finding) for finding in seen.findings],
        "unseen": [{"pools": _in_order(unseen.kinds), "message": unseen.message} for unseen in seen.unseen],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "hazard": finding.hazard.value,
        "subject": finding.subject,
        "message": finding.message,
        "effects": [{"pool": pool, "effect": finding.effects[PoolKind(pool)]} for pool in _in_order(finding.effects)],
        "mend": finding.mend,
        "spots": [_spot(spot) for spot in finding.spots],
        "tried": finding.tried,
    }


def _spot(spot: Spot) -> dict[str, Any]:
    return {"file": spot.file, "line": spot.line, "text": spot.text, "function": spot.function or None}


def _in_order(kinds: Iterable[PoolKind]) -> list[str]:
    wanted = set(kinds)
    return [kind.value for kind in PoolKind if kind in wanted]
