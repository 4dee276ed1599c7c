"""How items differ in what they take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.values import Timing
from whichpool.values.spread import Spread, spread_of


def timings(*times_s: float) -> tuple[Timing, ...]:
    return tuple(Timing(place, time_s) for place, time_s in enumerate(times_s))


def spread(*times_s: float) -> Spread:
    found = spread_of(timings(*times_s))
    assert found is not None
    return found


def test_a_handful_of_items_tells_nothing() -> None:
    assert spread_of(timings(1.0, 5.0, 9.0)) is None


def test_the_range_is_that_of_all_items() -> None:
    found = spread(3.0, 1.0, 2.0, 7.0)
    assert (found.low_s, found.high_s) == (1.0, 7.0)


def test_one_mishap_does_not_make_items_uneven() -> None:
    assert not spread(*[1.0] * 9, 50.0).uneven
    assert not spread(1.0, 1.0, 1.0, 50.0).uneven
    assert spread(1.0, 1.0, 2.0, 2.0).uneven


def test_the_slowest_twentieth_has_its_share_of_the_time() -> None:
    found = spread(*[1.0] * 38, 19.0, 19.0)
    assert found.slowest_share == pytest.approx(0.5)  # 2 of 40 items, 38 of 76 seconds
    assert spread(*[1.0] * 38, 38.0).slowest_share is None


def test_drift_is_the_ratio_of_the_last_third_to_the_first_whatever_the_order_of_the_timings() -> None:
    seen = timings(*[1.0] * 5, *[2.0] * 5, *[4.0] * 5)
    found = spread_of(seen[::2] + seen[1::2])
    assert found is not None
    assert found.drift == 4.0
    assert spread(*[4.0] * 5, *[2.0] * 5, *[1.0] * 5).drift == 0.25


def test_there_is_no_drift_where_it_is_small_or_few_items_tell_of_it() -> None:
    assert spread(*[1.0] * 5, *[1.2] * 5, *[1.4] * 5).drift is None
    assert spread(*[1.0] * 4, *[2.0] * 4, *[4.0] * 4).drift is None


def test_there_is_no_drift_where_early_and_late_items_are_mixed() -> None:
    assert spread(*[1.0, 9.0, 1.0] * 4, *[9.0, 1.0, 9.0] * 4).drift is None


@given(st.lists(st.floats(min_value=1e-6, max_value=1e3), min_size=4, max_size=80))
def test_every_figure_is_within_its_bounds(times_s: list[float]) -> None:
    found = spread(*times_s)
    assert found.low_s <= found.high_s
    assert found.slowest_share is None or 0 < found.slowest_share <= 1
    assert found.drift is None or found.drift >= 1.5 or 0 < found.drift <= 1 / 1.5
