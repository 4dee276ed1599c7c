"""Answers are put in order and turned into results."""

from collections.abc import Generator
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.running.crew import Answer
from whichpool.running.delivery import AsTheyCome, InOrder, pieces, results


def cut(amount: int, cuts: list[int]) -> list[Answer]:
    ends = sorted({0, amount, *[at % (amount + 1) for at in cuts]})
    return [Answer(begin, list(range(begin, end)), {}) for begin, end in pairwise(ends)]


@given(amount=st.integers(1, 60), cuts=st.lists(st.integers(0, 60)), chance=st.randoms())
def test_answers_that_come_in_any_order_are_delivered_in_the_order_of_the_items(
    amount: int, cuts: list[int], chance: Random
) -> None:
    answers = cut(amount, cuts)
    chance.shuffle(answers)
    order = InOrder()
    delivered = [value for answer in answers for ready in order.add(answer) for value in ready.values]
    assert delivered == list(range(amount))
    assert (order.head, order.held) == (amount, 0)


def test_what_comes_early_is_held_back_and_counted() -> None:
    order = InOrder()
    assert list(order.add(Answer(2, ["c", "d"], {}))) == []
    assert order.held == 2
    assert [answer.first for answer in order.add(Answer(0, ["a", "b"], {}))] == [0, 2]
    assert order.held == 0


def test_without_order_nothing_is_held_back() -> None:
    come = AsTheyCome()
    late = Answer(5, ["f"], {})
    assert list(come.add(late)) == [late]
    assert come.held == 0


@given(amount=st.integers(1, 12), places=st.sets(st.integers(0, 11)))
def test_pieces_hold_all_but_what_was_cut_out(amount: int, places: set[int]) -> None:
    failures: dict[int, BaseException] = {place: ValueError(place) for place in places if place < amount}
    kept = {place: error for place, error in failures.items() if place % 2}
    parts = list(pieces(Answer(10, list(range(amount)), failures), kept))
    assert [part.first - 10 + at for part in parts for at in range(len(part.values))] == [
        place for place in range(amount) if place not in kept
    ]
    assert {part.first - 10 + at for part in parts for at in part.failures} == failures.keys() - kept.keys()
    assert all(part.values for part in parts)


def failing() -> Generator[Answer]:
    yield Answer(0, [0, None, 2], {1: KeyError("one")})
    yield Answer(3, [3], {})


def test_a_failure_is_raised_after_the_results_before_it() -> None:
    lists = results(failing(), raises=True)
    assert next(lists) == [0]
    with pytest.raises(KeyError, match="one"):
        next(lists)


def test_a_failure_can_stand_in_the_place_of_its_result() -> None:
    first, second = results(failing(), raises=False)
    assert isinstance(first[1], KeyError)
    assert (first[0], first[2], second) == (0, 2, [3])
