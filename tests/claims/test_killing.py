"""Claim 7: the rule on each of its sides, and the experiment itself, shortened."""

import multiprocessing

import pytest

from whichpool.claims import killing
from whichpool.values import Holds, Measured

GONE: Measured = {
    "threads": 3,
    "running_after_event": 3,
    "running_after_exception": 0,
    "waiting_after_exception": 3,
    "stronger_ways": [],
    "patience_s": 1.0,
    "left_running": 0,
    "methods": ["fork", "spawn"],
    "fork_terminate_s": [0.001] * 6,
    "fork_kill_s": [0.001] * 6,
    "spawn_terminate_s": [0.002] * 6,
    "spawn_kill_s": [0.002] * 6,
}


def test_threads_that_run_on_where_processes_end_cannot_be_killed() -> None:
    judgement = killing.judge(GONE)
    assert judgement.holds is Holds.HOLDS
    assert "3 of 3 spinning threads ran on" in judgement.seen
    assert "1.00 ms (1.00 ms) (fork)" in judgement.seen
    assert "3 of 3 threads that ran Python code, but 0 of 3 that waited in C" in judgement.reason


def test_a_thread_that_ends_when_asked_refutes_the_claim() -> None:
    assert killing.judge({**GONE, "running_after_event": 2}).holds is Holds.DOES_NOT_HOLD


def test_processes_of_one_kind_that_all_outlast_the_patience_refute_the_claim() -> None:
    late = {**GONE, "spawn_terminate_s": [1.0] * 6, "spawn_kill_s": [1.1] * 6}
    assert killing.judge(late).holds is Holds.DOES_NOT_HOLD


def test_a_process_that_is_left_in_the_end_refutes_the_claim() -> None:
    assert killing.judge({**GONE, "left_running": 1}).holds is Holds.DOES_NOT_HOLD


def test_one_process_that_takes_longer_than_others_of_its_kind_leaves_it_open() -> None:
    assert killing.judge({**GONE, "fork_kill_s": [0.001] * 5 + [1.2]}).holds is Holds.CANNOT_TELL


def test_a_python_whose_threads_have_a_stronger_way_is_not_judged() -> None:
    judgement = killing.judge({**GONE, "stronger_ways": ["kill"]})
    assert judgement.holds is Holds.CANNOT_TELL
    assert "kill" in judgement.reason


def test_spinning_threads_run_on_and_no_process_is_left_when_all_were_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(killing, "ROUNDS", 1)
    monkeypatch.setattr(killing, "PATIENCE_S", 0.2)
    seen = killing.measure()
    assert (seen["threads"], seen["running_after_event"]) == (3, 3)
    assert seen["waiting_after_exception"] == 3
    assert seen["left_running"] == 0
    killing.judge(seen)
    assert not multiprocessing.active_children()


def test_a_process_that_was_not_ended_yet_is_counted_as_there() -> None:
    with killing._process("spawn", killing.spin_in_process) as (process, _):  # noqa: SLF001 - the count must be able to fail
        pid = process.pid or 0
        assert killing._exists(pid)  # noqa: SLF001 - as above
    assert not killing._exists(pid)  # noqa: SLF001 - as above
