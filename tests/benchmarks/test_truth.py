import math
import random
import statistics
from collections import Counter

import pytest
from truth import FINALISTS, Truth, find_truth, held_out_best_s

GRID = tuple(range(40))
LONGEST_S = 60.0
ROUNDS = 3


class Machine:
    """Stands in for the clock: each contender takes a tenth of a second longer than the one before it, from 1 s on.

    Args:
        odd: What some contenders take instead; None for those that fail.
        lucky: A contender that takes no time at all when it runs for the first time.
    """

    def __init__(self, odd: dict[int, float | None] | None = None, lucky: int | None = None) -> None:
        self._odd = odd or {}
        self._lucky = lucky
        self.runs: Counter[int] = Counter()

    def measure(self, contender: int, limit_s: float) -> float | None:
        self.runs[contender] += 1
        if contender == self._lucky and self.runs[contender] == 1:
            return 0.0
        time_s = self._odd.get(contender, 1.0 + contender / 10)
        return math.inf if time_s is not None and time_s > limit_s else time_s

    def truth(self, *seeded: int) -> Truth[int]:
        return find_truth(GRID, seeded, self.measure, ROUNDS, LONGEST_S)


def test_the_best_of_the_grid_and_the_seeded_run_again() -> None:
    machine = Machine()
    found = machine.truth(35, 60)
    assert set(found.times_s) == {*GRID[:FINALISTS], 35, 60}
    assert machine.runs[35] == ROUNDS + 1
    assert machine.runs[FINALISTS] == 1


def test_luck_in_the_first_round_counts_for_nothing() -> None:
    found = Machine(lucky=30).truth()
    assert found.times_s[30] == 4.0
    assert min(found.times_s, key=found.times_s.__getitem__) == 0


def test_what_takes_much_longer_than_the_reference_is_cut_and_runs_once() -> None:
    machine = Machine(odd={39: 8.1})
    found = machine.truth(39)
    assert found.limit_s == 8.0
    assert found.times_s[39] == math.inf
    assert machine.runs[39] == 1


def test_what_fails_has_no_time() -> None:
    assert 5 not in Machine(odd={5: None}).truth(5).times_s


def test_a_reference_that_fails_leaves_the_others_their_time() -> None:
    found = Machine(odd={0: None}).truth()
    assert found.limit_s == LONGEST_S
    assert 0 not in found.times_s
    assert found.times_s[1] == pytest.approx(1.1)


def test_what_the_best_takes_is_told_by_rounds_that_did_not_choose_it() -> None:
    lucky_once, steady = [1.0, 9.0, 9.0], [4.0, 5.0, 5.5]
    assert held_out_best_s([lucky_once, steady]) == 5.0


def test_the_luck_of_many_equal_contenders_is_no_merit() -> None:
    chance = random.Random(1)  # noqa: S311 - a simulation
    found_s = [held_out_best_s([[chance.gauss(10, 1) for _ in range(5)] for _ in range(12)]) for _ in range(500)]
    assert statistics.fmean(found_s) == pytest.approx(10, abs=0.1)


def test_of_a_single_round_the_shortest_is_all_there_is() -> None:
    assert held_out_best_s([[3.0], [2.0]]) == 2.0
