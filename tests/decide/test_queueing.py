"""The queueing network against closed forms, brute force and what must hold for any of them."""

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from whichpool.decide.queueing import Demand, bounds, throughputs

times_s = st.just(0.0) | st.floats(min_value=1e-6, max_value=100)
core_counts = st.floats(min_value=1, max_value=64) | st.integers(min_value=1, max_value=64)
worker_counts = st.integers(min_value=1, max_value=40)


@st.composite
def demands(draw: st.DrawFn) -> Demand:
    serial_s, parallel_s, waiting_s = draw(times_s), draw(times_s), draw(times_s)
    assume(serial_s + parallel_s + waiting_s > 0)
    return Demand(serial_s, parallel_s, waiting_s, draw(times_s))


def never_less(more: list[float], less: list[float]) -> bool:
    return all(one >= other * (1 - 1e-9) for one, other in zip(more, less, strict=True))


@pytest.mark.parametrize(
    ("cores", "expected"),
    [(1, [1, 1, 1, 1]), (2, [1, 2, 2, 2]), (1.5, [1, 1.5, 1.5, 1.5]), (64, [1, 2, 3, 4])],
)
def test_pure_computing_goes_as_fast_as_there_are_cores(cores: float, expected: list[float]) -> None:
    assert throughputs(Demand(0, 1, 0), cores, 4) == pytest.approx(expected)


def test_pure_waiting_goes_as_fast_as_there_are_workers() -> None:
    assert throughputs(Demand(0, 0, 0.25), 1, 4) == pytest.approx([4, 8, 12, 16])


def test_what_is_served_one_at_a_time_is_never_faster_than_that() -> None:
    assert throughputs(Demand(0.5, 0, 0), 64, 4) == pytest.approx([2, 2, 2, 2])


def test_waiting_before_a_single_server_is_the_machine_repairman() -> None:
    """N machines and one repairman: the server's utilisation is 1 − B, with Erlang's B of N servers."""
    waiting_s, serial_s, workers = 15.0, 3.0, 8
    blocked = 1.0
    for server in range(1, workers + 1):
        offered = waiting_s / serial_s
        blocked = offered * blocked / (server + offered * blocked)
    assert throughputs(Demand(serial_s, 0, waiting_s), 64, workers)[-1] == pytest.approx((1 - blocked) / serial_s)


def test_balanced_single_servers_share_the_workers() -> None:
    """Two balanced single servers: X(k) = k / (k + 1) of what one of them can do."""
    assert throughputs(Demand(1, 1, 0), 1.999, 3)[0] == pytest.approx(0.5)
    one_core_each = [k / (k + 1) for k in (1, 2, 3)]
    free = throughputs(Demand(0, 2, 0), 1, 3)
    assert throughputs(Demand(1, 1, 0), 1, 3) == pytest.approx([min(p) for p in zip(one_core_each, free, strict=True)])


@given(demands(), st.sampled_from([1, 1.5, 2, 3, 4.2]), st.integers(min_value=1, max_value=7))
def test_the_recurrence_equals_the_sum_over_all_states(demand: Demand, cores: float, workers: int) -> None:
    def constant(serial_s: float, parallel_s: float, customers: int) -> float:
        return sum(
            serial_s**queued
            * parallel_s**computing
            / math.prod(min(count, cores) for count in range(1, computing + 1))
            * demand.waiting_s ** (customers - queued - computing)
            / math.factorial(customers - queued - computing)
            for queued in range(customers + 1)
            for computing in range(customers + 1 - queued)
        )

    def throughput(serial_s: float, parallel_s: float) -> float:
        return constant(serial_s, parallel_s, workers - 1) / constant(serial_s, parallel_s, workers)

    expected = min(throughput(demand.taking_turns_s, demand.parallel_s), throughput(0, demand.cpu_s))
    assert throughputs(demand, cores, workers)[-1] == pytest.approx(expected, rel=1e-6)


@given(demands(), core_counts, worker_counts)
def test_no_throughput_is_beyond_the_bound(demand: Demand, cores: float, workers: int) -> None:
    assert never_less(bounds(demand, cores, workers), throughputs(demand, cores, workers))


@given(demands(), core_counts, st.floats(min_value=1, max_value=8), worker_counts)
def test_more_cores_never_lower_the_throughput(demand: Demand, cores: float, times: float, workers: int) -> None:
    assert never_less(throughputs(demand, cores * times, workers), throughputs(demand, cores, workers))
    assert never_less(bounds(demand, cores * times, workers), bounds(demand, cores, workers))


@given(demands(), core_counts, worker_counts)
def test_taking_no_turns_never_lowers_the_throughput(demand: Demand, cores: float, workers: int) -> None:
    free = Demand(0, demand.serial_s + demand.parallel_s, demand.waiting_s, demand.caller_s)
    assert never_less(throughputs(free, cores, workers), throughputs(demand, cores, workers))
    assert never_less(bounds(free, cores, workers), bounds(demand, cores, workers))


@given(demands(), core_counts, worker_counts)
def test_more_workers_get_through_more_and_each_of_them_through_less(
    demand: Demand, cores: float, workers: int
) -> None:
    for found in (throughputs(demand, cores, workers), bounds(demand, cores, workers)):
        assert never_less(found[1:], found[:-1])
        paces = [each / count for count, each in enumerate(found, 1)]
        assert all(later <= earlier * (1 + 1e-9) for earlier, later in pairwise(paces))


@settings(max_examples=30)
@given(demands(), core_counts)
def test_thousands_of_workers_stay_within_the_range_of_floats(demand: Demand, cores: float) -> None:
    found = throughputs(demand, cores, 2000)
    assert all(math.isfinite(each) and each > 0 for each in found)
    assert never_less(bounds(demand, cores, 2000), found)


@pytest.mark.parametrize("times", [(-1, 1, 1, 0), (0, 0, 0, 0), (0, 0, 0, 1), (1, 0, 0, -1)])
def test_an_item_that_cannot_be_is_refused(times: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="an item takes some time"):
        Demand(*times)
