"""Claim 11: whether processes use several cores, and whether that is more than threads do."""

import multiprocessing
import threading

import pytest

from whichpool.claims import several_cores
from whichpool.claims.evidence import samples_in
from whichpool.claims.several_cores import judge, measure
from whichpool.machine.cores import Cores
from whichpool.values import Holds, Measured


def seen(  # noqa: PLR0913 - what the rule depends on, each varied by itself
    processes: float = 1.9,
    threads: float = 1.0,
    hashing: float = 1.9,
    *,
    cores: float = 2,
    spread: float = 0.01,
    gil: bool = True,
    rounds: int = 9,
) -> Measured:
    """Make up what was measured: how many times as fast as one as many workers are as there are cores."""
    at = several_cores.one_for_each(cores)
    measured: dict[str, list[float]] = {}
    for name, speedup in (("processes", processes), ("threads", threads), ("hashing", hashing)):
        measured[f"{name}_{at}_s"] = [1 / (speedup + spread * (place - rounds // 2)) for place in range(rounds)]
        measured[f"{name}_1_s"] = [1.0] * rounds
    return {"gil": gil, "cores": cores, "counts": sorted({1, at}), **measured}


def test_two_processes_nearly_twice_as_fast_where_threads_gain_nothing_bypass_the_gil() -> None:
    judgement = judge(seen())
    assert judgement.holds is Holds.HOLDS
    assert "the GIL kept 2 threads" in judgement.reason


def test_where_no_gil_is_on_there_is_none_to_bypass() -> None:
    judgement = judge(seen(threads=1.9, gil=False))
    assert judgement.holds is Holds.HOLDS
    assert "none that they could bypass" in judgement.reason


def test_threads_that_gain_as_much_in_spite_of_a_gil_refute_the_claim() -> None:
    assert judge(seen(threads=1.9)).holds is Holds.DOES_NOT_HOLD


def test_threads_that_may_have_gained_settle_nothing_on_a_build_with_a_gil() -> None:
    assert judge(seen(threads=4 / 3)).holds is Holds.CANNOT_TELL


def test_processes_that_gain_nothing_where_hashing_does_refute_the_claim() -> None:
    assert judge(seen(processes=1.1)).holds is Holds.DOES_NOT_HOLD


def test_processes_that_gain_nothing_where_hashing_does_not_either_settle_nothing() -> None:
    judgement = judge(seen(processes=1.1, hashing=1.05))
    assert judgement.holds is Holds.CANNOT_TELL
    assert "quieter" in judgement.reason


def test_a_speedup_on_both_sides_of_the_threshold_settles_nothing() -> None:
    assert judge(seen(processes=4 / 3)).holds is Holds.CANNOT_TELL


def test_one_core_settles_nothing() -> None:
    judgement = judge(seen(cores=1))
    assert judgement.holds is Holds.CANNOT_TELL
    assert "it takes two" in judgement.reason


def test_fewer_than_six_rounds_settle_nothing() -> None:
    assert judge(seen(rounds=5)).holds is Holds.CANNOT_TELL


def test_a_quota_of_one_core_and_a_half_asks_for_less_than_two_cores() -> None:
    assert judge(seen(1.3, cores=1.5, spread=0.001)).holds is Holds.HOLDS
    assert judge(seen(1.3, cores=2, spread=0.001)).holds is Holds.DOES_NOT_HOLD


def test_many_cores_are_judged_by_eight_workers() -> None:
    assert judge(seen(7.0, hashing=7.5, cores=64)).holds is Holds.HOLDS
    assert judge(seen(3.0, hashing=7.5, cores=64)).holds is Holds.DOES_NOT_HOLD


@pytest.mark.parametrize(("cores", "counts"), [(1, [1, 2]), (1.5, [1, 2, 4])])
def test_workers_go_up_to_twice_the_cores_and_nothing_is_left_behind(
    monkeypatch: pytest.MonkeyPatch, cores: float, counts: list[int]
) -> None:
    monkeypatch.setattr(several_cores, "WORK_S", 0.002)
    monkeypatch.setattr(several_cores, "ROUNDS", 1)
    monkeypatch.setattr(several_cores, "usable_cores", lambda: Cores(cores, 2, None))
    threads = threading.active_count()
    measured = measure()
    assert measured["counts"] == counts
    for name in ("processes", "threads"):
        assert {len(samples_in(measured, f"{name}_{count}_s")) for count in counts} == {1}
    judge(measured)
    assert not multiprocessing.active_children()
    assert threading.active_count() == threads
