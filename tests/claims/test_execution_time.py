import multiprocessing
import threading

import pytest

from whichpool.claims import execution_time
from whichpool.claims.execution_time import judge, measure, pays_from
from whichpool.values import Holds, Measured

ROUNDS = 9
STEADY = [0.98, 1.0, 1.02] * 3


def ran(*, threads: float, fork: float, rounds: int = ROUNDS) -> Measured:
    """Make up programs that take some times as long as calling their functions; two pieces are saved half by fork."""
    noise = STEADY[:rounds]
    return {
        "start_methods": ["fork"],
        "called_s": [1e-3] * rounds,
        "threads_program_s": [1e-3 * threads * each for each in noise],
        "fork_program_s": [1e-3 * fork * each for each in noise],
        "python_called_s": [0.08] * rounds,
        "threads_at_once_s": [0.08 + 1e-3 * threads * each for each in noise],
        "fork_at_once_s": [0.04 + 1e-3 * fork * each for each in noise],
        "hashing_called_s": [0.08] * rounds,
        "hashing_at_once_s": [0.04 + 1e-3 * threads * each for each in noise],
    }


def test_programs_that_take_longer_than_calling_their_functions_refute_the_claim() -> None:
    judgement = judge(ran(threads=2, fork=30))
    assert judgement.holds is Holds.DOES_NOT_HOLD
    assert "threads, processes (fork)" in judgement.reason


def test_one_program_that_certainly_takes_longer_refutes_the_claim_and_is_named() -> None:
    judgement = judge(ran(threads=0.6, fork=30))
    assert judgement.holds is Holds.DOES_NOT_HOLD
    assert "threads" not in judgement.reason


def test_programs_that_all_take_less_time_let_the_claim_hold() -> None:
    assert judge(ran(threads=0.6, fork=0.7)).holds is Holds.HOLDS


def test_a_program_that_cannot_be_told_from_calling_decides_nothing() -> None:
    assert judge(ran(threads=0.6, fork=1)).holds is Holds.CANNOT_TELL


def test_too_few_rounds_decide_nothing() -> None:
    assert judge(ran(threads=2, fork=30, rounds=5)).holds is Holds.CANNOT_TELL


def test_the_length_that_pays_is_told_for_each_kind_of_worker_and_of_work() -> None:
    seen = judge(ran(threads=2, fork=30)).seen
    assert "in threads not seen to (under 5% of 40.0 ms each saved)" in seen
    assert "in processes (fork) from 30.0 ms" in seen
    assert "in threads that hash from 2.00 ms" in seen


def test_work_pays_once_what_two_workers_save_makes_up_for_their_start() -> None:
    assert pays_from([0.01] * 6, [0.1] * 6, [0.06] * 6).startswith("from 10.0 ms")
    assert pays_from([0.01] * 6, [0.1] * 6, [0.085] * 6).startswith("from 20.0 ms")


def test_two_workers_are_never_believed_to_save_more_than_half() -> None:
    assert pays_from([0.05] * 6, [0.1] * 6, [0.06] * 6).startswith("from 50.0 ms")


def test_workers_that_save_nothing_are_not_said_to_pay_at_any_length() -> None:
    assert pays_from([0.01] * 6, [0.1] * 6, [0.11] * 6).startswith("not seen to")
    assert pays_from([0.01] * 6, [0.1] * 6, [0.3] * 6).startswith("not seen to")


def test_a_length_that_the_rounds_do_not_bound_is_not_told() -> None:
    assert pays_from([0.01] * 5, [0.1] * 5, [0.06] * 5).startswith("not told")
    assert pays_from([0.01] * 6, [0.1] * 6, [0.06] * 4 + [0.2] * 2).startswith("not told")


def test_every_kind_of_worker_runs_the_programs_and_the_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution_time, "PIECE_S", 0.001)
    monkeypatch.setattr(execution_time, "ROUNDS", 1)
    threads = threading.active_count()
    measured = measure()
    methods = multiprocessing.get_all_start_methods()
    assert measured["start_methods"] == methods
    for kind in ("threads", *methods):
        for what in ("program", "at_once"):
            samples = measured[f"{kind}_{what}_s"]
            assert isinstance(samples, list)
            assert len(samples) == 1
    assert "processes (spawn)" in judge(measured).seen
    assert not multiprocessing.active_children()
    assert threading.active_count() == threads
