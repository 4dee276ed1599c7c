"""What the report of a job says of its speed."""

from typing import Any

import pytest

import whichpool
from whichpool.running.account import JobReport, Stage


def _report(*stages: Stage, elapsed_s: float) -> JobReport:
    return JobReport(list(stages), elapsed_s=elapsed_s, finished=True)


def _stage(pool: str, **figures: Any) -> Stage:  # noqa: ANN401 - what a stage has done
    return Stage(pool, 2, "", 0.0, **figures)


def test_stages_count_by_what_the_loop_would_have_taken_for_them() -> None:
    loop = _stage("serial", items=1, elapsed_s=1.0, speedup=1.0)
    report = _report(loop, _stage("processes", items=9, elapsed_s=3.0, speedup=2.0), elapsed_s=4.0)

    assert report.speedup == pytest.approx(1.75)
    assert "about 1.75 times faster than the loop alone" in report.verdict


def test_where_it_is_not_known_of_one_stage_nothing_is_said() -> None:
    loop = _stage("serial", items=1, elapsed_s=1.0, speedup=1.0)
    report = _report(loop, _stage("threads", items=9, elapsed_s=3.0, speedup=None), elapsed_s=4.0)

    assert report.speedup is None
    assert "times" not in report.verdict


def test_what_is_about_as_fast_is_called_so() -> None:
    report = _report(_stage("threads", items=9, elapsed_s=3.0, speedup=1.02), elapsed_s=3.0)

    assert "about as fast as the loop alone" in report.verdict


def test_a_loop_that_has_run_alone_has_lost_nothing_to_others() -> None:
    results = whichpool.map(abs, range(1000), pools="serial")
    list(results)

    assert [stage.speedup for stage in results.report.stages] == [1.0]


def test_a_job_that_was_mostly_run_in_the_loop_is_not_told_as_if_there_had_been_no_workers() -> None:
    loop = _stage("serial", items=90, elapsed_s=3.0, busy_s=3.0, speedup=1.0)
    threads = _stage("threads", items=10, elapsed_s=1.0, busy_s=1.5, speedup=1.5)

    assert _report(loop, threads, elapsed_s=4.0).verdict.startswith("The loop and threads ×2: 100 items")
