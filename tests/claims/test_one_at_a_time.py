import threading

import pytest

from whichpool.claims import one_at_a_time
from whichpool.claims.one_at_a_time import judge, measure
from whichpool.machine.gil import gil_is_on
from whichpool.values import Holds, Measured

ROUNDS = 12
STEADY = [0.99, 1.0, 1.01] * 4


def ran(python: float, hashing: float, *, gil: bool, cores: float = 2, spread: float = 1) -> Measured:
    """Make up a measurement from the two speed-ups; a spread above 1 widens the interval of Python's."""
    return {
        "gil": gil,
        "cores": cores,
        "python_one_after_other_s": [0.1] * ROUNDS,
        "python_at_once_s": [0.1 / python * noise**spread for noise in STEADY],
        "hashing_one_after_other_s": [0.1] * ROUNDS,
        "hashing_at_once_s": [0.1 / hashing * noise for noise in STEADY],
    }


def test_two_threads_that_take_as_long_as_one_after_the_other_show_the_gil() -> None:
    judgement = judge(ran(python=0.98, hashing=1.95, gil=True))
    assert judgement.holds is Holds.HOLDS
    assert "not everything" in judgement.reason


def test_two_threads_that_run_python_at_once_refute_the_claim_where_there_is_no_gil() -> None:
    judgement = judge(ran(python=1.9, hashing=1.95, gil=False))
    assert judgement.holds is Holds.DOES_NOT_HOLD
    assert "no GIL is on" in judgement.reason


def test_two_threads_that_run_python_at_once_refute_the_claim_even_where_a_gil_is_said_to_be_on() -> None:
    judgement = judge(ran(python=1.9, hashing=1.95, gil=True))
    assert judgement.holds is Holds.DOES_NOT_HOLD
    assert "although the GIL is on" in judgement.reason


@pytest.mark.parametrize("gil", [True, False])
def test_an_interval_that_straddles_the_threshold_decides_nothing(gil: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert judge(ran(python=1.25, hashing=1.95, gil=gil, spread=5)).holds is Holds.CANNOT_TELL


@pytest.mark.parametrize("cores", [1, 1.5])
def test_fewer_than_two_cores_cannot_show_the_gil(cores: float) -> None:
    judgement = judge(ran(python=0.98, hashing=1.45, gil=True, cores=cores))
    assert judgement.holds is Holds.CANNOT_TELL
    assert f"only {cores:g}" in judgement.reason


def test_threads_that_gain_nothing_even_without_the_gil_show_a_busy_machine_and_not_the_gil() -> None:
    judgement = judge(ran(python=0.98, hashing=1.1, gil=True))
    assert judgement.holds is Holds.CANNOT_TELL
    assert "less load" in judgement.reason


def test_no_gain_without_a_gil_is_not_put_down_to_the_gil() -> None:
    assert judge(ran(python=0.98, hashing=1.95, gil=False)).holds is Holds.CANNOT_TELL


def test_too_few_rounds_decide_nothing() -> None:
    full = ran(python=0.98, hashing=1.95, gil=True)
    few: Measured = {name: seen[:5] if isinstance(seen, list) else seen for name, seen in full.items()}
    assert judge(few).holds is Holds.CANNOT_TELL


def test_both_kinds_of_work_are_timed_both_ways_in_the_same_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_at_a_time, "PIECE_S", 0.005)
    monkeypatch.setattr(one_at_a_time, "ROUNDS", 3)
    threads = threading.active_count()
    measured = measure()
    assert measured["gil"] is gil_is_on()
    assert {len(seen) for seen in measured.values() if isinstance(seen, list)} == {3}
    assert judge(measured).holds is Holds.CANNOT_TELL
    assert threading.active_count() == threads
