import multiprocessing
import threading
from collections.abc import Sequence
from math import isinf

import pytest

from whichpool.claims import execution_time
from whichpool.claims.execution_time import judge, measure, paying_length
from whichpool.values import Estimate, Holds, Measured

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
        "python_threads_s": [0.08 + 1e-3 * threads * each for each in noise],
        "python_fork_s": [0.04 + 1e-3 * fork * each for each in noise],
        "hashing_called_s": [0.08] * rounds,
        "hashing_threads_s": [0.04 + 1e-3 * threads * each for each in noise],
    }


def test_programs_that_take_longer_than_calling_their_functions_refute_the_claim() -> None:
    judgement = judge(ran(threads=2, fork=30))
    assert judgement.holds is Holds.DOES_NOT_HOLD
    assert "threads, processes (fork)" in judgement.reason
    assert "longer pieces of work pay" in judgement.reason


def test_where_nothing_was_seen_to_pay_nothing_is_promised() -> None:
    slow = {"python_fork_s": [0.2] * ROUNDS, "hashing_threads_s": [0.2] * ROUNDS}
    judgement = judge({**ran(threads=2, fork=30), **slow})
    assert "not seen to pay" in judgement.seen
    assert "longer pieces" not in judgement.reason


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
    assert "pieces pay from 29.4–30.6 ms (fork), 1.96–2.04 ms (hashing threads)" in seen
    assert seen.endswith("; not seen to pay: threads")


def test_kinds_whose_paying_length_is_not_told_are_named_together() -> None:
    seen = judge(ran(threads=2, fork=30, rounds=5)).seen
    assert "pay from" not in seen
    assert seen.endswith("; not told by these rounds: fork, hashing threads, threads")


def paying(start_s: float, called_s: float, at_once_s: Sequence[float], own_start_s: float | None = None) -> Estimate:
    rounds = len(at_once_s)
    measured: Measured = {
        "spawn_program_s": [start_s] * rounds,
        "fork_program_s": [own_start_s or start_s] * rounds,
        "python_called_s": [called_s] * rounds,
        "python_fork_s": at_once_s,
    }
    return paying_length(measured, "spawn", "python", "fork")


def test_work_pays_once_what_two_workers_save_makes_up_for_their_start() -> None:
    assert paying(0.01, 0.1, [0.06] * 6).value == pytest.approx(0.01)
    assert paying(0.01, 0.1, [0.085] * 6).value == pytest.approx(0.02)


def test_what_starts_more_slowly_pays_later_with_the_same_share_saved() -> None:
    assert paying(0.1, 0.1, [0.06] * 6, own_start_s=0.01).value == pytest.approx(0.1)


def test_two_workers_are_never_believed_to_save_more_than_half() -> None:
    assert paying(0.05, 0.1, [0.06] * 6).value == pytest.approx(0.05)


def test_workers_that_save_nothing_are_not_said_to_pay_at_any_length() -> None:
    for at_once_s in (0.11, 0.3):
        length = paying(0.01, 0.1, [at_once_s] * 6)
        assert isinf(length.value)
        assert length.low > 0


def test_a_length_that_the_rounds_do_not_bound_is_not_told() -> None:
    assert not paying(0.01, 0.1, [0.06] * 5).bounded
    assert not paying(0.01, 0.1, [0.06] * 4 + [0.2] * 2).bounded


def test_every_kind_of_worker_runs_the_programs_and_the_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution_time, "PIECE_S", 0.001)
    monkeypatch.setattr(execution_time, "ROUNDS", 1)
    threads = threading.active_count()
    measured = measure()
    methods = multiprocessing.get_all_start_methods()
    assert measured["start_methods"] == methods
    names = [f"{kind}_program_s" for kind in ("threads", *methods)]
    for name in (*names, "called_s", "python_fork_s", "python_threads_s", "hashing_threads_s"):
        assert isinstance(samples := measured[name], list)
        assert len(samples) == 1
    assert "spawn" in judge(measured).seen
    assert not multiprocessing.active_children()
    assert threading.active_count() == threads
