"""Claim 9: the rule on both halves, and the experiment itself, shortened."""

import multiprocessing
import threading

import pytest

from whichpool.claims import starting
from whichpool.values import Holds, Measured


def measured(**times_s: list[float]) -> Measured:
    usual_s = {
        "start_thread_s": [0.0002] * 6,
        "start_fork_s": [0.002] * 6,
        "start_spawn_s": [0.06] * 6,
        "run_thread_s": [0.01] * 6,
        "run_process_s": [0.01] * 6,
    }
    return {"kinds": ["thread", "fork", "spawn"], **usual_s, **times_s}


def test_processes_that_start_slower_and_run_alike_confirm_both_halves() -> None:
    judgement = starting.judge(measured())
    assert judgement.holds is Holds.HOLDS
    assert "60.0 ms (60.0 ms) (spawn)" in judgement.seen
    assert "at least 10.0 times as long to start" in judgement.reason


@pytest.mark.parametrize("ratio", [0.5, 1.5])
def test_a_process_that_runs_at_another_rate_fails_the_second_half(ratio: float) -> None:
    judgement = starting.judge(measured(run_process_s=[0.01 * ratio] * 6))
    assert judgement.holds is Holds.DOES_NOT_HOLD
    assert "once running" in judgement.reason
    assert "was faster" not in judgement.reason


def test_a_start_method_that_is_quicker_than_a_thread_fails_the_first_half() -> None:
    judgement = starting.judge(measured(start_fork_s=[0.0001] * 6))
    assert judgement.holds is Holds.DOES_NOT_HOLD
    assert judgement.reason == "starting a process by fork was faster"


def test_starts_at_both_sides_leave_the_first_half_open() -> None:
    judgement = starting.judge(measured(start_fork_s=[0.0001, 0.002] * 3))
    assert judgement.holds is Holds.CANNOT_TELL
    assert "whether starting is slower did not show" in judgement.reason


def test_rates_that_scatter_beyond_a_quarter_leave_the_second_half_open() -> None:
    judgement = starting.judge(measured(run_process_s=[0.01, 0.014] * 3))
    assert judgement.holds is Holds.CANNOT_TELL
    assert "whether starting" not in judgement.reason


def test_too_few_rounds_do_not_tell() -> None:
    few = {
        name: seen[:3] if name.endswith("_s") and isinstance(seen, list) else seen for name, seen in measured().items()
    }
    assert starting.judge(few).holds is Holds.CANNOT_TELL


def test_the_experiment_starts_each_kind_once_a_round_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(starting, "STARTS", 2)
    monkeypatch.setattr(starting, "RUNS", 3)
    threads = threading.active_count()
    seen = starting.measure()
    lengths = {name: len(times_s) for name, times_s in seen.items() if isinstance(times_s, list)}
    methods = multiprocessing.get_all_start_methods()
    assert seen["kinds"] == ["thread", *methods]
    assert {lengths[f"start_{kind}_s"] for kind in ("thread", *methods)} == {2}
    assert lengths["run_thread_s"] == lengths["run_process_s"] == 3
    starting.judge(seen)
    assert not multiprocessing.active_children()
    assert threading.active_count() == threads
