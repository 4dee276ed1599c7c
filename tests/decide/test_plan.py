"""How the budget is spent: how much of the job a sample runs, and when it is cut; what a draw tells of it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decide.drawing import LADDER, anatomies, dissected, sleeping, times_s
from tests.decide.making import SERIAL, make_anatomy, make_sample
from whichpool.decide.plan import Plan, make_plan, whole_job_s
from whichpool.errors import Trouble
from whichpool.values import THIS_PYTHON, Anatomy, Draw, Failure, Options, Run, Sample, State, Strategy, Timing

CUT = Failure(Trouble.CUT, "gave no result within 5 s, and was stopped")
THREADS_8 = Strategy("threads", 8)

looks = st.none() | st.floats(min_value=1e-7, max_value=1e3).map(make_anatomy)


def runs_of(*strategies: Strategy) -> tuple[Run, ...]:
    return tuple(Run(strategy) for strategy in strategies)


def planned(
    items: int,
    anatomy: Anatomy | None,
    left_s: float = 30.0,
    options: Options | None = None,
    runs: tuple[Run, ...] = runs_of(*LADDER),
) -> Plan:
    return make_plan({THIS_PYTHON: dissected(anatomy, items, load_s=0.0)}, runs, options or Options(), left_s, cores=2)


def plan_of(items: int, measured: int, sample_s: float = 1.0, cores: float = 2) -> Plan:
    return Plan(items, measured, sample_s, limit_s=10.0, cores=cores)


def sample(items: int, job_s: float, startup_s: float = 0.0, teardown_s: float = 0.0) -> Sample:
    return make_sample(job_s, items=items, seed=1, startup_s=startup_s, teardown_s=teardown_s)


def test_a_job_that_fits_the_budget_is_measured_whole() -> None:
    plan = planned(100, make_anatomy(0.01))
    assert (plan.items, plan.measured_items) == (100, 100)
    assert not plan.is_forecast


def test_a_job_that_does_not_fit_is_measured_on_some_of_its_items() -> None:
    plan = planned(10_000, make_anatomy(0.1))
    assert plan.is_forecast
    assert 2 <= plan.measured_items < 100


def test_a_job_that_the_first_look_could_not_time_is_measured_whole() -> None:
    assert planned(10_000, None).measured_items == 10_000


def test_a_job_whose_first_look_was_cut_is_measured_on_a_few_items() -> None:
    plan = make_plan({THIS_PYTHON: dissected(None, 10_000, CUT)}, runs_of(*LADDER), Options(), 30.0, cores=2)
    assert plan.measured_items == 4


@pytest.mark.parametrize("left_s", [0.5, 2.0, 4.0])
def test_a_job_that_takes_less_than_starting_its_process_is_measured_whole(left_s: float) -> None:
    assert planned(10, make_anatomy(8e-6), left_s).measured_items == 10


def test_what_is_left_out_takes_no_time() -> None:
    left_out = tuple(Run(strategy, state=State.SKIPPED, reason="a bound") for strategy in LADDER[3:])
    fewer = planned(10_000, make_anatomy(0.1), runs=(*runs_of(*LADDER[:3]), *left_out))
    assert fewer == planned(10_000, make_anatomy(0.1), runs=runs_of(*LADDER[:3]))
    assert fewer.sample_s > planned(10_000, make_anatomy(0.1)).sample_s


@given(st.integers(1, 1_000_000), looks, st.floats(min_value=-100, max_value=1e4), st.floats(min_value=0, max_value=60))
def test_any_plan_measures_some_items_and_gives_a_sample_some_time(
    items: int, anatomy: Anatomy | None, left_s: float, load_s: float
) -> None:
    plan = make_plan(
        {THIS_PYTHON: dissected(anatomy, items, load_s=load_s)}, runs_of(*LADDER), Options(), left_s, cores=2
    )
    assert plan.items == items
    assert 1 <= plan.measured_items <= items
    assert plan.limit_s > load_s
    assert plan.is_forecast == (plan.measured_items < items)


@given(st.integers(1, 100_000), st.floats(1e-6, 10), st.floats(0.1, 1e3), st.floats(0.1, 1e3))
def test_more_time_never_measures_fewer_items(items: int, item_s: float, one_s: float, other_s: float) -> None:
    less, more = (planned(items, make_anatomy(item_s), left_s).measured_items for left_s in sorted((one_s, other_s)))
    assert less <= more


@given(st.integers(1, 100_000), looks, st.floats(0.1, 1e3))
def test_a_time_out_that_was_named_is_the_limit(items: int, anatomy: Anatomy | None, timeout_s: float) -> None:
    assert planned(items, anatomy, options=Options(timeout_s=timeout_s)).limit_s == timeout_s


@given(st.integers(1, 10_000), st.floats(1e-6, 1))
def test_no_sample_is_cut_before_five_times_what_it_takes_serially(items: int, item_s: float) -> None:
    plan = planned(items, make_anatomy(item_s))
    assert plan.limit_s >= 5 * plan.measured_items * item_s


@pytest.mark.parametrize("workers", [(16,), (16, 64)])
def test_a_draw_has_an_item_for_every_worker_of_the_smallest_pool_where_that_can_be_afforded(
    workers: tuple[int, ...],
) -> None:
    runs = runs_of(SERIAL, *[Strategy("threads", count) for count in workers])
    options = Options(workers=workers)
    assert planned(10_000, make_anatomy(0.1), 30.0, options, runs).measured_items >= 16
    assert planned(10_000, make_anatomy(10.0), 30.0, options, runs).measured_items == 1


@given(st.integers(1, 2_000), anatomies(), st.integers(1, 64), st.integers(1, 50))
def test_a_job_that_is_measured_whole_needs_no_draw(items: int, anatomy: Anatomy, workers: int, number: int) -> None:
    plan = plan_of(items, items)
    assert plan.draw(Strategy("threads", workers), anatomy, number) == Draw(items)


@given(st.integers(2, 2_000), st.integers(1, 100), anatomies(), st.integers(1, 64), st.integers(0, 50))
def test_a_draw_has_the_planned_items_at_least_and_four_turns_for_each_worker_at_most(
    items: int, measured: int, anatomy: Anatomy, workers: int, number: int
) -> None:
    plan = plan_of(items, min(measured, items - 1))
    draw = plan.draw(Strategy("threads", workers), anatomy, number)
    assert plan.measured_items <= draw.items <= max(plan.measured_items, min(items, 4 * workers))
    assert draw.seed == (number if draw.items < items else None)


def test_a_pool_of_many_workers_draws_enough_to_keep_them_busy() -> None:
    plan = plan_of(10_000, 8, sample_s=1.0)
    assert plan.draw(SERIAL, sleeping(0.1), 3) == Draw(8, 3)
    assert plan.draw(Strategy("threads", 2), sleeping(0.1), 3) == Draw(8, 3)
    assert plan.draw(Strategy("threads", 32), sleeping(0.1), 3) == Draw(128, 3)


def test_no_draw_grows_beyond_twice_the_time_of_a_sample() -> None:
    computing = make_anatomy(0.1, trials=sleeping().trials)
    assert plan_of(10_000, 8, sample_s=0.5).draw(Strategy("threads", 32), computing, 3).items == 8
    assert plan_of(10_000, 8, sample_s=1.0).draw(Strategy("threads", 32), computing, 3).items == 16


def test_without_a_look_at_an_item_all_draw_the_same() -> None:
    plan = plan_of(10_000, 8)
    assert {plan.draw(strategy, None, 3) for strategy in LADDER} == {Draw(8, 3)}


def test_a_draw_that_grows_to_the_whole_input_is_the_whole_input() -> None:
    assert plan_of(40, 8).draw(Strategy("threads", 32), sleeping(0.1), 3) == Draw(40)


@given(st.integers(1, 10_000), times_s, st.floats(0, 1), st.none() | anatomies(), st.sampled_from(LADDER))
def test_a_whole_job_takes_what_was_measured(
    items: int, job_s: float, share: float, anatomy: Anatomy | None, strategy: Strategy
) -> None:
    measured = sample(items, job_s, share * job_s)
    assert whole_job_s(measured, strategy, anatomy, plan_of(items, items)) == job_s


def test_a_forecast_is_start_and_end_of_the_pool_once_and_the_rate_for_every_item() -> None:
    measured = sample(10, job_s=1.8, startup_s=0.5, teardown_s=0.3)
    assert whole_job_s(measured, THREADS_8, None, plan_of(100, 10)) == pytest.approx(0.8 + 100 * 0.1)
    assert whole_job_s(measured, SERIAL, make_anatomy(), plan_of(100, 10)) == pytest.approx(0.8 + 100 * 0.1)


def test_nine_of_forty_sleeps_took_eight_threads_two_turns_and_the_job_takes_five() -> None:
    assert whole_job_s(sample(9, 0.2), THREADS_8, sleeping(0.1), plan_of(40, 9)) == pytest.approx(0.5)
    assert whole_job_s(sample(8, 0.1), THREADS_8, sleeping(0.1), plan_of(40, 8)) == pytest.approx(0.5)


def test_one_long_item_at_the_end_is_a_tail_of_the_draw_as_of_the_job() -> None:
    # nine of ten items take a turn, the last of all takes ten: two workers are done when it is
    timings = tuple(Timing(place, 1.0 if place == 9 else 0.1) for place in range(10))
    tailed = sleeping(0.19, timings=timings)
    assert whole_job_s(sample(10, 1.45), Strategy("threads", 2), tailed, plan_of(100, 10)) < 14.5


@given(st.integers(1, 50), st.integers(2, 50), anatomies(), times_s, st.sampled_from(LADDER))
def test_a_whole_job_takes_longer_than_a_draw_of_it(
    drawn: int, factor: int, anatomy: Anatomy, job_s: float, strategy: Strategy
) -> None:
    plan = plan_of(drawn * factor, drawn)
    assert whole_job_s(sample(drawn, job_s), strategy, anatomy, plan) >= job_s * (1 - 1e-9)


@given(st.integers(1, 100), st.integers(2, 100), times_s, st.floats(0, 1), st.integers(-20, 20))
def test_a_forecast_has_no_unit_of_its_own(items: int, factor: int, job_s: float, share: float, power: int) -> None:
    unit, plan = 2.0**power, plan_of(items * factor, items)
    plain = whole_job_s(sample(items, job_s, share * job_s), THREADS_8, None, plan)
    scaled = sample(items, job_s * unit, share * job_s * unit)
    assert whole_job_s(scaled, THREADS_8, None, plan) == pytest.approx(plain * unit)


def test_results_that_cannot_travel_let_a_job_grow_as_the_number_of_items_does() -> None:
    unsendable = replace(make_anatomy(), results=None)
    assert whole_job_s(sample(10, 1.0), LADDER[-1], unsendable, plan_of(100, 10)) == pytest.approx(10.0)
