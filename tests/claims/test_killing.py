"""Claim 7: the rule on each of its sides, and the experiment itself, shortened."""

import multiprocessing

import pytest

from whichpool.claims import killing
from whichpool.claims.evidence import samples_in
from whichpool.values import Holds, Measured

GONE: Measured = {
    "methods": ["fork", "spawn"],
    "thread_s": [0.501] * 6,
    "fork_s": [0.001] * 6,
    "spawn_s": [0.002] * 6,
    "left_running": 0,
}


def test_a_thread_that_runs_on_where_processes_end_cannot_be_killed() -> None:
    judgement = killing.judge(GONE)
    assert judgement.holds is Holds.HOLDS
    assert "still ran 500 ms after being asked" in judgement.seen
    assert "1.00 ms (1.00 ms) (fork)" in judgement.seen


def test_a_thread_that_ends_when_asked_refutes_the_claim() -> None:
    judgement = killing.judge({**GONE, "thread_s": [0.01] * 6})
    assert judgement.holds is Holds.DOES_NOT_HOLD
    assert "was gone 10.0 ms (10.0 ms) after being asked" in judgement.seen


def test_a_thread_that_ended_once_leaves_it_open() -> None:
    assert killing.judge({**GONE, "thread_s": [0.501] * 5 + [0.01]}).holds is Holds.CANNOT_TELL


def test_processes_of_one_kind_that_all_outlast_the_patience_refute_the_claim() -> None:
    assert killing.judge({**GONE, "spawn_s": [0.5] * 6}).holds is Holds.DOES_NOT_HOLD


def test_a_process_that_is_left_in_the_end_refutes_the_claim() -> None:
    assert killing.judge({**GONE, "left_running": 1}).holds is Holds.DOES_NOT_HOLD


def test_one_process_that_takes_longer_than_others_of_its_kind_leaves_it_open() -> None:
    assert killing.judge({**GONE, "fork_s": [0.001] * 5 + [0.6]}).holds is Holds.CANNOT_TELL


def test_too_few_rounds_do_not_tell() -> None:
    few = {name: seen[:5] if isinstance(seen, list) else seen for name, seen in GONE.items()}
    judgement = killing.judge(few)
    assert judgement.holds is Holds.CANNOT_TELL
    assert "still ran 500 ms" in judgement.seen
    assert "5 rounds do not tell" in judgement.reason


def test_a_spinning_thread_runs_on_and_no_process_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(killing, "ROUNDS", 1)
    monkeypatch.setattr(killing, "PATIENCE_S", 0.2)
    seen = killing.measure()
    assert min(samples_in(seen, "thread_s")) >= killing.PATIENCE_S
    assert {len(samples_in(seen, f"{method}_s")) for method in multiprocessing.get_all_start_methods()} == {1}
    assert seen["left_running"] == 0
    killing.judge(seen)
    assert not multiprocessing.active_children()


def test_a_thread_that_looks_and_is_asked_ends_between_two_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(killing, "ENDLESS", 1_000)
    hearing, telling = multiprocessing.Pipe(duplex=False)
    with hearing, telling:
        killing.ask_thread(telling, 30.0)
        assert hearing.recv() < 30
