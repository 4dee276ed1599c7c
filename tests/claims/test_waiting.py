"""Claim 5: the rule at both sides of its threshold, and the experiment itself, shortened."""

import multiprocessing
import threading

import pytest

from whichpool.claims import waiting
from whichpool.claims.evidence import samples_in
from whichpool.values import Holds, Measured


def measured(threads_8_s: list[float], processes_8_s: list[float]) -> Measured:
    times_s = {f"{kind}_{workers}_s": [0.1] * 6 for kind in ("threads", "processes") for workers in (2, 4)}
    return {
        "alone_s": [0.24] * 6,
        "threads_8_s": threads_8_s,
        "processes_8_s": processes_8_s,
        **times_s,
    }


def test_eight_threads_that_wait_at_once_suit_waiting_work() -> None:
    judgement = waiting.judge(measured([0.032] * 6, [0.064] * 6))
    assert judgement.holds is Holds.HOLDS
    assert "7.50×" in judgement.seen


def test_eight_threads_that_are_three_times_as_fast_do_not_suit() -> None:
    assert waiting.judge(measured([0.08] * 6, [0.08] * 6)).holds is Holds.DOES_NOT_HOLD


def test_times_at_both_sides_of_the_threshold_do_not_tell() -> None:
    assert waiting.judge(measured([0.04, 0.08] * 3, [0.06] * 6)).holds is Holds.CANNOT_TELL


def test_too_few_rounds_do_not_tell() -> None:
    few = {
        name: seen[:3] if isinstance(seen, list) else seen for name, seen in measured([0.03] * 6, [0.03] * 6).items()
    }
    assert waiting.judge(few).holds is Holds.CANNOT_TELL


def test_the_speed_up_of_processes_is_told_beside_that_of_threads() -> None:
    assert (
        "processes 2.40× (2.40), 2.40× (2.40), 3.75× (3.75)" in waiting.judge(measured([0.032] * 6, [0.064] * 6)).seen
    )


def test_the_experiment_times_each_way_once_a_round_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "ROUNDS", 1)
    threads = threading.active_count()
    seen = waiting.measure()
    ways = {f"{kind}_{workers}_s" for kind in ("threads", "processes") for workers in (2, 4, 8)}
    assert seen.keys() == {"alone_s", *ways}
    assert {len(samples_in(seen, way)) for way in seen} == {1}
    waiting.judge(seen)
    assert not multiprocessing.active_children()
    assert threading.active_count() == threads
