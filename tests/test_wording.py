"""Figures in words."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.intervals import duration_interval, interval, ratio
from whichpool.values import Estimate
from whichpool.wording import count, duration, number, size

FIGURE = re.compile(r"\d{1,3}(,\d{3})*(\.\d+)?")

positive = st.floats(min_value=1e-12, max_value=1e12)


@st.composite
def estimates(draw: st.DrawFn) -> Estimate:
    low, value, high = sorted(draw(st.tuples(positive, positive, positive)))
    low = draw(st.sampled_from([low, 0.0, value]))
    high = draw(st.sampled_from([high, math.inf, value]))
    return Estimate(value, low, high, draw(st.integers(0, 50)))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (1, "1.00"),
        (0.0123, "0.0123"),
        (0.00012345, "0.000123"),
        (1.8649, "1.86"),
        (12.34, "12.3"),
        (999.4, "999"),
        (999.6, "1,000"),
        (1_000, "1,000"),
        (12_449, "12,400"),
        (10, "10.0"),
        (100, "100"),
        (0.1, "0.100"),
        (0.001, "0.00100"),
        (-2.5, "-2.50"),
        (math.inf, "∞"),
    ],
)
def test_a_number_has_three_significant_figures_and_no_exponent(value: float, words: str) -> None:
    assert number(value) == words


@pytest.mark.parametrize(("value", "words"), [(9.999, "10.0"), (99.96, "100"), (0.9996, "1.00"), (0.09999, "0.100")])
def test_a_number_that_is_rounded_up_to_a_power_of_ten_keeps_three_figures(value: float, words: str) -> None:
    assert number(value) == words


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_a_number_is_written_without_an_exponent_and_close_to_its_value(value: float) -> None:
    words = number(value)
    assert FIGURE.fullmatch(words)
    assert float(words.replace(",", "")) == pytest.approx(value, rel=0.006)


@given(positive, positive)
def test_a_larger_number_never_reads_as_a_smaller_one(one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert float(number(small).replace(",", "")) <= float(number(large).replace(",", ""))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 ns"),
        (5e-9, "5.00 ns"),
        (12.34e-6, "12.3 µs"),
        (0.0123, "12.3 ms"),
        (0.999, "999 ms"),
        (1, "1.00 s"),
        (119, "119 s"),
        (120, "2.00 min"),
        (7_199, "120 min"),
        (7_200, "2.00 h"),
        (360_000, "100 h"),
    ],
)
def test_a_duration_has_the_unit_that_suits_it(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        (Estimate(0.780, 0.771, 0.790, 9), "771–790 ms"),
        (Estimate(0.780, 0.780, 0.780, 9), "780 ms"),
        (Estimate(0.9, 0.5, 1.5, 9), "500–1,500 ms"),
        (Estimate(0.780, 0.0, math.inf, 2), "?"),
        (Estimate(0.780, 0.5, math.inf, 2), "?"),
    ],
)
def test_a_durations_interval_keeps_the_unit_of_its_point(estimate: Estimate, words: str) -> None:
    assert duration_interval(estimate) == words


@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        (Estimate(1.86, 1.79, 1.93, 9), "1.86 times faster (1.79–1.93)"),
        (Estimate(0.5, 0.4, 0.625, 9), "2.00 times slower (1.60–2.50)"),
        (Estimate(1.86, 0.0, math.inf, 2), "1.86 times faster (not yet sure)"),
        (Estimate(0.5, 0.0, math.inf, 2), "2.00 times slower (not yet sure)"),
        (Estimate(1.01, 0.97, 1.05, 9), "as fast (0.970–1.05 times)"),
        (Estimate(1.01, 0.6, 1.9, 9), "not told apart (0.600–1.90 times)"),
        (Estimate(2.0, 2.0, 2.0, 9), "2.00 times faster (2.00)"),
    ],
)
def test_a_ratio_says_which_way_it_goes(estimate: Estimate, words: str) -> None:
    assert ratio(estimate) == words


@given(estimates())
def test_no_estimate_is_too_strange_to_be_told(estimate: Estimate) -> None:
    told = [interval(estimate), duration_interval(estimate), ratio(estimate), duration(estimate.value)]
    assert all(told)
    assert not any(re.search(r"\de[+-]?\d|nan|inf", words) for words in told)


@given(estimates())
def test_faster_and_slower_are_two_views_of_one_ratio(estimate: Estimate) -> None:
    flipped = Estimate(
        1 / estimate.value,
        1 / estimate.high if math.isfinite(estimate.high) else 0.0,
        1 / estimate.low if estimate.low else math.inf,
        estimate.n,
    )
    if "times faster" in ratio(estimate) and estimate.value > 1:
        assert "times slower" in ratio(flipped)
    if "not told apart" in ratio(estimate):
        assert "times faster" not in ratio(flipped)
        assert "times slower" not in ratio(flipped)


@pytest.mark.parametrize(("amount", "words"), [(0, "0 items"), (1, "1 item"), (2, "2 items"), (12_345, "12,345 items")])
def test_an_amount_agrees_with_its_noun(amount: int, words: str) -> None:
    assert count(amount, "item") == words


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (0, "0 B"),
        (28.4, "28 B"),
        (999.4, "999 B"),
        (999.6, "1.0 kB"),
        (1_260, "1.3 kB"),
        (9_960, "10 kB"),
        (64_000, "64 kB"),
        (3_100_000, "3.1 MB"),
        (999_600_000, "1.0 GB"),
        (12e9, "12 GB"),
        (5e12, "5,000 GB"),
    ],
)
def test_a_size_has_the_unit_that_suits_it(size_bytes: float, words: str) -> None:
    assert size(size_bytes) == words
