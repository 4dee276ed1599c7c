"""Claim 10: what handing data over costs."""

import multiprocessing
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection

import pytest

from whichpool.claims import exchanging
from whichpool.claims.exchanging import by_pickle, by_shared_memory, echo_by_pipe, judge, measure
from whichpool.values import Holds, Measured

SMALL, LARGE = 1, 1 << 26


def seen(
    pickle: tuple[float, float] = (3.0, 30_000.0),
    shared_memory: tuple[float, float] = (15.0, 10_000.0),
    *,
    rounds: int = 9,
) -> Measured:
    """Make up what was measured, by how many times as long as a thread each way takes, small and large."""
    times = {"thread": (1.0, 1.0), "pickle": pickle, "shared_memory": shared_memory}
    samples = {
        f"{way}_{length}_bytes_s": [5e-6 * factor * (1 + place / 100) for place in range(rounds)]
        for way, factors in times.items()
        for length, factor in zip((SMALL, LARGE), factors, strict=True)
    }
    return {"ways": list(times), "sizes_bytes": [SMALL, LARGE], **samples}


def test_processes_that_take_longer_at_every_size_cost_more() -> None:
    judgement = judge(seen())
    assert judgement.holds is Holds.HOLDS
    assert "quicker than pickling for 67 MB," in judgement.reason


def test_shared_memory_that_is_never_quicker_than_pickling_does_not_help() -> None:
    judgement = judge(seen(shared_memory=(15.0, 40_000.0)))
    assert judgement.holds is Holds.HOLDS
    assert "does not help" in judgement.reason


def test_shared_memory_that_beats_a_thread_refutes_the_claim_for_that_size() -> None:
    judgement = judge(seen(shared_memory=(15.0, 0.5)))
    assert judgement.holds is Holds.DOES_NOT_HOLD
    assert "less time than a thread for 67 MB by shared memory; more for 1 B, 67 MB by pickle" in judgement.reason


def test_a_size_at_which_neither_is_certainly_dearer_settles_nothing() -> None:
    judgement = judge(seen(pickle=(1.0, 30_000.0)))
    assert judgement.holds is Holds.CANNOT_TELL
    assert "1 B by pickle" in judgement.reason


def test_fewer_than_six_rounds_settle_nothing() -> None:
    judgement = judge(seen(rounds=5))
    assert judgement.holds is Holds.CANNOT_TELL
    assert "5 rounds" in judgement.reason


def test_a_size_that_shared_memory_had_no_room_for_is_judged_by_pickling_alone() -> None:
    measured = {name: samples for name, samples in seen().items() if name != f"shared_memory_{LARGE}_bytes_s"}
    judgement = judge(measured)
    assert judgement.holds is Holds.HOLDS
    assert "no room in shared memory" in judgement.seen


def test_shared_memory_that_has_no_room_is_not_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanging, "SIZES_BYTES", (SMALL, 1 << 16))
    monkeypatch.setattr(exchanging, "ROUNDS", 1)
    monkeypatch.setattr(exchanging, "_room_bytes", lambda: 1 << 16)
    measured = measure()
    assert f"shared_memory_{SMALL}_bytes_s" in measured
    assert f"shared_memory_{1 << 16}_bytes_s" not in measured


@pytest.mark.parametrize("exchange", [by_pickle, by_shared_memory])
def test_what_is_handed_over_comes_back_whole(exchange: Callable[[Connection, list[bytes]], None]) -> None:
    talk, other = multiprocessing.Pipe()
    worker = threading.Thread(target=echo_by_pipe, args=(other,))
    worker.start()
    held = [bytes(range(1, 256)) * 1000]
    exchange(talk, held)
    assert held == [bytes(range(1, 256)) * 1000]
    talk.send(b"")
    worker.join()
    talk.close()
    other.close()


def test_every_way_is_timed_at_every_size_and_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanging, "SIZES_BYTES", (SMALL, 1 << 16))
    monkeypatch.setattr(exchanging, "ROUNDS", 1)
    threads = threading.active_count()
    measured = measure()
    for way in ("thread", "pickle", "shared_memory"):
        for length in (SMALL, 1 << 16):
            assert isinstance(samples := measured[f"{way}_{length}_bytes_s"], list)
            assert len(samples) == 1
            assert samples[0] > 0
    assert isinstance(pickled_bytes := measured["pickled_bytes"], list)
    assert pickled_bytes[1] > 1 << 16
    assert isinstance(name_bytes := measured["name_pickled_bytes"], int)
    assert name_bytes < 100
    assert not multiprocessing.active_children()
    assert threading.active_count() == threads
