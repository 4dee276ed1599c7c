"""Intervals that may be looked at after every round."""

import math
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.decide.sequential import (
    LOOKS,
    UNBOUNDED,
    estimate,
    interval,
    paired_t_interval,
    sign_interval,
    student_quantile,
)

Bound = Callable[[Sequence[float], float], tuple[float, float]]

ALPHA = 0.05
INTERVALS: tuple[Bound, ...] = (sign_interval, paired_t_interval, interval)

log_ratios = st.floats(min_value=-3, max_value=3)
sessions = st.lists(log_ratios, min_size=1, max_size=40)


def close(bounds: tuple[float, float], expected: tuple[float, float]) -> bool:
    return bounds == pytest.approx(expected, abs=1e-9)


# Published upper quantiles of Student's t, as printed in any table: probability, degrees of freedom, t.
@pytest.mark.parametrize(
    ("probability", "degrees", "published"),
    [
        (0.975, 1, 12.706),
        (0.975, 2, 4.303),
        (0.975, 3, 3.182),
        (0.975, 10, 2.228),
        (0.95, 5, 2.015),
        (0.99, 4, 3.747),
        (0.995, 9, 3.250),
        (0.995, 30, 2.750),
        (0.9995, 7, 5.408),
        (0.9995, 1, 636.619),
        (0.975, 120, 1.980),
    ],
)
def test_student_quantiles_agree_with_the_published_table(probability: float, degrees: int, published: float) -> None:
    assert student_quantile(probability, degrees) == pytest.approx(published, abs=5.1e-4)


def test_student_quantiles_with_a_closed_form_are_exact() -> None:
    assert student_quantile(0.9, 1) == pytest.approx(math.tan(0.4 * math.pi), rel=1e-12)
    assert student_quantile(0.9, 2) == pytest.approx(0.8 / math.sqrt(0.18), rel=1e-12)


@given(st.floats(min_value=0.501, max_value=0.9999), st.integers(min_value=1, max_value=60))
def test_student_quantiles_are_symmetric_about_zero(probability: float, degrees: int) -> None:
    assert student_quantile(1 - probability, degrees) == pytest.approx(
        -student_quantile(probability, degrees), rel=1e-6
    )


def test_the_middle_of_student_is_zero() -> None:
    assert student_quantile(0.5, 5) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("probability", "degrees"), [(0.0, 3), (1.0, 3), (0.5, 0)])
def test_student_quantiles_out_of_range_are_refused(probability: float, degrees: int) -> None:
    with pytest.raises(ValueError, match="probability"):
        student_quantile(probability, degrees)


def test_seven_unanimous_rounds_decide_at_five_percent() -> None:
    assert sign_interval([0.1] * 6, ALPHA) == UNBOUNDED
    assert sign_interval([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], ALPHA) == (0.1, 0.7)


def test_the_sign_interval_keeps_every_value_that_the_formula_keeps() -> None:
    n = 20
    differences = [float(rank) for rank in range(1, n + 1)]
    kept = [
        above
        for above in range(n + 1)
        if 2**n * math.gamma(above + 0.5) * math.gamma(n - above + 0.5) / math.gamma(n + 1) / math.pi < 1 / ALPHA
    ]
    # With ``above`` differences larger, a value lies between the sorted differences n - above and n - above + 1.
    assert sign_interval(differences, ALPHA) == (n - max(kept), n - min(kept) + 1)


def test_ties_belong_to_the_sign_interval() -> None:
    assert sign_interval([0.0] * 5 + [0.3] * 7, ALPHA) == (0.0, 0.3)


def test_two_spikes_among_twenty_rounds_do_not_move_the_sign_interval() -> None:
    calm = [0.10 + 0.001 * number for number in range(20)]
    assert sign_interval([*calm[:18], 5.0, 9.0], ALPHA) == sign_interval(calm, ALPHA)


@given(sessions, st.data())
def test_a_round_inside_the_sign_interval_never_widens_it(differences: list[float], data: st.DataObject) -> None:
    low, high = sign_interval(differences, ALPHA)
    inside = data.draw(st.floats(min_value=max(low, -3), max_value=min(high, 3)))
    narrower_low, narrower_high = sign_interval([*differences, inside], ALPHA)
    assert low <= narrower_low <= narrower_high <= high


@given(st.lists(st.floats(min_value=0.01, max_value=3), min_size=7, max_size=60))
def test_unanimous_rounds_keep_the_sign_interval_on_their_side(differences: list[float]) -> None:
    assert sign_interval(differences, ALPHA)[0] > 0


def test_the_paired_t_waits_for_its_first_look() -> None:
    assert paired_t_interval([0.50, 0.51, 0.52], ALPHA) == UNBOUNDED


def test_the_paired_t_spends_a_fifth_of_alpha_at_a_look() -> None:
    low, high = paired_t_interval([1.0, 2.0, 3.0, 4.0], ALPHA)
    reach = student_quantile(1 - 0.01 / 2, 3) * math.sqrt(5 / 3 / 4)
    assert (low, high) == pytest.approx((2.5 - reach, 2.5 + reach))


@given(st.lists(log_ratios, min_size=4, max_size=40))
def test_between_looks_the_paired_t_of_the_last_look_holds(differences: list[float]) -> None:
    last_look = max(look for look in LOOKS if look <= len(differences))
    assert paired_t_interval(differences, ALPHA) == paired_t_interval(differences[:last_look], ALPHA)


def test_four_steady_rounds_show_a_large_difference() -> None:
    low, high = interval([0.40, 0.41, 0.42, 0.41], ALPHA)
    assert 0.3 < low < high < 0.5


def test_where_the_branches_contradict_each_other_the_signs_have_the_word() -> None:
    # Up to the last look all is calm at 0; what comes after it lies elsewhere, and only the signs see it.
    differences = [0.001 * (number % 2) for number in range(24)] + [1.0] * 60
    assert interval(differences, ALPHA) == sign_interval(differences, ALPHA / 2)
    assert interval(differences, ALPHA)[0] == 1.0


@given(sessions)
def test_what_either_branch_rules_out_is_ruled_out(differences: list[float]) -> None:
    low, high = interval(differences, ALPHA)
    sign_low, sign_high = sign_interval(differences, ALPHA / 2)
    assert sign_low <= low <= high <= sign_high


@pytest.mark.parametrize("bound", INTERVALS)
@given(differences=sessions)
def test_swapping_the_two_mirrors_the_interval(bound: Bound, differences: list[float]) -> None:
    low, high = bound(differences, ALPHA)
    assert close(bound([-difference for difference in differences], ALPHA), (-high, -low))


@pytest.mark.parametrize("bound", INTERVALS)
@given(differences=sessions, shift=st.floats(min_value=-3, max_value=3))
def test_a_constant_factor_shifts_the_interval(bound: Bound, differences: list[float], shift: float) -> None:
    low, high = bound(differences, ALPHA)
    assert close(bound([difference + shift for difference in differences], ALPHA), (low + shift, high + shift))


@given(st.lists(log_ratios, min_size=1, max_size=40), st.floats(min_value=0.001, max_value=0.5))
def test_a_stricter_alpha_never_narrows_the_sign_interval(differences: list[float], alpha: float) -> None:
    low, high = sign_interval(differences, alpha)
    wider_low, wider_high = sign_interval(differences, alpha / 2)
    assert wider_low <= low <= high <= wider_high


@given(
    st.lists(st.tuples(st.floats(min_value=0.1, max_value=10), st.floats(min_value=0.1, max_value=10)), min_size=1),
    st.floats(min_value=0.001, max_value=1000),
)
def test_the_unit_of_time_does_not_matter(times_s: list[tuple[float, float]], unit: float) -> None:
    plain = estimate([math.log(first / second) for first, second in times_s], ALPHA)
    scaled = estimate([math.log((first * unit) / (second * unit)) for first, second in times_s], ALPHA)
    assert (scaled.value, scaled.low, scaled.high) == pytest.approx((plain.value, plain.low, plain.high))


def test_an_estimate_is_the_median_ratio_with_its_interval() -> None:
    found = estimate([math.log(ratio) for ratio in (1.8, 1.9, 1.95, 2.0, 2.1, 2.2, 2.3, 3.9, 2.05)], ALPHA)
    assert found.value == pytest.approx(2.05)
    assert 1 < found.low < found.value < found.high
    assert found.n == 9
    assert found.bounded


def test_one_round_gives_a_value_without_bounds() -> None:
    found = estimate([math.log(2)], ALPHA)
    assert found.value == pytest.approx(2)
    assert (found.low, found.high, found.n) == (0, math.inf, 1)
    assert not found.bounded


def test_equal_differences_bound_the_ratio_at_itself() -> None:
    found = estimate([math.log(2)] * 12, ALPHA)
    assert (found.low, found.value, found.high) == pytest.approx((2, 2, 2))


@given(sessions)
def test_an_estimate_always_holds_its_point(differences: list[float]) -> None:
    found = estimate(differences, ALPHA)
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize("bound", [*INTERVALS, estimate])
def test_nothing_measured_is_a_wrong_call(bound: Callable[[Sequence[float], float], object]) -> None:
    with pytest.raises(ValueError, match="at least one difference"):
        bound([], ALPHA)


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1])
def test_an_alpha_that_is_no_probability_is_a_wrong_call(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        sign_interval([0.1], alpha)
