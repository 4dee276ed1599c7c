"""Claim 6: the rule at both sides of its threshold, and the experiment itself, shortened."""

import multiprocessing

import pytest

from whichpool.claims import responsive
from whichpool.claims.evidence import samples_in
from whichpool.values import Holds, Measured


def measured(**delays_s: list[float]) -> Measured:
    usual_s = {
        "counting_loop": [0.12] * 6,
        "counting_thread": [0.006] * 6,
        "counting_process": [0.001] * 6,
        "hashing_loop": [0.12] * 6,
        "hashing_thread": [0.001] * 6,
        "hashing_process": [0.001] * 6,
        **delays_s,
    }
    return {f"{name}_delay_s": times_s for name, times_s in usual_s.items()}


def test_a_thread_that_delays_ticks_by_milliseconds_keeps_the_loop_responsive() -> None:
    judgement = responsive.judge(measured())
    assert judgement.holds is Holds.HOLDS
    assert "6.00 ms (6.00 ms) (counting, thread)" in judgement.seen
    assert "1.00 ms (1.00 ms) (hashing, process)" in judgement.seen


@pytest.mark.parametrize("work", ["counting", "hashing"])
def test_a_thread_that_holds_ticks_up_as_people_notice_does_not(work: str) -> None:
    judgement = responsive.judge(measured(**{f"{work}_thread": [0.11] * 6}))
    assert judgement.holds is Holds.DOES_NOT_HOLD
    assert f"{work} in a thread" in judgement.reason


@pytest.mark.parametrize("work", ["counting", "hashing"])
def test_a_thread_is_not_to_blame_where_ticks_are_as_late_beside_a_process(work: str) -> None:
    judgement = responsive.judge(measured(**{f"{work}_thread": [0.15] * 6, f"{work}_process": [0.15] * 6}))
    assert judgement.holds is Holds.CANNOT_TELL
    assert "beside a process" in judgement.reason


def test_one_late_tick_in_few_rounds_leaves_it_open() -> None:
    late = measured(counting_thread=[0.006] * 5 + [0.2])
    assert responsive.judge(late).holds is Holds.CANNOT_TELL


def test_work_that_does_not_hold_the_loop_up_by_itself_tells_nothing_of_threads() -> None:
    assert responsive.judge(measured(hashing_loop=[0.05] * 6)).holds is Holds.CANNOT_TELL


def test_too_few_rounds_do_not_tell() -> None:
    few = {name: seen[:2] if isinstance(seen, list) else seen for name, seen in measured().items()}
    assert responsive.judge(few).holds is Holds.CANNOT_TELL


def test_work_in_the_loop_holds_up_the_tick_that_falls_into_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responsive, "ROUNDS", 1)
    seen = responsive.measure()
    assert seen.keys() == measured().keys()
    for work in responsive.WORKS:
        (delay_s,) = samples_in(seen, f"{work}_loop_delay_s")
        assert delay_s >= responsive.WORK_S - responsive.TICK_S
    responsive.judge(seen)
    assert not multiprocessing.active_children()
