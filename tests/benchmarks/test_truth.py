import math
from collections import Counter

import pytest
from truth import FINALISTS, Truth, find_truth

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
