"""Claim 12: whom a leak and a crash harm."""

import multiprocessing
import resource
import threading
from signal import SIGSEGV

import pytest

from whichpool.claims import leaking
from whichpool.claims.leaking import judge, measure
from whichpool.values import Holds, Measured

LEAK_BYTES = 46_000_000.0


def seen(
    *,
    kept: tuple[float, float] = (1.0, 0.0),
    died: tuple[bool, bool] = (True, False),
    alive: bool = True,
    rounds: int = 6,
) -> Measured:
    """Make up what was measured: shares kept, and whether the host died, of a thread and of a process."""
    measured: dict[str, list[float]] = {"process_neighbour_alive": [alive] * 3, "pool_neighbour_lost": [True] * 3}
    for kind, share, dead in zip(("thread", "process"), kept, died, strict=True):
        measured |= {
            f"{kind}_leaked_bytes": [LEAK_BYTES] * rounds,
            f"{kind}_kept_bytes": [LEAK_BYTES * share] * rounds,
            f"{kind}_others_refused": [kind == "thread"] * rounds,
            f"{kind}_crash_host_exit_codes": [-SIGSEGV if dead else 0] * 3,
        }
    return measured


def test_a_thread_that_harms_its_host_beside_a_process_that_does_not_bears_the_claim_out() -> None:
    judgement = judge(seen())
    assert judgement.holds is Holds.HOLDS
    assert "ProcessPoolExecutor then gives up" in judgement.reason
    assert "100% (100%–100%) left" in judgement.seen


def test_a_leak_that_comes_back_when_its_thread_ends_refutes_the_claim() -> None:
    assert judge(seen(kept=(0.1, 0.0))).holds is Holds.DOES_NOT_HOLD


def test_a_host_that_outlives_the_crash_of_its_thread_refutes_the_claim() -> None:
    assert judge(seen(died=(False, False))).holds is Holds.DOES_NOT_HOLD


def test_half_of_a_leak_kept_settles_nothing() -> None:
    assert judge(seen(kept=(0.5, 0.0))).holds is Holds.CANNOT_TELL


def test_a_process_that_harms_its_host_as_well_tells_nothing_of_threads() -> None:
    assert judge(seen(kept=(1.0, 1.0))).holds is Holds.CANNOT_TELL
    assert judge(seen(died=(True, True))).holds is Holds.CANNOT_TELL
    assert judge(seen(alive=False)).holds is Holds.CANNOT_TELL


def test_fewer_than_six_rounds_settle_nothing() -> None:
    assert judge(seen(rounds=5)).holds is Holds.CANNOT_TELL


def test_a_system_that_does_not_tell_a_processs_memory_settles_nothing() -> None:
    crashes = {name: samples for name, samples in seen().items() if "bytes" not in name}
    judgement = judge(crashes)
    assert judgement.holds is Holds.CANNOT_TELL
    assert "3 of 3 when a thread crashed" in judgement.seen


def test_it_survives_its_own_leaks_and_crashes(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(leaking, "ROUNDS", 1)
    monkeypatch.setattr(leaking, "CRASHES", 1)
    limits = [resource.getrlimit(which) for which in (resource.RLIMIT_DATA, resource.RLIMIT_CORE)]
    threads = threading.active_count()
    measured = measure()
    assert measured["thread_crash_host_exit_codes"] == [-SIGSEGV]
    assert measured["process_crash_host_exit_codes"] == measured["pool_crash_host_exit_codes"] == [0]
    assert measured["process_neighbour_alive"] == measured["pool_neighbour_lost"] == [1.0]
    assert measured["thread_others_refused"] == [1.0]
    assert measured["process_others_refused"] == [0.0]
    for kind, host_grew in (("thread", True), ("process", False)):
        assert isinstance(leaked := measured[f"{kind}_leaked_bytes"], list)
        assert isinstance(grew := measured[f"{kind}_host_grew_bytes"], list)
        assert leaked[0] > leaking.CAP_BYTES / 2
        assert (grew[0] > leaking.CAP_BYTES / 2) is host_grew
    assert not leaking.leaked
    assert [resource.getrlimit(which) for which in (resource.RLIMIT_DATA, resource.RLIMIT_CORE)] == limits
    assert not multiprocessing.active_children()
    assert threading.active_count() == threads
    assert capfd.readouterr() == ("", "")
