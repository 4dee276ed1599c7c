"""Claim 6: the rule at both sides of its threshold, and the experiment itself, shortened."""

import multiprocessing

import pytest

from whichpool.claims import responsive
from whichpool.values import Holds, Measured


def measured(**worst_s: list[float]) -> Measured:
    usual_s = {
        "python_loop": [0.12] * 6,
        "python_thread": [0.006] * 6,
        "python_process": [0.001] * 6,
        "hashing_loop": [0.12] * 6,
        "hashing_thread": [0.001] * 6,
        "hashing_process": [0.001] * 6,
        "c_call_thread": [0.25] * 6,
        **worst_s,
    }
    return {
        "gil": True,
        **{f"{name}_worst_s": times_s for name, times_s in usual_s.items()},
        **{f"{name}_delay_s": times_s for name, times_s in usual_s.items()},
    }


def test_a_thread_that_delays_ticks_by_milliseconds_keeps_the_loop_responsive() -> None:
    judgement = responsive.judge(measured())
    assert judgement.holds is Holds.HOLDS
    assert "Python code made ticks 6.00 ms late" in judgement.reason
    assert "hashing made ticks 1.00 ms late" in judgement.reason


def test_a_call_in_c_that_keeps_the_gil_is_told_where_it_held_the_loop_up() -> None:
    assert "keeps the GIL" in responsive.judge(measured()).reason
    assert "keeps the GIL" not in responsive.judge(measured(c_call_thread=[0.001] * 6)).reason


def test_a_python_without_a_gil_is_told() -> None:
    assert "without a GIL" in responsive.judge({**measured(), "gil": False}).reason
    assert "without a GIL" not in responsive.judge(measured()).reason


@pytest.mark.parametrize(("work", "name"), [("python_thread", "Python code"), ("hashing_thread", "hashing")])
def test_a_thread_that_holds_ticks_up_as_people_notice_does_not(work: str, name: str) -> None:
    judgement = responsive.judge(measured(**{work: [0.11] * 6}))
    assert judgement.holds is Holds.DOES_NOT_HOLD
    assert name in judgement.reason


def test_one_late_tick_in_few_rounds_leaves_it_open() -> None:
    late = measured(python_thread=[0.006] * 5 + [0.2])
    assert responsive.judge(late).holds is Holds.CANNOT_TELL


def test_work_that_does_not_hold_the_loop_up_by_itself_tells_nothing_of_threads() -> None:
    assert responsive.judge(measured(hashing_loop=[0.05] * 6)).holds is Holds.CANNOT_TELL


def test_too_few_rounds_do_not_tell() -> None:
    few = {name: seen[:2] if isinstance(seen, list) else seen for name, seen in measured().items()}
    assert responsive.judge(few).holds is Holds.CANNOT_TELL


def test_work_in_the_loop_holds_up_the_one_tick_that_falls_into_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responsive, "ROUNDS", 1)
    seen = responsive.measure()
    delays_s, worst_s = seen["python_loop_delay_s"], seen["python_loop_worst_s"]
    assert isinstance(delays_s, list)
    assert isinstance(worst_s, list)
    assert len(delays_s) == 1
    assert worst_s == delays_s
    assert worst_s[0] >= responsive.WORK_S - responsive.TICK_S
    responsive.judge(seen)
    assert not multiprocessing.active_children()
