"""How the budget is spent: how much of the job a sample runs, when it is cut, and who goes on to the race."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.decide.plan import (
    Plan,
    make_plan,
    simplest_first,
    whole_job_s,
)
from whichpool.values import Facts, Options, Sample, Scouting, Strategy

LADDER = (
    Strategy("serial"),
    Strategy("threads", 2),
    Strategy("threads", 8),
    Strategy("threads", 32),
    Strategy("processes", 2, start_method="fork"),
    Strategy("processes", 8, start_method="fork"),
)

times_s = st.floats(min_value=1e-6, max_value=1e3)


def scouted(items: int, item_s: float | None, load_s: float = 0.0) -> Scouting:
    facts = Facts(items, unpacked=False, by_value=False, start_methods=("fork",), python="3.11.7", load_s=load_s)
    return Scouting(facts, item_s)


def planned(items: int, item_s: float | None, left_s: float = 30.0, options: Options | None = None) -> Plan:
    return make_plan(scouted(items, item_s), LADDER, options or Options(), left_s, cores=2)


def sample(items: int, job_s: float, startup_s: float = 0.0) -> Sample:
    return Sample(1, items, 1, 1, job_s=job_s, startup_s=startup_s, cpu_s=job_s, load_s=0.0)


def test_a_job_that_fits_the_budget_is_measured_whole() -> None:
    plan = planned(100, 0.01)
    assert (plan.items, plan.measured_items) == (100, 100)
    assert not plan.is_forecast


def test_a_job_that_does_not_fit_is_measured_on_some_of_its_items() -> None:
    plan = planned(10_000, 0.1)
    assert plan.is_forecast
    assert 4 <= plan.measured_items < 100


def test_a_job_that_the_first_look_could_not_time_is_measured_whole() -> None:
    assert planned(10_000, None).measured_items == 10_000


@given(
    st.integers(min_value=1, max_value=1_000_000),
    st.none() | st.floats(min_value=1e-7, max_value=1e3),
    st.floats(min_value=-100, max_value=1e4),
    st.floats(min_value=0, max_value=60),
)
def test_any_plan_measures_some_items_and_gives_a_sample_some_time(
    items: int, item_s: float | None, left_s: float, load_s: float
) -> None:
    plan = make_plan(scouted(items, item_s, load_s), LADDER, Options(), left_s, cores=2)
    assert plan.items == items
    assert min(items, 4) <= plan.measured_items <= items
    assert plan.limit_s > load_s
    assert plan.is_forecast == (plan.measured_items < items)


@given(st.integers(1, 100_000), st.floats(1e-6, 10), st.floats(0.1, 1e3), st.floats(0.1, 1e3))
def test_more_time_never_measures_fewer_items(items: int, item_s: float, one_s: float, other_s: float) -> None:
    less, more = (planned(items, item_s, left_s).measured_items for left_s in sorted((one_s, other_s)))
    assert less <= more


@given(st.integers(1, 100_000), st.none() | st.floats(1e-6, 10), st.floats(0.1, 1e3))
def test_a_time_out_that_was_named_is_the_limit(items: int, item_s: float | None, timeout_s: float) -> None:
    assert planned(items, item_s, options=Options(timeout_s=timeout_s)).limit_s == timeout_s


@given(st.integers(1, 10_000), st.floats(1e-6, 1))
def test_no_sample_is_cut_before_five_times_what_it_takes_serially(items: int, item_s: float) -> None:
    plan = planned(items, item_s)
    assert plan.limit_s >= 5 * plan.measured_items * item_s


@pytest.mark.parametrize("workers", [(16,), (16, 64)])
def test_a_draw_has_an_item_for_every_worker_of_the_smallest_pool(workers: tuple[int, ...]) -> None:
    strategies = [Strategy("serial"), *[Strategy("threads", count) for count in workers]]
    plan = make_plan(scouted(10_000, 10.0), strategies, Options(workers=workers), 30.0, cores=2)
    assert plan.measured_items >= 16


@given(st.integers(1, 10_000), times_s, st.floats(0, 1))
def test_a_whole_job_takes_what_was_measured(items: int, job_s: float, share: float) -> None:
    assert whole_job_s(sample(items, job_s, share * job_s), items) == job_s


def test_a_forecast_is_the_start_up_once_and_the_rate_for_every_item() -> None:
    assert whole_job_s(sample(10, job_s=1.5, startup_s=0.5), 100) == pytest.approx(0.5 + 100 * 0.1)


@given(st.integers(1, 100), st.integers(1, 100), times_s, st.floats(0, 1), st.integers(-20, 20))
def test_a_forecast_has_no_unit_of_its_own(items: int, factor: int, job_s: float, share: float, power: int) -> None:
    unit = 2.0**power
    plain = whole_job_s(sample(items, job_s, share * job_s), items * factor)
    assert whole_job_s(sample(items, job_s * unit, share * job_s * unit), items * factor) == pytest.approx(plain * unit)


@given(st.permutations(LADDER))
def test_the_simplest_comes_first_whatever_the_order_before(strategies: list[Strategy]) -> None:
    assert simplest_first(strategies) == list(LADDER)
