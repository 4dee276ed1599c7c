"""Claim 5: the rule at both sides of its threshold, and the experiment itself, shortened."""

import multiprocessing
import threading

import pytest

from whichpool.claims import waiting
from whichpool.values import Holds, Measured


def measured(threads_8_s: list[float], processes_8_s: list[float]) -> Measured:
    times_s = {f"{kind}_{workers}_s": [0.1] * 6 for kind in ("threads", "processes") for workers in (2, 4)}
    return {
        "start_method": "fork",
        "one_after_other_s": [0.24] * 6,
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


@pytest.mark.parametrize(
    ("processes_8_s", "told"),
    [
        ([0.064] * 6, "were worse, with 2.00× (2.00)"),
        ([0.033] * 6, "were as good"),
        ([0.016] * 6, "were better"),
        ([0.02, 0.05] * 3, "were not told apart"),
    ],
)
def test_how_processes_compare_is_told(processes_8_s: list[float], told: str) -> None:
    assert told in waiting.judge(measured([0.032] * 6, processes_8_s)).reason


def test_the_experiment_times_each_way_once_a_round_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "ROUNDS", 1)
    threads = threading.active_count()
    seen = waiting.measure()
    assert {len(times_s) for name, times_s in seen.items() if name.endswith("_s") and isinstance(times_s, list)} == {1}
    waiting.judge(seen)
    assert not multiprocessing.active_children()
    assert threading.active_count() == threads
