"""Claim 8: what an idle worker adds to the memory."""

import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor

import pytest

from whichpool.claims import footprint
from whichpool.claims.evidence import samples_in
from whichpool.claims.footprint import judge, measure
from whichpool.values import Holds, Measured

KIB, MIB = 1 << 10, 1 << 20


def seen(thread: int = 24 * KIB, fork: int = 2 * MIB, spawn: int = 10 * MIB, workers: int = 18) -> Measured:
    added = {"thread": thread, "fork": fork, "spawn": spawn}
    samples = {
        f"{way}_further_bytes": [each + place % 6 * KIB for place in range(workers)] for way, each in added.items()
    }
    return {"ways": list(added), **samples}


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
    assert judge(seen(workers=5)).holds is Holds.CANNOT_TELL


def test_a_system_that_tells_no_proportional_set_size_settles_nothing() -> None:
    assert judge(seen(workers=0)).holds is Holds.CANNOT_TELL


def test_the_fork_server_is_counted_with_its_first_worker() -> None:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        pytest.skip("this system has no fork server")
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        first, second = fresh.submit(footprint.added_bytes, "forkserver", 2).result()
    assert first > second > 0


def test_every_way_is_measured_and_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(footprint, "WORKERS", 2)
    monkeypatch.setattr(footprint, "ROUNDS", 1)
    threads = threading.active_count()
    measured = measure()
    for way in ("thread", *multiprocessing.get_all_start_methods()):
        assert len(samples_in(measured, f"{way}_first_bytes")) == 1
        assert len(samples_in(measured, f"{way}_further_bytes")) == 1
    assert not multiprocessing.active_children()
    assert threading.active_count() == threads
