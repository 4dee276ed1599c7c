"""The record as JSON: a stable schema, documented in ``docs/record.md``. Raw samples are the truth in it."""

import math
from typing import Any

from whichpool.report.json_anatomy import anatomy_as_json
from whichpool.report.pasting import verdict_snippet
from whichpool.values import BreakEven, Entry, Estimate, Prospect, PythonSeen, Record, Sample, Spending

SCHEMA = "whichpool.report/1"


def as_json(record: Record) -> dict[str, Any]:
    """Turn a record into what ``json.dumps`` takes; what is not known is None, never a made-up number."""
    verdict = record.verdict
    return {
        "schema": SCHEMA,
        "workload": {
            "target": record.workload.name,
            "items": record.facts.items,
            "measured_items": record.measured_items,
            "unpacked": record.facts.unpacked,
            "by_value": record.facts.by_value,
            "load_s": record.facts.load_s,
        },
        "machine": {
            **record.machine,
            "measured_python": record.facts.python,
            "measured_python_has_gil": record.facts.gil,
        },
        "anatomy": anatomy_as_json(record),
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
            "snippet": verdict_snippet(record),
        },
        "pythons": [_python(seen) for seen in record.pythons],
        "break_even": _break_even(record.break_even) if record.break_even else None,
        "prospects": [_prospect(prospect) for prospect in record.prospects],
    }


def _strategy(entry: Entry) -> dict[str, Any]:
    strategy = entry.strategy
    return {
        "id": strategy.id,
        "pool": strategy.pool,
        "workers": strategy.workers,
        "chunksize": entry.chunksize,
        "start_method": strategy.start_method,
        "native_threads": strategy.native_threads,
        "python": strategy.python.path,
        "python_name": strategy.python.name or None,
        "gil_on": strategy.python.gil_on,
        "address": strategy.address or None,
        "why": entry.why or None,
        "forecast_s": entry.forecast_s,
        "state": entry.state.value,
        "reason": entry.reason,
        "failure": {"trouble": entry.failure.trouble.value, "traceback": entry.failure.traceback}
        if entry.failure
        else None,
        "samples": [_sample(*each) for each in zip(entry.samples, entry.whole_job_s, strict=True)],
        "job_s": _estimate(entry.job_s),
        "startup_s": entry.startup_s,
        "cluster_start_s": entry.cluster_s,
        "cores_busy": entry.cores_busy,
        "vs_serial": _estimate(entry.vs_serial),
        "vs_threads": _estimate(entry.vs_threads),
        "worker_bytes": entry.worker_bytes,
        "explained": _explained(entry),
    }


def _sample(sample: Sample, whole_job_s: float) -> dict[str, Any]:
    return {
        "round": sample.round,
        "items": sample.items,
        "seed": sample.seed,
        "chunksize": sample.chunksize,
        "job_s": sample.job_s,
        "whole_job_s": whole_job_s,
        "startup_s": sample.startup_s,
        "teardown_s": sample.teardown_s,
        "cpu_s": sample.cpu_s,
        "load_s": sample.load_s,
        "cluster_start_s": sample.cluster_s,
        "gil": sample.gil,
    }


def _python(seen: PythonSeen) -> dict[str, Any]:
    python, facts = seen.python, seen.facts
    return {
        "python": python.path,
        "name": python.name or None,
        "gil_on": python.gil_on,
        "version": facts.python if facts else None,
        "has_gil": facts.gil if facts else None,
        "load_s": facts.load_s if facts else None,
        "start_methods": list(facts.start_methods) if facts else None,
        "item_s": seen.anatomy.item_s if seen.anatomy else None,
        "unavailable": dict(facts.unavailable) if facts else {},
        "why_not": seen.why_not or None,
    }


def _explained(entry: Entry) -> dict[str, Any] | None:
    spent = entry.spent
    if spent is None and entry.peak_pss_bytes is None:
        return None
    return {
        "job_s": spent.job_s if spent else None,
        "items": spent.items if spent else None,
        "workers": spent.workers if spent else None,
        "spent": {f"{part.name.lower()}_s": spent.parts.get(part) for part in Spending} if spent else None,
        "parent_cpu_s": spent.parent_s if spent else None,
        "peak_pss_bytes": entry.peak_pss_bytes,
    }


def _break_even(found: BreakEven) -> dict[str, Any]:
    return {
        "pays_from": found.pays_from,
        "strategy": found.strategy.id if found.strategy else None,
        "sizes": [{"items": size.items, "strategy": size.strategy.id, "speedup": size.speedup} for size in found.sizes],
    }


def _prospect(prospect: Prospect) -> dict[str, Any]:
    elsewhere, strategy = prospect.elsewhere, prospect.strategy
    return {
        "cores": elsewhere.cores,
        "gil": elsewhere.gil,
        "pool": strategy.pool,
        "strategy": strategy.id,
        "low": prospect.low,
        "high": prospect.high,
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
