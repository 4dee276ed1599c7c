"""The record as JSON: a stable schema, documented in ``docs/record.md``. Raw samples are the truth in it."""

import math
from typing import Any

from whichpool.values import Entry, Estimate, Record, Sample

SCHEMA = "whichpool.report/1"


def as_json(record: Record) -> dict[str, Any]:
    """Turn a record into what ``json.dumps`` takes; what is not known is None, never a made-up number."""
    verdict = record.verdict
    return {
        "schema": SCHEMA,
        "workload": {
            "target": record.workload,
            "items": record.facts.items,
            "measured_items": record.measured_items,
            "unpacked": record.facts.unpacked,
            "by_value": record.facts.by_value,
            "load_s": record.facts.load_s,
        },
        "machine": {**record.machine, "measured_python": record.facts.python},
        "anatomy": None,
        "rounds": record.rounds,
        "elapsed_s": record.elapsed_s,
        "margin": record.margin,
        "strategies": [_strategy(entry) for entry in record.entries],
        "verdict": {
            "outcome": verdict.outcome.value,
            "strategy": verdict.strategy.id if verdict.strategy else None,
            "reference": verdict.reference.id if verdict.reference else None,
            "speedup": _estimate(verdict.speedup),
            "sentence": verdict.sentence,
            "reasons": list(verdict.reasons),
            "caveats": [{"code": caveat.code.value, "message": caveat.message} for caveat in verdict.caveats],
        },
    }


def _strategy(entry: Entry) -> dict[str, Any]:
    strategy = entry.strategy
    return {
        "id": strategy.id,
        "pool": strategy.pool,
        "workers": strategy.workers,
        "chunksize": entry.samples[-1].chunksize if entry.samples else strategy.chunksize,
        "start_method": strategy.start_method,
        "python": strategy.python,
        "state": entry.state.value,
        "reason": entry.reason,
        "failure": {"trouble": entry.failure.trouble.value, "traceback": entry.failure.traceback}
        if entry.failure
        else None,
        "samples": [_sample(sample) for sample in entry.samples],
        "job_s": _estimate(entry.job_s),
        "startup_s": entry.startup_s,
        "cores_busy": entry.cores_busy,
        "vs_serial": _estimate(entry.vs_serial),
        "vs_threads": _estimate(entry.vs_threads),
    }


def _sample(sample: Sample) -> dict[str, Any]:
    return {
        "round": sample.round,
        "items": sample.items,
        "seed": sample.seed,
        "job_s": sample.job_s,
        "startup_s": sample.startup_s,
        "teardown_s": sample.teardown_s,
        "cpu_s": sample.cpu_s,
        "load_s": sample.load_s,
        "peak_pss_bytes": None,
    }


def _estimate(estimate: Estimate | None) -> dict[str, Any] | None:
    if estimate is None:
        return None
    return {
        "value": estimate.value,
        "low": estimate.low if estimate.low > 0 else None,
        "high": estimate.high if math.isfinite(estimate.high) else None,
        "n": estimate.n,
    }
