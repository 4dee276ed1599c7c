"""What the forecast says of jobs whose time is known, and what must hold for any."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.decide.forecast import Bracket, best_chunksize, bound_speedup, forecast_job_s
from whichpool.values import Anatomy, Band, NativeThreads, Parcelled, Strategy, Timing, Trial

TINY = Parcelled(size_bytes=30, dump_s=1e-6, load_s=1e-6)
FREE_TRIALS = (
    Trial("threads", None, 0, 0, 0),
    Trial("asyncio", None, 0, 0, 0),
    Trial("processes", "fork", 0, 0, 0),
)


def without_gil(anatomy: Anatomy) -> Anatomy:
    return replace(anatomy, gil_held=Band(0.0, 0.0))


def anatomy(
    item_s: float = 1.0,
    *,
    cpu_s: float = 0.0,
    held: float | tuple[float, float] = 0.0,
    walls_s: tuple[float, ...] = (),
    trials: tuple[Trial, ...] = FREE_TRIALS,
) -> Anatomy:
    return Anatomy(
        item_s=item_s,
        cpu_s=cpu_s,
        native_cpu_s=0.0,
        gil_held=Band(*held) if isinstance(held, tuple) else Band(held, held),
        timings=tuple(Timing(place, wall_s) for place, wall_s in enumerate(walls_s)),
        arguments=TINY,
        results=TINY,
        native=None,
        base_bytes=None,
        loaded_bytes=0,
        item_bytes=None,
        trials=trials,
        cost_s=0.1,
    )


@st.composite
def anatomies(draw: st.DrawFn) -> Anatomy:
    item_s = draw(st.floats(min_value=1e-6, max_value=10))
    share = st.floats(min_value=0, max_value=1)
    low, high = sorted((draw(share), draw(share)))
    walls = st.lists(st.floats(min_value=1e-6, max_value=10), max_size=20)
    costs = st.floats(min_value=0, max_value=0.1)
    parcels = st.builds(Parcelled, st.floats(min_value=1, max_value=1e8), costs, costs)
    trials = tuple(replace(t, ready_s=draw(costs), handover_s=draw(costs), close_s=draw(costs)) for t in FREE_TRIALS)
    return replace(
        anatomy(item_s, cpu_s=draw(share) * item_s, held=(low, high), walls_s=tuple(draw(walls)), trials=trials),
        native_cpu_s=draw(st.just(0.0) | st.floats(min_value=0, max_value=10)),
        arguments=draw(parcels),
        results=draw(parcels),
    )


def threads(workers: int, chunksize: int = 1) -> Strategy:
    return Strategy("threads", workers, chunksize)


def tasks(workers: int, chunksize: int = 1) -> Strategy:
    return Strategy("asyncio", workers, chunksize)


def processes(workers: int, chunksize: int = 1) -> Strategy:
    return Strategy("processes", workers, chunksize, "fork")


strategies = st.builds(
    Strategy,
    pool=st.sampled_from(["threads", "asyncio"]),
    workers=st.integers(min_value=1, max_value=64),
    chunksize=st.integers(min_value=1, max_value=50),
    native_threads=st.none() | st.integers(min_value=1, max_value=8),
) | st.builds(processes, st.integers(min_value=1, max_value=64), st.integers(min_value=1, max_value=50))
item_counts = st.integers(min_value=1, max_value=2000)
core_counts = st.floats(min_value=0.1, max_value=64)


def no_longer(one: Bracket, other: Bracket) -> bool:
    return all(
        mine <= others * (1 + 1e-9)
        for mine, others in zip((one.low, one.value, one.high), (other.low, other.value, other.high), strict=True)
    )


@given(anatomies(), strategies, item_counts, core_counts, st.floats(min_value=1, max_value=10))
def test_more_cores_never_slow_the_forecast(
    anatomy: Anatomy, strategy: Strategy, items: int, cores: float, times: float
) -> None:
    for either in (anatomy, without_gil(anatomy)):
        more = forecast_job_s(either, strategy, items, cores * times)
        assert no_longer(more, forecast_job_s(either, strategy, items, cores))


@given(anatomies(), strategies, item_counts, core_counts)
def test_no_gil_is_never_slower_than_with_it(anatomy: Anatomy, strategy: Strategy, items: int, cores: float) -> None:
    without = forecast_job_s(without_gil(anatomy), strategy, items, cores)
    assert no_longer(without, forecast_job_s(anatomy, strategy, items, cores))


@given(
    st.floats(min_value=1e-4, max_value=10),
    st.lists(st.floats(min_value=1e-4, max_value=10), max_size=20),
    item_counts,
    st.integers(min_value=1, max_value=63),
)
def test_more_workers_never_slow_down_waiting(item_s: float, walls_s: list[float], items: int, workers: int) -> None:
    waiting = anatomy(item_s, walls_s=tuple(walls_s))
    few, more = (forecast_job_s(waiting, threads(count), items, 2) for count in (workers, workers + 1))
    assert no_longer(more, few)


@given(anatomies(), strategies, item_counts, core_counts)
def test_no_pool_beats_its_bound(anatomy: Anatomy, strategy: Strategy, items: int, cores: float) -> None:
    strategy = replace(strategy, native_threads=None)
    serial_s = forecast_job_s(anatomy, Strategy("serial"), items, cores).value
    most = bound_speedup(anatomy, strategy.pool, strategy.workers, cores)
    assert serial_s / forecast_job_s(anatomy, strategy, items, cores).low <= most * (1 + 1e-9)


@given(anatomies(), strategies.filter(lambda strategy: strategy.pool != "asyncio"), item_counts, core_counts)
def test_the_best_chunk_size_is_no_worse_than_any_other(
    anatomy: Anatomy, strategy: Strategy, items: int, cores: float
) -> None:
    chunksize = best_chunksize(anatomy, strategy, items, cores)
    best_s = forecast_job_s(anatomy, replace(strategy, chunksize=chunksize), items, cores).value
    assert 1 <= chunksize <= items
    for power in range(max(1, items // strategy.workers).bit_length()):
        other = forecast_job_s(anatomy, replace(strategy, chunksize=2**power), items, cores)
        assert best_s <= other.value * 1.031


def test_serial_takes_one_item_after_another() -> None:
    assert forecast_job_s(anatomy(0.25), Strategy("serial"), 12, 2).value == pytest.approx(3)


def test_nine_sleeps_of_a_second_on_eight_threads_take_two_waves() -> None:
    assert forecast_job_s(anatomy(), threads(8), 9, 2).value == pytest.approx(2)


def test_computing_on_two_cores_takes_half_as_long_with_two_workers_and_with_sixteen() -> None:
    computing = anatomy(1.0, cpu_s=1.0)
    for workers in (2, 16):
        assert forecast_job_s(computing, processes(workers), 32, 2).low == pytest.approx(16, rel=1e-4)


def test_threads_that_hold_the_gil_take_turns() -> None:
    held = anatomy(0.01, cpu_s=0.01, held=1.0)
    assert forecast_job_s(held, threads(8), 40, 64).low == pytest.approx(0.4)
    assert forecast_job_s(without_gil(held), threads(8), 40, 64).low == pytest.approx(0.05)


def test_a_heavy_last_item_leaves_a_tail() -> None:
    walls_s = (*[1.0] * 9, 11.0)
    heavy = anatomy(2.0, walls_s=walls_s)
    assert forecast_job_s(heavy, threads(2), 10, 2).value == pytest.approx(15)
    heavy_first = anatomy(2.0, walls_s=walls_s[::-1])
    assert forecast_job_s(heavy_first, threads(2), 10, 2).value == pytest.approx(11)


def test_the_last_one_working_has_the_cores_to_itself() -> None:
    computing = anatomy(1.0, cpu_s=1.0)
    assert forecast_job_s(computing, processes(4), 5, 2).low == pytest.approx(3, rel=1e-4)


def test_several_workers_are_expected_to_compute_a_little_slower_than_one() -> None:
    computing = anatomy(1.0, cpu_s=1.0)
    assert forecast_job_s(computing, processes(1), 20, 2).value == pytest.approx(20, rel=1e-4)
    assert 10 < forecast_job_s(computing, processes(2), 20, 2).value < 11


def test_a_chunk_too_large_leaves_workers_idle() -> None:
    waiting = anatomy(0.1)
    assert forecast_job_s(waiting, threads(4, chunksize=8), 16, 2).value == pytest.approx(0.8)
    assert best_chunksize(waiting, threads(4), 16, 2) == 1


def test_items_that_are_cheaper_than_handing_them_over_go_in_large_chunks() -> None:
    trials = (Trial("processes", "fork", 0.005, 200e-6, 0.002),)
    tiny = anatomy(15e-6, cpu_s=15e-6, trials=trials)
    chunksize = best_chunksize(tiny, processes(2), 50_000, 2)
    assert chunksize >= 500
    single, chunked = (forecast_job_s(tiny, processes(2, size), 50_000, 2).value for size in (1, chunksize))
    assert single > 10 * chunked


def test_the_caller_can_be_what_limits_processes() -> None:
    large = Parcelled(size_bytes=3e6, dump_s=0.010, load_s=0.020)
    parsing = replace(anatomy(0.005, cpu_s=0.005), results=large)
    assert forecast_job_s(parsing, processes(16), 100, 64).low >= 100 * large.load_s
    assert bound_speedup(parsing, "processes", 16, 64) < 0.25


def test_what_cannot_be_pickled_is_never_done_in_processes() -> None:
    bound_here = replace(anatomy(), arguments=None)
    assert math.isinf(forecast_job_s(bound_here, processes(2), 10, 2).low)
    assert bound_speedup(bound_here, "processes", 2, 2) == 0
    assert 1 <= best_chunksize(bound_here, processes(2), 10, 2) <= 10
    assert math.isfinite(forecast_job_s(bound_here, threads(2), 10, 2).high)


def test_starting_and_ending_the_pool_count() -> None:
    slow = anatomy(0.001, trials=(Trial("processes", "spawn", 0.5, 0.0, 0.25),))
    strategy = Strategy("processes", 1, 1, "spawn")
    assert forecast_job_s(slow, strategy, 1, 2).value == pytest.approx(0.75, rel=1e-2)


def test_native_threads_leave_fewer_cores_to_the_pool() -> None:
    multiplying = replace(anatomy(1.0, cpu_s=1.0), native_cpu_s=1.0, native=NativeThreads(("openblas",), 2))
    assert forecast_job_s(multiplying, processes(2), 20, 2).low == pytest.approx(20, rel=1e-4)
    limited = replace(processes(2), native_threads=1)
    assert forecast_job_s(multiplying, replace(limited, workers=1), 20, 2).value == pytest.approx(40, rel=1e-4)
    assert forecast_job_s(multiplying, limited, 20, 2).low == pytest.approx(20, rel=1e-4)
    assert bound_speedup(multiplying, "processes", 2, 2) == pytest.approx(1, rel=1e-4)


def test_the_gil_bounds_threads_by_the_least_time_it_may_be_held() -> None:
    mixed = anatomy(0.01, cpu_s=0.01, held=(0.25, 0.5))
    assert bound_speedup(mixed, "threads", 16, 64) == pytest.approx(4)
    assert bound_speedup(mixed, "threads", 2, 64) == pytest.approx(2)
    assert bound_speedup(mixed, "threads", 16, 2) == pytest.approx(2)


def test_tasks_wait_side_by_side_and_compute_one_after_the_other() -> None:
    fetching = anatomy(0.02, cpu_s=0.001)
    assert forecast_job_s(fetching, tasks(10), 200, 2).low == pytest.approx(0.4)
    assert forecast_job_s(fetching, tasks(200), 200, 2).low == pytest.approx(0.2)
    assert bound_speedup(fetching, "asyncio", 10, 2) == pytest.approx(10)
    assert bound_speedup(fetching, "asyncio", 200, 2) == pytest.approx(20)


@pytest.mark.parametrize("held", [1.0, 0.0])
def test_neither_cores_nor_the_lack_of_a_gil_make_computing_in_tasks_faster(held: float) -> None:
    computing = anatomy(0.01, cpu_s=0.01, held=held)
    assert forecast_job_s(computing, tasks(16), 100, 16).low == pytest.approx(1.0)
    assert bound_speedup(computing, "asyncio", 16, 16) == pytest.approx(1)


def test_handing_over_takes_the_time_of_the_loop() -> None:
    costly = anatomy(0.02, trials=(Trial("asyncio", None, 0, 0.001, 0),))
    assert forecast_job_s(costly, tasks(1), 100, 2).low == pytest.approx(100 * 0.021)
    assert forecast_job_s(costly, tasks(100), 1000, 2).low == pytest.approx(1.0, rel=0.05)


@pytest.mark.parametrize("workers", [2, 50, 200, 512])
def test_tasks_are_handed_single_items_unless_those_are_tiny(workers: int) -> None:
    trials = (Trial("asyncio", None, 1e-4, 20e-6, 1e-4),)
    assert best_chunksize(anatomy(0.02, cpu_s=1e-4, trials=trials), tasks(workers), 200, 2) == 1
    assert best_chunksize(anatomy(0.002, cpu_s=5e-5, trials=trials), tasks(workers), 10_000, 2) == 1
    assert best_chunksize(anatomy(2e-6, cpu_s=2e-6, trials=trials), tasks(2), 10_000, 2) > 1


def test_opening_a_loop_costs_nothing_for_each_task() -> None:
    slow = anatomy(0.001, trials=(Trial("asyncio", None, 0.1, 0.0, 0.1),))
    assert forecast_job_s(slow, tasks(500), 1, 2).value == pytest.approx(0.201, rel=1e-3)


def test_a_cluster_that_runs_has_its_workers_already() -> None:
    waiting = anatomy(0.001, trials=(Trial("dask", None, 1.0, 0.0, 0.0),))
    own, other = Strategy("dask", 16, 1), Strategy("dask", 16, 1, address="tcp://127.0.0.1:8786")
    assert forecast_job_s(waiting, own, 1, 2).value > 2
    assert forecast_job_s(waiting, other, 1, 2).value == pytest.approx(1.001, rel=1e-2)


def test_a_pipe_is_as_fast_as_it_was_measured() -> None:
    large = replace(anatomy(0.01), arguments=Parcelled(1e8, 0.0, 0.0))
    slow, fast = (replace(large, pipe_bytes_per_s=speed) for speed in (1e8, 1e9))
    assert forecast_job_s(slow, processes(4), 10, 2).low > 9
    assert forecast_job_s(fast, processes(4), 10, 2).low < 2


def test_a_pool_that_was_not_tried_hands_over_as_the_catalogue_says() -> None:
    untried = anatomy(0.001, trials=())
    assert forecast_job_s(untried, processes(1), 10, 2).high > 0.01


def test_a_forecast_without_a_chunk_size_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a chunk size"):
        forecast_job_s(anatomy(), Strategy("threads", 2), 10, 2)


def test_a_bracket_out_of_order_is_refused() -> None:
    with pytest.raises(ValueError, match="in order"):
        Bracket(2, 1, 3)
