"""The claims as JSON: every verdict with the raw samples that it follows from."""

from collections.abc import Mapping, Sequence
from typing import Any

from whichpool.claims.catalogue import Row
from whichpool.values import Experiment

SCHEMA = "whichpool.claims/1"


def as_json(tested: Sequence[tuple[Row, Sequence[Experiment]]], machine: Mapping[str, Any]) -> dict[str, Any]:
    """Turn claims and what their experiments came to into what ``json.dumps`` takes."""
    return {
        "schema": SCHEMA,
        "machine": dict(machine),
        "claims": [
            {
                "number": row.number,
                "statement": row.statement,
                "experiments": [
                    {
                        "python": experiment.python,
                        "verdict": str(experiment.judgement.holds),
                        "seen": experiment.judgement.seen,
                        "reason": experiment.judgement.reason,
                        "measured": dict(experiment.measured),
                        "elapsed_s": experiment.elapsed_s,
                    }
                    for experiment in experiments
                ],
            }
            for row, experiments in tested
        ],
    }
