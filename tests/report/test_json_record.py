"""The record as JSON: strict, complete, and enough to recompute every figure from."""

import json
import math
import re
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from whichpool.report.json_record import SCHEMA, as_json
from whichpool.values import (
    Band,
    Caveat,
    Code,
    Entry,
    Estimate,
    NativeThreads,
    Outcome,
    Python,
    Record,
    Spending,
    Timing,
    Verdict,
    Workload,
)

from .records import (
    ANATOMY,
    BREAK_EVEN,
    FAILED,
    PROCESSES,
    PROSPECTS,
    RECORD,
    SERIAL,
    SKIPPED,
    SPENT,
    THREADS,
    raced,
    samples,
)

DOCS = Path(__file__).parents[2] / "docs"
OPEN = Estimate(2.0, 0.0, math.inf, 2)
CLOSED = Estimate(2.0, 1.8, 2.2, 9)
RACED = replace(raced(THREADS, 0.5), samples=samples(1.0, 0.5, 0.6), whole_job_s=(1.0, 0.5, 0.6))
WARMED_UP = replace(
    raced(replace(PROCESSES, python=Python("/opt/python3.13")), 0.7, n=0), vs_serial=OPEN, vs_threads=OPEN
)


def record_of(*entries: Entry, verdict: Verdict = RECORD.verdict, measured_items: int = 24) -> Record:
    return replace(RECORD, entries=entries, verdict=verdict, measured_items=measured_items)


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
    unknown = ("failure", "job_s", "startup_s", "cores_busy", "vs_serial", "vs_threads", "native_threads")
    never_asked = ("why", "forecast_s", "worker_bytes", "explained")
    assert {entry[name] for name in unknown + never_asked} == {None}


def test_a_failure_is_told_with_its_kind_and_the_users_traceback() -> None:
    (entry,) = strict(record_of(FAILED))["strategies"]
    assert entry["failure"] == {"trouble": "died", "traceback": "Fatal Python error"}


def test_the_head_says_what_was_measured_and_where() -> None:
    written = strict(record_of(RACED, measured_items=6))
    assert written["schema"] == SCHEMA == "whichpool.report/1"
    workload = written["workload"]
    assert (workload["target"], workload["items"], workload["measured_items"]) == ("app.py:work", 24, 6)
    assert written["machine"]["cores"] == {"usable": 1.5, "installed": 8, "reason": "affinity: CPUs 0-1"}
    assert written["machine"]["measured_python"] == "3.13.1"
    assert written["anatomy"] is None
    assert (written["rounds"], written["elapsed_s"], written["margin"]) == (9, 12.3, 0.05)


def test_the_samples_suffice_to_recompute_the_times() -> None:
    (entry,) = strict(record_of(RACED))["strategies"]
    counted = [sample for sample in entry["samples"] if sample["round"]]
    assert [sample["job_s"] for sample in counted] == [0.5, 0.6]
    assert statistics.median(sample["cpu_s"] / sample["job_s"] for sample in counted) == pytest.approx(0.9)
    for sample, raw in zip(entry["samples"], RACED.samples, strict=True):
        assert sample["items"] == raw.items
        assert (sample["startup_s"], sample["load_s"], sample["seed"]) == (raw.startup_s, raw.load_s, raw.seed)


def test_the_whole_jobs_time_stands_beside_that_of_each_draw() -> None:
    entry = replace(RACED, samples=samples(0.7, 0.6, items=6), whole_job_s=(2.8, 2.4))
    drawn = strict(record_of(entry, measured_items=6))["strategies"][0]["samples"]
    assert [(sample["items"], sample["job_s"], sample["whole_job_s"]) for sample in drawn] == [
        (6, 0.7, 2.8),
        (6, 0.6, 2.4),
    ]


@pytest.mark.parametrize("name", ['quote".py:f', "späte Übung.py:f", "<script>", "line\nbreak.py:f", "\udc80.py:f"])
def test_any_name_survives_the_way_into_json_and_back(name: str) -> None:
    assert strict(replace(record_of(RACED), workload=Workload(name)))["workload"]["target"] == name


def test_the_anatomy_has_its_sizes_and_shares() -> None:
    anatomy = strict(replace(record_of(RACED), anatomy=ANATOMY))["anatomy"]
    assert anatomy["wall_s"] == {"value": 0.0069, "low": 0.0069, "high": 0.0069, "n": 24}
    assert anatomy["cpu_share"] == pytest.approx(0.0068 / 0.0069)
    assert anatomy["gil_held"] == anatomy["gil_held_probed"] == {"low": 0.9, "high": 1.0}
    assert (anatomy["argument_bytes"], anatomy["argument_dump_s"], anatomy["argument_load_s"]) == (40, 1e-6, 2e-6)
    assert (anatomy["result_bytes"], anatomy["result_dump_s"], anatomy["result_load_s"]) == (28, 3e-6, 4e-6)
    assert anatomy["trials"][0]["worker_bytes"] == 9_000_000
    assert anatomy["native_threads"] is None
    assert len(anatomy["timings"]) == 24


def test_what_the_threads_did_in_the_race_narrows_the_share_of_the_gil() -> None:
    anatomy = strict(replace(record_of(RACED), anatomy=ANATOMY, gil_held=Band(0.95, 0.97)))["anatomy"]
    assert anatomy["gil_held"] == {"low": 0.95, "high": 0.97}
    assert anatomy["gil_held_probed"] == {"low": 0.9, "high": 1.0}


def test_what_cannot_be_pickled_has_no_size_and_native_threads_have_a_name() -> None:
    seen = replace(ANATOMY, results=None, native=NativeThreads(("openblas",), 2), timings=(Timing(0, 0.0069),))
    anatomy = strict(replace(record_of(RACED), anatomy=seen))["anatomy"]
    assert (anatomy["result_bytes"], anatomy["result_dump_s"], anatomy["result_load_s"]) == (None, None, None)
    assert anatomy["native_threads"] == {"libraries": ["openblas"], "threads": 2}
    assert (anatomy["drift"], anatomy["slowest_twentieth_share"]) == (None, None)


def test_what_a_worker_spent_sums_up_to_the_jobs_time() -> None:
    entry = replace(RACED, spent=SPENT, peak_pss_bytes=148_000_000, worker_bytes=3, why="a reason", forecast_s=0.4)
    (written,) = strict(record_of(entry))["strategies"]
    explained = written["explained"]
    assert (explained["job_s"], explained["workers"], explained["parent_cpu_s"]) == (0.5, 2, 0.0123)
    assert explained["peak_pss_bytes"] == 148_000_000
    assert len(explained["spent"]) == len(Spending)
    assert sum(filter(None, explained["spent"].values())) == pytest.approx(explained["job_s"])
    assert explained["spent"]["gil_s"] is None
    assert (written["worker_bytes"], written["why"], written["forecast_s"]) == (3, "a reason", 0.4)


def test_memory_is_told_even_where_nobody_knows_where_the_time_went() -> None:
    (written,) = strict(record_of(replace(RACED, peak_pss_bytes=148_000_000)))["strategies"]
    assert written["explained"]["peak_pss_bytes"] == 148_000_000
    assert written["explained"]["spent"] is None


def test_break_even_and_prospects_name_strategies_by_their_id() -> None:
    written = strict(replace(record_of(RACED), break_even=BREAK_EVEN, prospects=PROSPECTS))
    assert (written["break_even"]["pays_from"], written["break_even"]["strategy"]) == (12, "threads-2")
    assert written["break_even"]["sizes"][0] == {"items": 10, "strategy": "serial", "speedup": 1.0}
    assert [(found["cores"], found["gil"], found["pool"]) for found in written["prospects"]] == [
        (16, None, "processes"),
        (16, None, "threads"),
        (None, False, "threads"),
    ]
    assert (written["prospects"][0]["low"], written["prospects"][0]["high"]) == (9.2, 14.1)
    assert strict(record_of(RACED))["break_even"] is None


def test_the_verdict_has_the_code_to_paste_unless_it_names_no_strategy() -> None:
    serial = Verdict(Outcome.STAY_SERIAL, SERIAL, SERIAL, None, "Stay serial.")
    code = strict(record_of(raced(SERIAL, 1.0), verdict=serial))["verdict"]["snippet"]
    compile(code, "snippet", "exec")
    assert "results =" in code
    nothing = Verdict(Outcome.UNDECIDED, None, None, None, "Nothing could be measured.")
    assert strict(record_of(SKIPPED, verdict=nothing))["verdict"]["snippet"] is None


def keys(value: object) -> set[str]:
    """Collect the names of all fields, at whatever depth."""
    if isinstance(value, dict):
        return set(value).union(*map(keys, value.values()))
    return set().union(*map(keys, value)) if isinstance(value, list) else set()


def test_every_field_is_documented() -> None:
    anatomy = replace(ANATOMY, native=NativeThreads(("openblas",), 2))
    explained = replace(RACED, spent=SPENT)
    record = replace(RECORD, anatomy=anatomy, entries=(explained, FAILED), break_even=BREAK_EVEN, prospects=PROSPECTS)
    documented = set(re.findall(r"\w+", (DOCS / "record.md").read_text(encoding="utf-8")))
    assert keys(strict(record)) - documented == set()
