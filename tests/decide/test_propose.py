"""Which strategies are proposed, and with what chunk sizes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.decide.propose import propose, with_chunksize
from whichpool.errors import WrongCall
from whichpool.values import Facts, Options, Strategy

METHODS = ("fork", "spawn", "forkserver")

item_counts = st.integers(min_value=1, max_value=20_000)
core_counts = st.integers(min_value=1, max_value=256)
item_times_s = st.none() | st.floats(min_value=1e-8, max_value=100)


def facts(items: int = 100, methods: tuple[str, ...] = METHODS) -> Facts:
    return Facts(items, unpacked=False, by_value=False, start_methods=methods, python="3.11.7", load_s=0.01)


def ids(strategies: tuple[Strategy, ...]) -> list[str]:
    return [strategy.id for strategy in strategies]


def test_worker_counts_climb_from_the_usable_cores_upwards() -> None:
    assert ids(propose(facts(), Options(), cores=2)) == [
        "serial",
        "threads-2",
        "threads-8",
        "threads-32",
        "processes-2-fork",
        "processes-8-fork",
    ]


def test_on_a_single_core_pools_still_get_two_workers() -> None:
    assert ids(propose(facts(), Options(), cores=1))[:2] == ["serial", "threads-2"]


@given(item_counts, core_counts)
def test_there_are_never_more_workers_than_items(items: int, cores: int) -> None:
    assert all(strategy.workers <= items for strategy in propose(facts(items), Options(), cores))


@given(item_counts, core_counts)
def test_no_strategy_is_proposed_twice_and_serial_comes_first(items: int, cores: int) -> None:
    proposed = propose(facts(items), Options(), cores)
    assert proposed[0] == Strategy("serial")
    assert len(set(ids(proposed))) == len(proposed)


@given(item_counts, core_counts)
def test_every_pool_is_given_its_chance(items: int, cores: int) -> None:
    assert {strategy.pool for strategy in propose(facts(items), Options(), cores)} == {"serial", "threads", "processes"}


@pytest.mark.parametrize("pools", [("threads",), ("processes",), ("serial", "threads")])
def test_serial_is_in_the_race_whatever_pools_are_named(pools: tuple[str, ...]) -> None:
    proposed = propose(facts(), Options(pools=pools), cores=2)
    assert {strategy.pool for strategy in proposed} == {"serial", *pools}


def test_processes_are_started_by_the_pythons_own_default_only() -> None:
    proposed = propose(facts(methods=("forkserver", "fork", "spawn")), Options(pools=("processes",)), cores=2)
    assert {strategy.start_method for strategy in proposed[1:]} == {"forkserver"}


def test_every_start_method_that_was_named_is_raced() -> None:
    proposed = propose(facts(), Options(pools=("processes",), start_methods=("spawn", "fork"), workers=(2,)), cores=2)
    assert set(ids(proposed)) == {"serial", "processes-2-spawn", "processes-2-fork"}


def test_a_start_method_that_the_python_does_not_have_is_a_wrong_call_that_names_those_it_has() -> None:
    with pytest.raises(WrongCall, match=r"by 'forkserver'; it can by spawn, fork"):
        propose(facts(methods=("spawn", "fork")), Options(start_methods=("forkserver",)), cores=2)


def test_only_processes_have_a_start_method() -> None:
    proposed = propose(facts(), Options(start_methods=("spawn",)), cores=2)
    assert {strategy.start_method for strategy in proposed if strategy.pool != "processes"} == {None}


def test_worker_counts_and_chunk_sizes_that_were_named_are_raced_in_every_pool_and_no_others() -> None:
    options = Options(workers=(7, 3, 3), chunksizes=(5, 1))
    assert ids(propose(facts(), options, cores=2)) == [
        "serial",
        *[f"threads-{workers}-chunk{size}" for workers in (3, 7) for size in (1, 5)],
        *[f"processes-{workers}-fork-chunk{size}" for workers in (3, 7) for size in (1, 5)],
    ]


def test_every_strategy_runs_in_the_python_that_was_named() -> None:
    proposed = propose(facts(), Options(python="/opt/python3.13"), cores=2)
    assert {strategy.python for strategy in proposed} == {"/opt/python3.13"}


@given(item_counts, st.integers(min_value=1, max_value=512), item_times_s, st.sampled_from(["threads", "processes"]))
def test_chunks_leave_each_worker_at_least_four_or_hold_one_item(
    items: int, workers: int, item_s: float | None, pool: str
) -> None:
    chunksize = with_chunksize(Strategy(pool, workers), items, item_s).chunksize
    assert chunksize is not None
    assert chunksize == 1 or -(-items // chunksize) >= 4 * workers


@given(item_counts, item_times_s)
def test_the_serial_loop_takes_all_items_at_once(items: int, item_s: float | None) -> None:
    assert with_chunksize(Strategy("serial"), items, item_s).chunksize == items


@given(item_counts, item_times_s, st.integers(min_value=1, max_value=1_000))
def test_a_chunk_size_that_was_named_is_kept(items: int, item_s: float | None, chunksize: int) -> None:
    strategy = Strategy("threads", 2, chunksize)
    assert with_chunksize(strategy, items, item_s) == strategy


@pytest.mark.parametrize(("item_s", "chunksize"), [(1.0, 1), (10e-3, 1), (1e-3, 10), (100e-6, 100), (1e-6, 1_250)])
def test_the_shorter_the_items_the_larger_the_chunks_as_far_as_workers_stay_busy(item_s: float, chunksize: int) -> None:
    assert with_chunksize(Strategy("processes", 2), 10_000, item_s).chunksize == chunksize


@given(item_counts, st.integers(1, 64), st.floats(1e-8, 10), st.floats(1e-8, 10))
def test_longer_items_never_get_larger_chunks(items: int, workers: int, one_s: float, other_s: float) -> None:
    strategy = Strategy("processes", workers)
    short, long = (with_chunksize(strategy, items, item_s).chunksize or 0 for item_s in sorted((one_s, other_s)))
    assert long <= short


@given(item_counts, st.integers(1, 64), item_times_s)
def test_choosing_a_chunk_size_changes_nothing_else(items: int, workers: int, item_s: float | None) -> None:
    chosen = with_chunksize(Strategy("processes", workers, None, "spawn", "/opt/python"), items, item_s)
    assert (chosen.pool, chosen.workers, chosen.start_method, chosen.python) == (
        "processes",
        workers,
        "spawn",
        "/opt/python",
    )
