"""The record as JSON: strict, complete, and enough to recompute every figure from."""

import json
import math
import statistics
from dataclasses import replace
from typing import Any

import pytest

from whichpool.errors import Trouble
from whichpool.report.json_record import SCHEMA, as_json
from whichpool.values import (
    Caveat,
    Code,
    Entry,
    Estimate,
    Facts,
    Failure,
    Outcome,
    Record,
    Sample,
    State,
    Strategy,
    Verdict,
)

SERIAL = Strategy("serial")
THREADS = Strategy("threads", 2)
PROCESSES = Strategy("processes", 2, start_method="spawn", python="/opt/python3.13")
OPEN = Estimate(2.0, 0.0, math.inf, 2)
CLOSED = Estimate(2.0, 1.8, 2.2, 9)


def samples(*jobs_s: float, items: int = 24) -> tuple[Sample, ...]:
    return tuple(
        Sample(number, items, None, 3, job_s=job_s, startup_s=0.001, cpu_s=0.9 * job_s, load_s=0.02)
        for number, job_s in enumerate(jobs_s)
    )


def record_of(*entries: Entry, verdict: Verdict | None = None, measured_items: int = 24) -> Record:
    return Record(
        workload="app.py:work",
        facts=Facts(24, unpacked=False, by_value=False, start_methods=("fork",), python="3.13.1", load_s=0.02),
        machine={
            "cores": {"usable": 1.5, "installed": 4, "reason": "cpu.max of /x"},
            "python": {"version": "3.11.7", "implementation": "CPython"},
            "load_1min": None,
        },
        measured_items=measured_items,
        rounds=2,
        elapsed_s=3.4,
        margin=0.05,
        entries=entries,
        verdict=verdict or Verdict(Outcome.FASTER, THREADS, SERIAL, CLOSED, "Use threads ×2.", ("a reason",)),
    )


RACED = Entry(THREADS, State.RACED, None, samples(1.0, 0.5, 0.6), None, CLOSED, 0.001, 0.9, CLOSED, None)
WARMED_UP = Entry(
    PROCESSES, State.DROPPED, "slower", samples(0.7), None, Estimate(0.7, 0.0, math.inf, 0), 0.001, 0.9, OPEN, OPEN
)
SKIPPED = Entry(THREADS, State.SKIPPED, "the budget was spent before its turn")
FAILED = Entry(
    PROCESSES,
    State.FAILED,
    "a worker process was killed by SIGSEGV",
    failure=Failure(Trouble.DIED, "a worker process was killed by SIGSEGV", "Fatal Python error"),
)


def strict(record: Record) -> dict[str, Any]:
    """Write and read back, as strictly as JSON can be taken."""
    read: dict[str, Any] = json.loads(json.dumps(as_json(record), allow_nan=False))
    return read


@pytest.mark.parametrize("entry", [RACED, WARMED_UP, SKIPPED, FAILED], ids=lambda entry: str(entry.state))
def test_every_kind_of_entry_is_strict_json_with_the_same_keys(entry: Entry) -> None:
    (written,) = strict(record_of(entry))["strategies"]
    assert written.keys() >= {
        "id",
        "pool",
        "workers",
        "chunksize",
        "start_method",
        "python",
        "state",
        "reason",
        "failure",
        "samples",
        "job_s",
        "startup_s",
        "cores_busy",
        "vs_serial",
        "vs_threads",
    }
    assert written["id"] == entry.strategy.id
    assert written["state"] == entry.state.value
    assert written["reason"] == entry.reason
    assert len(written["samples"]) == len(entry.samples)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_is_written_by_its_name(outcome: Outcome) -> None:
    verdict = Verdict(outcome, THREADS, SERIAL, CLOSED, "A sentence.", ("why",), (Caveat(Code.FORECAST, "because"),))
    written = strict(record_of(RACED, verdict=verdict))["verdict"]
    assert written["outcome"] in {"faster", "stay serial", "equivalent", "undecided"}
    assert (written["outcome"], written["strategy"], written["reference"]) == (outcome.value, "threads-2", "serial")
    assert written["speedup"] == {"value": 2.0, "low": 1.8, "high": 2.2, "n": 9}
    assert written["reasons"] == ["why"]
    assert written["caveats"] == [{"code": "forecast", "message": "because"}]


def test_a_verdict_without_an_answer_is_written_with_nulls() -> None:
    verdict = Verdict(Outcome.UNDECIDED, None, None, None, "Nothing could be measured.")
    written = strict(record_of(SKIPPED, verdict=verdict))["verdict"]
    assert (written["strategy"], written["reference"], written["speedup"]) == (None, None, None)


@pytest.mark.parametrize(
    ("low", "high", "written"),
    [(0.0, math.inf, (None, None)), (1.5, math.inf, (1.5, None)), (0.0, 3.0, (None, 3.0)), (1.5, 3.0, (1.5, 3.0))],
)
def test_a_bound_that_is_not_known_is_null(low: float, high: float, written: tuple[float | None, float | None]) -> None:
    (entry,) = strict(record_of(replace(RACED, job_s=Estimate(2.0, low, high, 2))))["strategies"]
    assert (entry["job_s"]["low"], entry["job_s"]["high"]) == written


def test_what_was_never_measured_is_null() -> None:
    (entry,) = strict(record_of(SKIPPED))["strategies"]
    unknown = ("chunksize", "failure", "job_s", "startup_s", "cores_busy", "vs_serial", "vs_threads", "start_method")
    assert {name: entry[name] for name in unknown} == dict.fromkeys(unknown)


def test_a_failure_is_told_with_its_kind_and_the_users_traceback() -> None:
    (entry,) = strict(record_of(FAILED))["strategies"]
    assert entry["failure"] == {"trouble": "died", "traceback": "Fatal Python error"}


def test_the_head_says_what_was_measured_and_where() -> None:
    written = strict(record_of(RACED, measured_items=6))
    assert written["schema"] == SCHEMA == "whichpool.report/1"
    workload = written["workload"]
    assert (workload["target"], workload["items"], workload["measured_items"]) == ("app.py:work", 24, 6)
    assert written["machine"]["cores"] == {"usable": 1.5, "installed": 4, "reason": "cpu.max of /x"}
    assert written["machine"]["measured_python"] == "3.13.1"
    assert written["anatomy"] is None
    assert (written["rounds"], written["elapsed_s"], written["margin"]) == (2, 3.4, 0.05)


def test_the_samples_suffice_to_recompute_the_times() -> None:
    (entry,) = strict(record_of(RACED))["strategies"]
    counted = [sample for sample in entry["samples"] if sample["round"]]
    assert [sample["job_s"] for sample in counted] == [0.5, 0.6]
    assert statistics.median(sample["cpu_s"] / sample["job_s"] for sample in counted) == pytest.approx(0.9)
    for sample, raw in zip(entry["samples"], RACED.samples, strict=True):
        assert sample["items"] == raw.items
        assert (sample["startup_s"], sample["load_s"], sample["seed"]) == (raw.startup_s, raw.load_s, raw.seed)


def test_a_forecast_can_be_recomputed_from_a_sample_and_the_number_of_items() -> None:
    entry = replace(RACED, samples=samples(0.7, 0.6, items=6))
    written = strict(record_of(entry, measured_items=6))
    sample = written["strategies"][0]["samples"][1]
    per_item_s = (sample["job_s"] - sample["startup_s"]) / sample["items"]
    assert sample["startup_s"] + per_item_s * written["workload"]["items"] == pytest.approx(0.001 + 0.599 * 4)


@pytest.mark.parametrize("name", ['quote".py:f', "späte Übung.py:f", "<script>", "line\nbreak.py:f", "\udc80.py:f"])
def test_any_name_survives_the_way_into_json_and_back(name: str) -> None:
    assert strict(replace(record_of(RACED), workload=name))["workload"]["target"] == name
