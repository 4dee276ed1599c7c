"""How many workers there could be, and how many items each takes at once."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decide.drawing import anatomies, core_counts, item_counts
from tests.decide.making import make_anatomy
from whichpool.decide.ladder import few_workers, ladder, most_workers, settle
from whichpool.values import Anatomy, Python, Strategy

pools = st.sampled_from(["threads", "processes"])
worker_counts = st.integers(min_value=1, max_value=64)


@pytest.mark.parametrize(
    ("pool", "cores", "steps"),
    [
        ("threads", 2, [2, 4, 8, 16, 32, 64]),
        ("processes", 2, [2, 4, 8, 16]),
        ("processes", 3, [2, 3, 4, 8, 16, 24]),
        ("processes", 0.5, [2, 4, 8, 16]),
        ("processes", 2.5, [2, 3, 4, 8, 16, 24]),
    ],
)
def test_the_ladder_climbs_in_powers_of_two_by_way_of_the_number_of_cores(
    pool: str, cores: float, steps: list[int]
) -> None:
    assert ladder(pool, 1_000, cores) == steps


@given(pools, item_counts, core_counts)
def test_the_ladder_ascends_and_ends_with_the_most_there_may_be(pool: str, items: int, cores: float) -> None:
    steps = ladder(pool, items, cores)
    assert steps == sorted(set(steps))
    assert steps[-1] == most_workers(pool, items, cores) <= items


@given(pools, item_counts, core_counts)
def test_no_step_of_the_ladder_is_a_single_worker_unless_there_is_a_single_item(
    pool: str, items: int, cores: float
) -> None:
    assert (ladder(pool, items, cores) == [1]) == (items == 1)
    assert ladder(pool, items, cores)[0] == min(2, items)


@given(pools, item_counts, core_counts)
def test_with_items_enough_a_step_of_the_ladder_gives_every_core_a_worker(pool: str, items: int, cores: float) -> None:
    assert min(items, few_workers(cores)) in ladder(pool, items, cores)


@given(item_counts, st.none() | anatomies(), core_counts)
def test_the_serial_loop_takes_all_items_at_once(items: int, anatomy: Anatomy | None, cores: float) -> None:
    assert settle(Strategy("serial"), items, anatomy, cores).chunksize == items


@given(item_counts, st.none() | anatomies(), st.integers(min_value=1, max_value=1_000))
def test_a_chunk_size_that_was_named_is_kept(items: int, anatomy: Anatomy | None, chunksize: int) -> None:
    strategy = Strategy("threads", 2, chunksize)
    assert settle(strategy, items, anatomy, cores=2) == strategy


@given(item_counts, worker_counts, pools)
def test_chunks_of_unknown_items_leave_each_worker_at_least_four_or_hold_one_item(
    items: int, workers: int, pool: str
) -> None:
    chunksize = settle(Strategy(pool, workers), items, None, cores=2).chunksize
    assert chunksize is not None
    assert chunksize == 1 or items // chunksize >= 4 * workers


@given(item_counts, worker_counts, st.none() | anatomies())
def test_choosing_a_chunk_size_changes_nothing_else(items: int, workers: int, anatomy: Anatomy | None) -> None:
    strategy = Strategy("processes", workers, None, "spawn", Python("/opt/python"), native_threads=1)
    settled = settle(strategy, items, anatomy, cores=2)
    assert settled.chunksize is not None
    assert 1 <= settled.chunksize <= items
    assert replace(settled, chunksize=None) == strategy


def test_items_that_are_quicker_than_a_handover_travel_in_large_chunks_and_long_ones_alone() -> None:
    quick, long = (
        settle(Strategy("processes", 2, start_method="fork"), 1_000, make_anatomy(item_s), cores=2)
        for item_s in (1e-6, 1.0)
    )
    assert (quick.chunksize or 0) > 50
    assert long.chunksize == 1
