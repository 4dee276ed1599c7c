"""Claim 8: what an idle worker adds to the memory."""

import multiprocessing
import threading

import pytest

from whichpool.claims import footprint
from whichpool.claims.footprint import judge, measure
from whichpool.values import Holds, Measured

KIB, MIB = 1 << 10, 1 << 20


def seen(thread: int = 24 * KIB, fork: int = 2 * MIB, spawn: int = 10 * MIB, rounds: int = 3, **more: int) -> Measured:
    added = {"thread": thread, "fork": fork, "spawn": spawn, **more}
    samples = {
        f"{way}_added_bytes": [each + further * KIB for _ in range(rounds) for further in range(7)]
        for way, each in added.items()
    }
    return {"ways": list(added), "workers": 7, **samples}


def test_processes_that_add_more_by_every_start_method_are_heavier() -> None:
    judgement = judge(seen())
    assert judgement.holds is Holds.HOLDS
    assert "least by fork" in judgement.reason


def test_one_start_method_whose_processes_are_as_light_as_threads_refutes_the_claim() -> None:
    judgement = judge(seen(fork=8 * KIB))
    assert judgement.holds is Holds.DOES_NOT_HOLD
    assert "fork" in judgement.reason


def test_a_process_that_cannot_be_told_apart_from_a_thread_settles_nothing() -> None:
    assert judge(seen(fork=25 * KIB)).holds is Holds.CANNOT_TELL


def test_fewer_than_six_further_workers_settle_nothing() -> None:
    few: Measured = {
        "ways": ["thread", "fork"],
        "workers": 7,
        "thread_added_bytes": [KIB] * 3,
        "fork_added_bytes": [MIB] * 3,
    }
    assert judge(few).holds is Holds.CANNOT_TELL


def test_a_system_that_tells_no_proportional_set_size_settles_nothing() -> None:
    assert judge(seen(rounds=0)).holds is Holds.CANNOT_TELL


def test_interpreters_are_told_of_but_are_no_processes() -> None:
    judgement = judge(seen(interpreter=KIB))
    assert judgement.holds is Holds.HOLDS
    assert "(interpreter)" in judgement.seen


def test_the_first_worker_of_the_fork_server_is_counted_apart() -> None:
    firsts = [20 * MIB, *[3 * MIB] * 6] * 3
    judgement = judge({**seen(forkserver=0), "forkserver_added_bytes": firsts})
    further, first = judgement.seen.split("; ")
    assert "3.1 MB" in further
    assert "its server, 21 MB" in first


def test_every_way_is_measured_and_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(footprint, "WORKERS", 1)
    monkeypatch.setattr(footprint, "ROUNDS", 1)
    threads = threading.active_count()
    measured = measure()
    for way in ("thread", *multiprocessing.get_all_start_methods()):
        assert isinstance(samples := measured[f"{way}_added_bytes"], list)
        assert len(samples) == 1
    assert not multiprocessing.active_children()
    assert threading.active_count() == threads
