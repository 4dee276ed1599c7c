"""The rules of the race."""

import math
from random import Random
from statistics import median
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.decide.race import Standing, judge_race

T = TypeVar("T")

MARGIN = 0.05
ORDER = ("serial", "threads", "processes")

# A little unrest, different from round to round, and none of it large enough to matter.
UNREST = (1.000, 1.006, 0.997, 1.003, 0.995, 1.008, 1.001, 0.999, 1.004, 0.996, 1.002, 0.998)


def rounds_of(job_s: float, rounds: int = 12, shift: int = 0) -> dict[int, float]:
    return {number: job_s * UNREST[(number + shift) % len(UNREST)] for number in range(1, rounds + 1)}


def race_of(serial_s: float, threads_s: float, processes_s: float, rounds: int = 12) -> dict[str, dict[int, float]]:
    times_s = (serial_s, threads_s, processes_s)
    return {
        name: rounds_of(job_s, rounds, 5 * place)
        for place, (name, job_s) in enumerate(zip(ORDER, times_s, strict=True))
    }


def judge(times: dict[str, dict[int, float]], dropped: frozenset[str] = frozenset()) -> Standing[str]:
    return judge_race(times, ORDER, MARGIN, dropped=dropped)


def test_the_simplest_of_equals_is_chosen_and_all_are_equivalent() -> None:
    standing = judge(race_of(1, 1, 1))
    assert standing.chosen == "serial"
    assert (standing.decided, standing.equivalent) == (True, True)
    assert standing.out == frozenset()


def test_a_clearly_slower_one_is_out_and_the_simplest_of_the_rest_is_chosen() -> None:
    standing = judge(race_of(3, 1.02, 1))
    assert standing.out == {"serial"}
    assert standing.leader == "processes"
    assert standing.chosen == "threads"
    assert (standing.decided, standing.equivalent) == (True, False)


def test_a_difference_inside_the_margin_puts_nobody_out_however_certain() -> None:
    standing = judge(race_of(1.03, 1.03, 1))
    assert standing.leader == "processes"
    assert standing.out == frozenset()
    assert standing.chosen == "serial"
    assert standing.decided


def test_a_difference_between_the_margin_and_twice_it_is_decided() -> None:
    standing = judge(race_of(1.07, 1, 1.5))
    assert standing.out == {"serial", "processes"}
    assert (standing.chosen, standing.decided) == ("threads", True)


def test_two_rounds_decide_nothing() -> None:
    standing = judge(race_of(3, 1, 1, rounds=2))
    assert standing.leader != "serial"
    assert standing.chosen == "serial"
    assert not standing.decided
    assert standing.rivals == ("threads", "processes")


def test_a_race_without_rounds_is_undecided() -> None:
    standing = judge({})
    assert (standing.leader, standing.chosen) == ("serial", "serial")
    assert not standing.decided
    assert standing.rivals == ("threads", "processes")


def test_only_those_that_hold_up_the_answer_are_rivals() -> None:
    times = race_of(1, 1, 1)
    del times["processes"]
    assert judge(times).rivals == ("processes",)


def test_somebody_without_a_round_neither_leads_nor_hides_who_does() -> None:
    times = race_of(2, 1, 1)
    del times["processes"]
    assert judge(times).leader == "threads"


def test_whoever_is_dropped_stays_out_for_good() -> None:
    standing = judge(race_of(0.5, 1, 1), dropped=frozenset({"serial"}))
    assert "serial" in standing.out
    assert standing.leader != "serial"
    assert standing.chosen == "threads"


def test_the_last_one_left_is_the_decided_answer() -> None:
    standing = judge(race_of(1, 1, 1), dropped=frozenset({"serial", "threads"}))
    assert (standing.chosen, standing.decided, standing.equivalent) == ("processes", True, False)


def test_strategies_are_compared_by_the_rounds_they_share() -> None:
    # The machine slowed down threefold after round 12; serial ran the quick rounds only, threads both kinds.
    times = race_of(1, 1, 1, rounds=12)
    for name in ("threads", "processes"):
        times[name] |= {number + 12: 3 * job_s for number, job_s in times[name].items()}
    standing = judge(times)
    assert standing.out == frozenset()
    assert standing.equivalent


def test_the_leader_is_judged_by_ratios_within_rounds() -> None:
    # Threads win two rounds of three by a sixth, though their median time over all rounds is the longer one.
    times = {"serial": {1: 1.2, 2: 2.4, 3: 1.0}, "threads": {1: 1.0, 2: 2.0, 3: 1.3}}
    assert median(times["threads"].values()) > median(times["serial"].values())
    assert judge_race(times, ("serial", "threads"), MARGIN).leader == "threads"


def test_in_a_circle_of_medians_whoever_is_beaten_by_least_leads() -> None:
    # Each wins two rounds of three against one of the others and loses them against the other.
    times = {
        "serial": {1: 1.0, 2: 2.0, 3: 3.0},
        "threads": {1: 2.0, 2: 3.0, 3: 1.0},
        "processes": {1: 2.9, 2: 1.0, 3: 2.0},
    }
    assert judge(times).leader == "processes"


def test_being_decided_for_the_simplest_does_not_make_a_slower_one_equivalent() -> None:
    # After eight rounds serial is certainly not far behind, but one lost round keeps processes from being out.
    slowdowns = (1.1, 1.6, 0.96, 1.2, 1.3, 1.5, 1.4, 1.3)
    times = {
        "serial": dict.fromkeys(range(1, 9), 1.0),
        "processes": dict(enumerate(slowdowns, start=1)),
    }
    standing = judge_race(times, ("serial", "processes"), MARGIN)
    assert standing.out == frozenset()
    assert (standing.chosen, standing.decided, standing.equivalent) == ("serial", True, False)


@pytest.mark.parametrize(
    ("order", "margin", "alpha", "dropped"),
    [
        ((), 0.05, 0.05, frozenset()),
        (("serial",), 0.05, 0.05, frozenset({"serial"})),
        (("serial",), 0.0, 0.05, frozenset()),
        (("serial",), 0.05, 0.0, frozenset()),
        (("serial",), math.nan, 0.05, frozenset()),
    ],
)
def test_a_race_that_makes_no_sense_is_a_wrong_call(
    order: tuple[str, ...], margin: float, alpha: float, dropped: frozenset[str]
) -> None:
    with pytest.raises(ValueError, match="need somebody racing"):
        judge_race({}, order, margin, alpha, dropped)


jobs_s = st.dictionaries(st.integers(min_value=1, max_value=30), st.floats(min_value=0.1, max_value=10), max_size=30)
steady_jobs_s = st.builds(rounds_of, st.sampled_from([0.5, 0.97, 1.0, 1.04, 1.07, 1.2, 2.0]), st.integers(0, 30))
races = st.fixed_dictionaries(dict.fromkeys(ORDER, steady_jobs_s | jobs_s))


@given(races, st.randoms(use_true_random=False))
def test_the_order_of_presentation_does_not_matter(
    times: dict[str, dict[int, float]],
    random: Random,
) -> None:
    def shuffled(items: list[T]) -> list[T]:
        random.shuffle(items)
        return items

    presented = {name: dict(shuffled(list(times[name].items()))) for name in shuffled(list(times))}
    assert judge(presented) == judge(times)


@given(races, st.integers(min_value=-40, max_value=40))
def test_the_unit_of_time_does_not_matter(times: dict[str, dict[int, float]], power: int) -> None:
    # Powers of two, so that rounding does not make a draw a defeat.
    unit = 2.0**power
    scaled = {name: {number: job_s * unit for number, job_s in jobs.items()} for name, jobs in times.items()}
    assert judge(scaled) == judge(times)


@given(races)
def test_a_standing_agrees_with_itself(times: dict[str, dict[int, float]]) -> None:
    standing = judge(times)
    assert standing.leader not in standing.out
    assert standing.chosen == next(name for name in ORDER if name not in standing.out)
    assert standing.decided == (not standing.rivals)
    assert not standing.out.intersection(standing.rivals)
    assert standing.decided or not standing.equivalent


@given(races)
def test_handing_back_who_is_out_changes_nobody_elses_fate(times: dict[str, dict[int, float]]) -> None:
    standing = judge(times)
    again = judge(times, dropped=standing.out)
    assert again.out >= standing.out
    assert len(standing.out) < 2 or again.chosen == standing.leader
