"""Costs are raw samples; what is made of them is computed anew, and what is no cost is refused."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.costs import COSTS, LARGE, LARGEST, MIB, SMALL
from whichpool.values import Costs
from whichpool.values.costs import estimate_of

DURATIONS = st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=9).map(tuple)


def test_of_samples_the_median_stands_between_the_least_and_the_most() -> None:
    estimate = estimate_of((3.0, 1.0, 2.0))
    assert estimate is not None
    assert (estimate.value, estimate.low, estimate.high, estimate.n) == (2.0, 1.0, 3.0, 3)


def test_of_no_samples_nothing_is_told() -> None:
    assert estimate_of(()) is None


@given(DURATIONS)
def test_costs_survive_json(ready_s: tuple[float, ...]) -> None:
    costs = replace(COSTS, pools=(replace(COSTS.pools[0], ready_s=ready_s), COSTS.pools[1]))
    assert Costs.from_fields(json.loads(json.dumps(asdict(costs)))) == costs


@pytest.mark.parametrize("samples", [None, "slow", ["a"], [-1.0], [float("nan")], [float("inf")], 3.0])
def test_samples_that_are_none_are_refused(samples: object) -> None:
    fields: dict[str, Any] = json.loads(json.dumps(asdict(COSTS)))
    fields["pools"][0]["ready_s"] = samples
    with pytest.raises((ValueError, TypeError)):
        Costs.from_fields(fields)


def test_a_pipe_is_as_fast_as_it_moves_a_mebibyte() -> None:
    assert COSTS.pipe_bytes_per_s == pytest.approx(MIB / 0.003)


@pytest.mark.parametrize("sendings", [(), (SMALL,), (replace(LARGE, pipe_s=()),)])
def test_how_fast_a_pipe_is_stays_open_where_only_its_latency_was_seen(sendings: tuple[Any, ...]) -> None:
    assert replace(COSTS, sendings=sendings).pipe_bytes_per_s is None


def test_where_a_mebibyte_was_not_moved_the_next_larger_amount_counts() -> None:
    assert replace(COSTS, sendings=(SMALL, LARGEST)).pipe_bytes_per_s == pytest.approx(64 * MIB / 0.1)
