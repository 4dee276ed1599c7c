"""Who works on what for how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.decide import scheduling
from whichpool.decide.scheduling import Lengths, finishing_times
from whichpool.values import Timing

walls_s = st.lists(st.floats(min_value=1e-6, max_value=10), min_size=1, max_size=40)
item_counts = st.integers(min_value=1, max_value=3000)


def timed(*walls_s: float) -> list[Timing]:
    return [Timing(place, wall_s) for place, wall_s in enumerate(walls_s)]


def test_items_that_were_all_timed_keep_their_lengths() -> None:
    assert Lengths(timed(1, 2, 3), 3).chunks(1) == pytest.approx([0.5, 1, 1.5])


def test_an_item_that_was_not_timed_is_as_long_as_the_nearest_that_was() -> None:
    lengths = Lengths([Timing(5, 3.0), Timing(0, 1.0)], 6)
    assert lengths.chunks(1) == pytest.approx([0.5, 0.5, 0.5, 1.5, 1.5, 1.5])


def test_a_longer_job_keeps_the_heavy_items_in_their_places() -> None:
    assert Lengths(timed(1, 1, 4), 6).chunks(2) == pytest.approx([1, 1, 4])


def test_a_shorter_job_does_not_lose_the_heavy_items() -> None:
    assert Lengths(timed(1, 1, 1, 5), 2).chunks(1) == pytest.approx([0.5, 1.5])


def test_without_timings_all_items_are_alike() -> None:
    assert Lengths([], 5).chunks(2) == pytest.approx([2, 2, 1])


@given(walls_s, item_counts, st.integers(min_value=1, max_value=500))
def test_chunks_hold_all_of_the_job(walls_s: list[float], items: int, chunksize: int) -> None:
    chunks = Lengths(timed(*walls_s), items).chunks(chunksize)
    assert len(chunks) == -(-items // chunksize)
    assert min(chunks) > 0
    assert sum(chunks) == pytest.approx(items)


@given(walls_s, item_counts, st.integers(min_value=1, max_value=500), st.integers(min_value=1, max_value=64))
def test_no_worker_is_idle_while_there_is_work(walls_s: list[float], items: int, chunksize: int, workers: int) -> None:
    lengths = Lengths(timed(*walls_s), items)
    ends = finishing_times(lengths, items, chunksize, workers)
    longest = max(lengths.chunks(chunksize))
    assert ends == sorted(ends)
    assert sum(ends) == pytest.approx(items)
    assert ends[-1] - ends[0] <= longest * (1 + 1e-9)


@given(walls_s, item_counts, st.integers(min_value=1, max_value=500), st.integers(min_value=1, max_value=64))
def test_one_more_worker_never_makes_the_last_end_later(
    walls_s: list[float], items: int, chunksize: int, workers: int
) -> None:
    lengths = Lengths(timed(*walls_s), items)
    few, more = (finishing_times(lengths, items, chunksize, count)[-1] for count in (workers, workers + 1))
    assert more <= few * (1 + 1e-9)


@given(walls_s, st.integers(min_value=1, max_value=40))
def test_sharing_out_early_chunks_evenly_moves_no_end_by_more_than_a_chunk(walls_s: list[float], workers: int) -> None:
    items = 3 * scheduling.SIMULATED_CHUNKS
    lengths = Lengths(timed(*walls_s), items)
    ends = finishing_times(lengths, items, 1, workers)
    exactly = [0.0] * workers
    for length in lengths.chunks(1):
        exactly[0] += length
        exactly.sort()
    longest = max(lengths.chunks(1))
    assert all(abs(one - other) <= longest * (1 + 1e-6) for one, other in zip(ends, exactly, strict=True))
