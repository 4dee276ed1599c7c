from dataclasses import replace

from grid import PROCESSES, THREADS, grid
from hypothesis import given
from hypothesis import strategies as st

from whichpool.values import Facts

FACTS = Facts(
    items=1000,
    unpacked=False,
    by_value=False,
    start_methods=("fork", "spawn", "forkserver"),
    python="3.11.7",
    load_s=0.1,
)


@given(st.integers(1, 10_000))
def test_the_grid_names_each_strategy_once_and_none_whose_workers_find_no_item(items: int) -> None:
    found = grid(replace(FACTS, items=items))
    assert found[0].pool == "serial"
    assert len(set(found)) == len(found)
    assert all(strategy.workers <= items for strategy in found)


def test_every_worker_count_comes_with_three_chunk_sizes_and_every_start_method() -> None:
    found = grid(FACTS)
    assert len(found) == 1 + 3 * len(THREADS) + 3 * len(PROCESSES) * len(FACTS.start_methods)
    assert {strategy.chunksize for strategy in found if strategy.workers == 8} == {1, 31, 125}


def test_native_threads_are_left_alone_and_limited_in_turn() -> None:
    found = grid(FACTS, native=True)
    assert set(found) == {*grid(FACTS), *(replace(strategy, native_threads=1) for strategy in grid(FACTS))}
    assert found[0].native_threads is None
