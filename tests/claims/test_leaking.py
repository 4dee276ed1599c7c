"""Claim 12: whom a leak and a crash harm."""

import multiprocessing
import resource
import threading
from signal import SIGSEGV

import pytest

from whichpool.claims import leaking, misdeeds
from whichpool.claims.leaking import judge, measure
from whichpool.claims.misdeeds import CAP_BYTES
from whichpool.values import Holds, Measured

LEAK_BYTES = 71_000_000.0


def seen(
    *,
    left: tuple[float, float] = (1.0, 0.0),
    refused: tuple[bool, bool] = (True, False),
    exit_codes: tuple[int, int] = (-SIGSEGV, 0),
    rounds: int = 6,
) -> Measured:
    """Make up what was measured, of a thread and of a process: the share left, what others got, the host's end."""
    measured: dict[str, list[float]] = {}
    for place, kind in enumerate(("thread", "process")):
        measured |= {
            f"{kind}_leaked_bytes": [LEAK_BYTES] * rounds,
            f"{kind}_left_bytes": [LEAK_BYTES * left[place]] * rounds,
            f"{kind}_others_refused": [refused[place]] * rounds,
            f"{kind}_host_exit_codes": [exit_codes[place]] * rounds,
        }
    return measured


def test_a_thread_that_harms_its_host_beside_a_process_that_does_not_bears_the_claim_out() -> None:
    judgement = judge(seen())
    assert judgement.holds is Holds.HOLDS
    assert "a thread leaked 71 MB (71 MB) and left 71 MB (71 MB) behind" in judgement.seen
    assert "a process leaked 71 MB (71 MB) and left 0 B (0 B) behind" in judgement.seen


def test_a_leak_that_comes_back_when_its_thread_ends_refutes_the_claim() -> None:
    assert judge(seen(left=(0.1, 0.0))).holds is Holds.DOES_NOT_HOLD


def test_a_host_that_outlives_the_crash_of_its_thread_refutes_the_claim() -> None:
    assert judge(seen(exit_codes=(0, 0))).holds is Holds.DOES_NOT_HOLD


def test_half_of_a_leak_left_settles_nothing() -> None:
    assert judge(seen(left=(0.5, 0.0))).holds is Holds.CANNOT_TELL


def test_a_leak_that_nobody_lacks_memory_for_settles_nothing() -> None:
    assert judge(seen(refused=(False, False))).holds is Holds.CANNOT_TELL


@pytest.mark.parametrize(
    "measured",
    [seen(left=(1.0, 1.0)), seen(refused=(True, True)), seen(exit_codes=(-SIGSEGV, -SIGSEGV))],
    ids=["leak", "refusal", "crash"],
)
def test_a_process_that_does_harm_as_well_tells_nothing_of_threads(measured: Measured) -> None:
    assert judge(measured).holds is Holds.CANNOT_TELL


def test_a_neighbour_that_does_not_answer_after_the_crash_of_a_process_settles_nothing() -> None:
    assert judge(seen(exit_codes=(-SIGSEGV, 1))).holds is Holds.CANNOT_TELL


def test_fewer_than_six_rounds_settle_nothing() -> None:
    assert judge(seen(rounds=5)).holds is Holds.CANNOT_TELL


def test_a_host_that_tells_nothing_settles_nothing() -> None:
    measured = {**seen(), "thread_leaked_bytes": [LEAK_BYTES] * 5 + [0.0]}
    assert judge(measured).holds is Holds.CANNOT_TELL


def test_a_system_that_does_not_tell_a_processs_memory_settles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaking, "proportional_bytes", lambda _: None)
    assert judge(measure()).holds is Holds.CANNOT_TELL


def test_it_survives_its_own_leaks_and_crashes(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(leaking, "ROUNDS", 1)
    limits = [resource.getrlimit(which) for which in (resource.RLIMIT_DATA, resource.RLIMIT_CORE)]
    threads = threading.active_count()
    measured = measure()
    assert measured["thread_host_exit_codes"] == [-SIGSEGV]
    assert measured["process_host_exit_codes"] == [0]
    assert measured["thread_others_refused"] == [True]
    assert measured["process_others_refused"] == [False]
    for kind, stays in (("thread", True), ("process", False)):
        assert isinstance(leaked_bytes := measured[f"{kind}_leaked_bytes"], list)
        assert isinstance(left_bytes := measured[f"{kind}_left_bytes"], list)
        assert CAP_BYTES / 2 < leaked_bytes[0] < 1.5 * CAP_BYTES
        assert (left_bytes[0] > leaked_bytes[0] / 2) is stays
    assert not misdeeds.leaked
    assert [resource.getrlimit(which) for which in (resource.RLIMIT_DATA, resource.RLIMIT_CORE)] == limits
    assert not multiprocessing.active_children()
    assert threading.active_count() == threads
    assert capfd.readouterr() == ("", "")
