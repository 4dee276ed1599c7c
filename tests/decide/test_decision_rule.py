"""What the rule of the race promises, kept on simulated sessions with drift and spikes."""

import pytest
from simulated_sessions import run_sessions

SESSIONS = 2000


def test_equal_strategies_are_called_different_in_at_most_five_percent() -> None:
    tally = run_sessions((1.0, 1.0), SESSIONS)
    assert tally.wrong_claims <= 0.05
    assert tally.decided >= 0.9


@pytest.mark.parametrize("strategies", [3, 6])
def test_more_equal_strategies_are_no_more_chances_to_be_wrong(strategies: int) -> None:
    assert run_sessions((1.0,) * strategies, 500).wrong_claims <= 0.05


def test_a_true_difference_of_fifteen_percent_takes_nine_rounds_at_most() -> None:
    tally = run_sessions((1.15, 1.0), SESSIONS)
    assert tally.mean_rounds <= 9
    assert tally.decided >= 0.95
    assert tally.wrong_choices <= 0.01


def test_a_true_difference_of_half_takes_six_rounds_at_most() -> None:
    tally = run_sessions((1.5, 1.0), SESSIONS)
    assert tally.mean_rounds <= 6
    assert tally.decided >= 0.99
    assert tally.wrong_choices <= 0.01


def test_the_simplest_being_fastest_is_never_called_equivalent_to_a_slower_one() -> None:
    tally = run_sessions((1.0, 1.15), 1000)
    assert tally.equivalent <= 0.01
    assert tally.wrong_choices == 0


def test_a_true_difference_on_the_margin_does_not_hold_up_the_answer() -> None:
    assert run_sessions((1.05, 1.0), 1000).decided >= 0.8
