import statistics
from math import comb, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.claims.evidence import figure_in, in_bytes, in_seconds, in_times, median_of, ratios, samples_in, words_in

amounts = st.floats(min_value=1e-9, max_value=1e9)


@given(st.lists(amounts, min_size=1, max_size=40))
def test_the_median_lies_in_its_interval_whatever_the_samples(samples: list[float]) -> None:
    estimate = median_of(samples)
    assert estimate.value == statistics.median(samples)
    assert estimate.low <= estimate.value <= estimate.high
    assert estimate.n == len(samples)


@pytest.mark.parametrize("n", range(1, 6))
def test_five_samples_or_fewer_cannot_bound_a_median(n: int) -> None:
    estimate = median_of([1.0] * n)
    assert (estimate.low, estimate.high) == (0, inf)


@pytest.mark.parametrize("n", range(6, 60))
def test_the_interval_is_the_narrowest_that_leaves_out_the_median_in_at_most_5_percent(n: int) -> None:
    estimate = median_of([float(place) for place in range(1, n + 1)])
    outside = int(estimate.low)  # how many samples, the bound included, lie at one end
    assert estimate.high == n + 1 - outside
    assert 2 * sum(comb(n, k) for k in range(outside)) / 2**n <= 0.05
    assert 2 * sum(comb(n, k) for k in range(outside + 1)) / 2**n > 0.05


def test_the_order_of_the_samples_does_not_matter() -> None:
    assert median_of([3, 1, 2, 6, 5, 4]) == median_of([1, 2, 3, 4, 5, 6])


def test_one_wild_sample_of_nine_does_not_widen_the_interval() -> None:
    assert median_of([1.0] * 8 + [1e9]).high == 1


def test_there_is_no_median_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        median_of([])


def test_what_slows_a_whole_round_leaves_its_ratio_as_it_is() -> None:
    slow = [1, 7, 1, 30, 2, 1]
    estimate = ratios([2.0 * each for each in slow], [1.0 * each for each in slow])
    assert (estimate.value, estimate.low, estimate.high) == (2, 2, 2)


def test_samples_that_do_not_pair_have_no_ratios() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])


def test_figures_are_written_with_their_intervals() -> None:
    spread = [0.9, 0.95, 1.0, 1.0, 1.05, 1.1]
    assert in_seconds(median_of([0.01 * each for each in spread])) == "10.0 ms (9.00–11.0 ms)"
    assert in_times(median_of([2 * each for each in spread])) == "2.00× (1.80–2.20)"
    assert in_bytes(median_of([1e6 * each for each in spread])) == "1.0 MB (900 kB–1.1 MB)"


def test_an_open_interval_is_written_as_unknown() -> None:
    assert in_seconds(median_of([0.01])) == "10.0 ms (?)"
    assert in_times(median_of([2.0])) == "2.00× (?)"
    assert in_bytes(median_of([1e6])) == "1.0 MB (?)"


def test_a_size_of_nothing_is_written_though_its_interval_starts_at_nothing() -> None:
    assert in_bytes(median_of([0.0] * 6)) == "0 B (0 B)"


def test_what_was_measured_is_looked_up_by_its_name() -> None:
    assert figure_in({"cores": 2.0}, "cores") == 2
    assert samples_in({"added_bytes": [1.0, 2.0]}, "added_bytes") == [1, 2]
    assert words_in({"methods": ["fork"]}, "methods") == ["fork"]
