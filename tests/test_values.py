"""What the values promise: they are valid once they are made, and they stay as they are."""

import math
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decide.making import make_anatomy
from whichpool.errors import WrongCall
from whichpool.values import Band, Draw, Elsewhere, Estimate, Options, Spending, Spent, Strategy, Trial


@st.composite
def draws(draw: st.DrawFn) -> tuple[Draw, int]:
    of = draw(st.integers(min_value=1, max_value=5_000))
    return Draw(draw(st.integers(min_value=1, max_value=min(of, 300))), draw(st.integers(0, 1_000))), of


@given(draws())
def test_a_draw_takes_one_place_from_each_stretch_of_the_input_in_order(drawn: tuple[Draw, int]) -> None:
    draw, of = drawn
    places = list(draw.places(of))
    assert len(places) == draw.items
    assert places == sorted(places)
    for stretch, place in enumerate(places):
        assert stretch * of // draw.items <= place <= min(of - 1, (stretch + 1) * of // draw.items)


@given(draws())
def test_the_same_seed_draws_the_same_places(drawn: tuple[Draw, int]) -> None:
    draw, of = drawn
    assert list(draw.places(of)) == list(Draw(draw.items, draw.seed).places(of))


@given(st.integers(min_value=1, max_value=40), st.integers(min_value=1, max_value=40), st.integers(0, 1_000))
def test_stretches_of_whole_length_never_give_a_place_twice(items: int, length: int, seed: int) -> None:
    places = Draw(items, seed).places(items * length)
    assert len(set(places)) == items


def test_no_item_is_drawn_twice_for_a_sample() -> None:
    twice = [seed for seed in range(100) if len(set(Draw(20, seed).places(30))) < 20]
    assert twice == []


def test_draws_of_many_rounds_reach_every_item_about_equally_often() -> None:
    counts = [0] * 50
    for seed in range(2_000):
        for place in Draw(8, seed).places(50):
            counts[place] += 1
    expected = 2_000 * 8 / 50
    assert min(counts) > 0.75 * expected
    assert max(counts) < 1.25 * expected


@given(st.integers(1, 1_000), st.integers(1, 1_000))
def test_a_draw_without_a_seed_runs_the_first_items(items: int, of: int) -> None:
    assert list(Draw(items).places(of)) == list(range(min(items, of)))


def test_different_rounds_draw_different_items() -> None:
    assert len({tuple(Draw(10, seed).places(10_000)) for seed in range(50)}) == 50


@pytest.mark.parametrize(
    ("strategy", "name", "words"),
    [
        (Strategy("serial"), "serial", "serial"),
        (Strategy("threads", 8), "threads-8", "threads ×8"),
        (Strategy("threads", 1), "threads-1", "threads ×1"),
        (Strategy("processes", 2, start_method="spawn"), "processes-2-spawn", "processes ×2 (spawn)"),
        (
            Strategy("processes", 2, 50, "fork"),
            "processes-2-fork-chunk50",
            "processes ×2 (fork, chunks of 50)",
        ),
        (Strategy("serial", native_threads=1), "serial-native1", "serial (1 native thread)"),
        (Strategy("threads", 4, native_threads=2), "threads-4-native2", "threads ×4 (2 native threads)"),
    ],
)
def test_a_strategy_is_named_by_its_settings(strategy: Strategy, name: str, words: str) -> None:
    assert strategy.id == name
    assert str(strategy) == words


def test_only_a_limit_of_native_threads_changes_the_environment() -> None:
    assert Strategy("processes", 8, 5, "spawn").environment == {}
    limits = Strategy("threads", native_threads=2).environment
    assert {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"} <= limits.keys()
    assert set(limits.values()) == {"2"}


@pytest.mark.parametrize(
    ("strategy", "plain"),
    [
        (Strategy("serial"), True),
        (Strategy("serial", chunksize=24), True),
        (Strategy("serial", native_threads=1), False),
        (Strategy("threads", 1), False),
    ],
)
def test_a_plain_loop_is_what_there_is_before_anything_is_set(strategy: Strategy, *, plain: bool) -> None:
    assert strategy.is_plain_loop is plain


@pytest.mark.parametrize(("workers", "chunksize"), [(0, None), (-3, None), (2, 0), (2, -1)])
def test_settings_that_no_pool_could_have_are_refused(workers: int, chunksize: int | None) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Strategy("threads", workers, chunksize)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"budget_s": 0.0}, "a budget of 0 s leaves no time"),
        ({"budget_s": -1.0}, "a budget of -1 s leaves no time"),
        ({"budget_s": math.nan}, "a budget of nan s leaves no time"),
        ({"budget_s": math.inf}, "a budget of inf s has no end"),
        ({"margin": 0.0}, "a margin of 0 is not between 0 and 1"),
        ({"margin": 1.5}, "a margin of 1.5 is not between 0 and 1"),
        ({"margin": math.nan}, "a margin of nan is not between 0 and 1"),
        ({"timeout_s": 0.0}, "a timeout of 0 s leaves no time"),
        ({"timeout_s": math.nan}, "a timeout of nan s leaves no time"),
        ({"workers": (2, 0)}, "at least 1 worker, not 2, 0"),
        ({"workers": (-3,)}, "at least 1 worker, not -3"),
        ({"chunksizes": (0,)}, "at least 1 item, not 0"),
    ],
)
def test_options_that_make_no_sense_are_a_wrong_call_that_names_the_value(
    options: dict[str, float | tuple[int, ...]], words: str
) -> None:
    with pytest.raises(WrongCall) as caught:
        Options(**options)  # type: ignore[arg-type]  # a table of fields of several types
    assert words in str(caught.value)


def test_the_default_options_make_sense() -> None:
    options = Options()
    assert options.pools == ()
    assert 0 < options.margin < 1 <= options.budget_s


@pytest.mark.parametrize(
    ("low", "value", "high"), [(1.0, 0.5, 2.0), (1.0, 3.0, 2.0), (2.0, 1.5, 1.0), (0.0, math.nan, math.inf)]
)
def test_an_estimate_outside_its_own_interval_is_refused(low: float, value: float, high: float) -> None:
    with pytest.raises(ValueError, match="inside its interval"):
        Estimate(value, low, high, 3)


@pytest.mark.parametrize(
    ("low", "high", "bounded"), [(0.5, 2.0, True), (0.0, 2.0, False), (0.5, math.inf, False), (0.0, math.inf, False)]
)
def test_an_estimate_is_bounded_when_it_is_on_both_sides(low: float, high: float, *, bounded: bool) -> None:
    assert Estimate(1.0, low, high, 3).bounded is bounded


@pytest.mark.parametrize("value", [Strategy("threads", 2), Draw(3), Estimate(1.0, 0.5, 2.0, 3), Options()])
def test_values_cannot_be_changed_nor_given_further_names(value: object) -> None:
    with pytest.raises((FrozenInstanceError, AttributeError)):
        setattr(value, next(iter(value.__slots__)), 7)  # type: ignore[attr-defined]  # every one of them has slots
    assert not hasattr(value, "__dict__")


@pytest.mark.parametrize("cores", [0, -1, 1025, math.nan, math.inf])
def test_a_machine_that_nobody_has_is_a_wrong_call(cores: float) -> None:
    with pytest.raises(WrongCall, match="a machine has cores, at most 1,024, not "):
        Elsewhere(cores)


def test_another_machine_has_as_many_cores_and_such_a_gil_unless_it_is_said_otherwise() -> None:
    assert (Elsewhere().cores, Elsewhere().gil) == (None, None)
    assert Elsewhere(0.5, gil=False).cores == 0.5


@pytest.mark.parametrize(("low", "high"), [(-0.1, 0.5), (0.5, 1.1), (0.6, 0.5), (math.nan, 1.0)])
def test_a_band_outside_of_nothing_and_all_is_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="a band lies within 0 and 1"):
        Band(low, high)


def test_a_band_tells_its_middle_and_how_much_is_not_known() -> None:
    assert Band(0.25, 0.75).middle == 0.5
    assert Band(0.25, 0.75).width == 0.5


def test_what_a_pool_costs_is_found_by_its_name_and_its_start_method() -> None:
    fork, spawn = (Trial("processes", method, 1.0, 1.0, 1.0) for method in ("fork", "spawn"))
    anatomy = make_anatomy(trials=(Trial("threads", None, 1.0, 1.0, 1.0), fork, spawn))
    assert anatomy.trial("processes", "spawn") is spawn
    assert anatomy.trial("processes", "forkserver") is None
    assert anatomy.trial("threads", "fork") is None


@given(st.floats(1e-9, 10), st.floats(0, 20))
def test_an_item_computes_for_all_of_its_time_at_most(item_s: float, cpu_s: float) -> None:
    assert 0 <= make_anatomy(item_s, cpu_s=cpu_s).cpu_share <= 1


def test_what_the_time_went_into_is_told_in_shares() -> None:
    spent = Spent(2.0, 24, 2, {Spending.COMPUTING: 1.5, Spending.IDLE: 0.25, Spending.TAIL: 0.25}, 0.1)
    assert spent.share(Spending.COMPUTING) == 0.75
    assert spent.share(Spending.IDLE, Spending.TAIL, Spending.GIL) == 0.25
