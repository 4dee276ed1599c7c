"""Which worker counts are run in the warm-up round, and which of them goes on to the race."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.decide.plan import Plan
from whichpool.decide.warm_up import too_many_workers, who_stays_out
from whichpool.values import Sample, Strategy

LADDER = (
    Strategy("serial"),
    Strategy("threads", 2),
    Strategy("threads", 8),
    Strategy("threads", 32),
    Strategy("processes", 2, start_method="fork"),
    Strategy("processes", 8, start_method="fork"),
)

times_s = st.floats(min_value=1e-6, max_value=1e3)
warm_ups = st.lists(times_s, min_size=len(LADDER), max_size=len(LADDER)).map(
    lambda jobs_s: dict(zip(LADDER, jobs_s, strict=True))
)


def plan_of(measured: int, cores: int = 2) -> Plan:
    return Plan(items=100, measured_items=measured, item_s=0.1, limit_s=10.0, cores=cores)


def serial_of(busy: float) -> Sample:
    return Sample(0, 100, None, 100, job_s=2.0, startup_s=0.0, cpu_s=2.0 * busy, load_s=0.0)


@pytest.mark.parametrize(("workers", "measured", "is_out"), [(32, 8, True), (8, 8, False), (32, 100, False)])
def test_a_draw_smaller_than_a_pool_cannot_judge_it(workers: int, measured: int, *, is_out: bool) -> None:
    why = too_many_workers(Strategy("threads", workers), plan_of(measured), serial_of(busy=0.1))
    assert (why is not None) == is_out
    assert why is None or f"samples of {measured} items cannot keep {workers} workers busy" in why


@pytest.mark.parametrize("pool", ["threads", "processes"])
@pytest.mark.parametrize(
    ("workers", "cores", "busy", "is_out"),
    [(2, 2, 1.0, False), (8, 2, 1.0, True), (8, 8, 1.0, False), (2, 1, 1.0, False), (8, 2, 0.8, False)],
)
def test_workers_beyond_the_cores_are_tried_only_for_work_that_waits(
    pool: str, workers: int, cores: int, busy: float, *, is_out: bool
) -> None:
    why = too_many_workers(Strategy(pool, workers), plan_of(100, cores), serial_of(busy))
    assert (why is not None) == is_out
    assert why is None or "busy 100% of the time" in why


def test_where_serial_gave_no_sample_the_whole_ladder_is_tried() -> None:
    assert too_many_workers(Strategy("threads", 32), plan_of(100), None) is None


@given(warm_ups)
def test_one_worker_count_of_each_pool_goes_on(warm_up_s: dict[Strategy, float]) -> None:
    out = who_stays_out(warm_up_s)
    assert [strategy.pool for strategy in LADDER if strategy not in out] == ["serial", "threads", "processes"]


@given(warm_ups)
def test_who_goes_on_is_the_smallest_pool_of_those_as_good_as_the_best(warm_up_s: dict[Strategy, float]) -> None:
    out = who_stays_out(warm_up_s)
    for chosen in set(warm_up_s) - set(out):
        rivals = [strategy for strategy in LADDER if strategy.pool == chosen.pool]
        good = 1.1 * min(warm_up_s[strategy] for strategy in rivals)
        assert warm_up_s[chosen] <= good
        assert all(warm_up_s[rival] > good for rival in rivals if rival.workers < chosen.workers)


@given(warm_ups, st.integers(-30, 30))
def test_the_unit_of_time_does_not_matter_for_who_goes_on(warm_up_s: dict[Strategy, float], power: int) -> None:
    scaled = {strategy: job_s * 2.0**power for strategy, job_s in warm_up_s.items()}
    assert who_stays_out(scaled).keys() == who_stays_out(warm_up_s).keys()


@given(warm_ups, st.randoms(use_true_random=False))
def test_the_order_of_the_warm_up_does_not_matter(warm_up_s: dict[Strategy, float], chance: random.Random) -> None:
    shuffled = list(warm_up_s.items())
    chance.shuffle(shuffled)
    assert who_stays_out(dict(shuffled)) == who_stays_out(warm_up_s)


@pytest.mark.parametrize(("larger_s", "word"), [(1.05, "no faster"), (0.95, "no faster"), (1.2, "slower")])
def test_who_stays_out_is_told_why_with_both_times(larger_s: float, word: str) -> None:
    out = who_stays_out({Strategy("threads", 2): 1.0, Strategy("threads", 8): larger_s})
    assert out[Strategy("threads", 8)].startswith(f"{word} than threads ×2 in the warm-up round: ")
    assert out[Strategy("threads", 8)].endswith("against 1.00 s")


def test_start_methods_do_not_put_each_other_out() -> None:
    warm_up_s = {Strategy("processes", 2, start_method=method): job_s for method, job_s in (("fork", 1), ("spawn", 9))}
    assert who_stays_out(warm_up_s) == {}
