"""Claim 10: what handing data over costs."""

import multiprocessing
import os
import threading

import pytest

from whichpool.claims import exchanging
from whichpool.claims.echoes import WAYS
from whichpool.claims.exchanging import judge, measure
from whichpool.values import Holds, Measured

LENGTHS = (1, 1 << 16, 1 << 26)


def seen(
    pickle: tuple[float, float, float] = (3.0, 20.0, 30_000.0),
    shared_memory: tuple[float, float, float] = (15.0, 30.0, 10_000.0),
    *,
    rounds: int = 9,
) -> Measured:
    """Make up what was measured, by how many times as long as a thread each way takes, at three sizes."""
    times = {"thread": (1.0, 1.0, 1.0), "pickle": pickle, "shared_memory": shared_memory}
    samples = {
        f"{way}_{length}_bytes_s": [5e-6 * factor * (1 + place / 100) for place in range(rounds)]
        for way, factors in times.items()
        for length, factor in zip(LENGTHS, factors, strict=True)
    }
    return {"ways": list(times), "lengths": list(map(str, LENGTHS)), **samples}


def test_processes_that_take_longer_at_every_size_cost_more() -> None:
    judgement = judge(seen())
    assert judgement.holds is Holds.HOLDS
    assert "longer than a thread at 1 B, 66 kB, 67 MB;" in judgement.reason


def test_by_how_much_is_told_for_the_smallest_and_the_largest_size() -> None:
    told = judge(seen()).seen
    assert "1 B: thread 5.20 µs (5.05–5.35 µs), pickle 3.00× (3.00), shared memory 15.0× (15.0)" in told
    assert "67 MB: thread 5.20 µs (5.05–5.35 µs), pickle 30,000× (30,000), shared memory 10,000× (10,000)" in told


def test_a_single_size_that_is_not_told_apart_is_named_but_does_not_prevent_an_answer() -> None:
    judgement = judge(seen(pickle=(1.0, 20.0, 30_000.0)))
    assert judgement.holds is Holds.HOLDS
    assert "longer than a thread at 66 kB, 67 MB, and was not told apart at 1 B;" in judgement.reason


def test_half_of_the_sizes_or_fewer_settle_nothing() -> None:
    judgement = judge(seen(pickle=(1.0, 1.0, 30_000.0)))
    assert judgement.holds is Holds.CANNOT_TELL
    assert "not told apart at 1 B, 66 kB" in judgement.reason


@pytest.mark.parametrize("quicker", [{"pickle": (3.0, 20.0, 0.5)}, {"shared_memory": (15.0, 30.0, 0.5)}])
def test_one_size_at_which_either_way_to_a_process_takes_less_refutes_the_claim_and_is_named(
    quicker: dict[str, tuple[float, float, float]],
) -> None:
    judgement = judge(seen(**quicker))  # type: ignore[arg-type]
    assert judgement.holds is Holds.DOES_NOT_HOLD
    assert "less time than a thread at 67 MB; " in judgement.reason
    assert "longer than a thread at 1 B, 66 kB" in judgement.reason


def test_a_way_that_takes_longer_does_not_make_up_for_one_that_does_not() -> None:
    assert judge(seen(pickle=(1.0, 1.0, 1.0))).holds is Holds.CANNOT_TELL


def test_fewer_than_six_rounds_settle_nothing() -> None:
    judgement = judge(seen(rounds=5))
    assert judgement.holds is Holds.CANNOT_TELL
    assert "longer than a thread at no size" in judgement.reason


def test_a_size_that_shared_memory_had_no_room_for_is_judged_by_pickling_alone() -> None:
    measured = {name: samples for name, samples in seen().items() if name != f"shared_memory_{LENGTHS[-1]}_bytes_s"}
    judgement = judge(measured)
    assert judgement.holds is Holds.HOLDS
    assert judgement.seen.endswith("there was no room for shared memory of 67 MB")


def test_shared_memory_that_has_no_room_is_not_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanging, "SIZES_BYTES", LENGTHS[:2])
    monkeypatch.setattr(exchanging, "ROUNDS", 1)
    monkeypatch.setattr(exchanging, "room_bytes", lambda: LENGTHS[1])
    measured = measure()
    assert f"shared_memory_{LENGTHS[0]}_bytes_s" in measured
    assert f"shared_memory_{LENGTHS[1]}_bytes_s" not in measured


@pytest.mark.parametrize("way", WAYS)
def test_what_is_handed_over_comes_back_whole(way: str) -> None:
    payload = bytes(range(256)) * 1000
    threads = threading.active_count()
    with WAYS[way]() as exchange:
        assert exchange(payload) == payload
        assert exchange(payload[:1]) == payload[:1]
    assert not multiprocessing.active_children()
    assert threading.active_count() == threads


@pytest.mark.parametrize("way", WAYS)
def test_an_error_ends_who_sends_back(way: str) -> None:
    threads = threading.active_count()
    with pytest.raises(ZeroDivisionError), WAYS[way]():
        raise ZeroDivisionError
    assert not multiprocessing.active_children()
    assert threading.active_count() == threads


def test_every_way_is_timed_at_every_size_and_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanging, "SIZES_BYTES", LENGTHS[:2])
    monkeypatch.setattr(exchanging, "ROUNDS", 1)
    threads, cores = threading.active_count(), os.sched_getaffinity(0)
    measured = measure()
    for way in WAYS:
        for length in LENGTHS[:2]:
            assert isinstance(samples := measured[f"{way}_{length}_bytes_s"], list)
            assert len(samples) == 1
            assert samples[0] > 0
    assert isinstance(pickled_bytes := measured[f"pickled_{LENGTHS[1]}_bytes"], int)
    assert pickled_bytes > LENGTHS[1]
    assert not multiprocessing.active_children()
    assert threading.active_count() == threads
    assert os.sched_getaffinity(0) == cores
