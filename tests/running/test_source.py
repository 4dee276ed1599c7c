"""Items are drawn in order, and no further than asked for."""

import time
from collections.abc import Iterable, Iterator

import pytest

from whichpool.running.crew import Batch
from whichpool.running.source import Source


@pytest.mark.parametrize("items", [[1, 2, 3], (1, 2, 3), range(1, 4)])
def test_a_sequence_in_memory_is_cut_into_slices_and_its_rest_is_known(items: list[int]) -> None:
    source = Source((items,))
    assert source.sequence is items
    assert list(source.pull(2).items) == [1, 2]
    assert (source.remaining, source.is_exhausted) == (1, False)
    assert list(source.pull(2).items) == [3]
    assert (source.remaining, source.is_exhausted) == (0, True)
    assert not source.pull(1).items


def test_an_iterator_gives_what_was_asked_for_and_no_more() -> None:
    drawn: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            drawn.append(number)
            yield number

    source = Source((items(),))
    assert source.remaining is None
    assert source.pull(3).items == [0, 1, 2]
    assert drawn == [0, 1, 2]


def test_several_iterables_give_a_tuple_from_each_and_end_with_the_shortest() -> None:
    source = Source(([1, 2, 3], "ab"))
    assert source.unpacked
    assert source.remaining == 2
    assert source.pull(5).items == [(1, "a"), (2, "b")]
    assert source.is_exhausted


def test_what_came_before_an_iterator_raised_is_not_lost() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        message = "half-way"
        raise OSError(message)

    source = Source((items(),))
    assert source.pull(5).items == [1, 2]
    assert isinstance(source.error, OSError)
    assert source.is_exhausted
    assert not source.pull(5).items


def test_the_length_of_a_collection_that_is_no_sequence_is_known() -> None:
    source = Source(({"a": 1, "b": 2},))
    assert source.sequence is None
    assert source.remaining == 2


def test_what_cannot_be_iterated_over_is_refused() -> None:
    with pytest.raises(TypeError, match="not iterable"):
        Source((5,))  # type: ignore[arg-type]


@pytest.mark.parametrize("iterable", [list(range(10)), iter(range(10))])
def test_items_that_are_given_back_are_the_next_to_be_given(iterable: Iterable[int]) -> None:
    source = Source((iterable,))
    assert list(source.pull(4).items) == [0, 1, 2, 3]
    source.give_back(Batch(3, [3]))
    source.give_back(Batch(0, [0, 1]))
    assert source.has_returned
    given = [source.pull(most) for most in (1, 5, 5, 2, 9)]
    assert [(batch.first, list(batch.items)) for batch in given] == [
        (0, [0]),
        (1, [1]),
        (3, [3]),
        (4, [4, 5]),
        (6, [6, 7, 8, 9]),
    ]
    assert not source.pull(1).items
    assert (source.pulled, source.is_exhausted, source.has_returned) == (10, True, False)


def test_how_many_are_left_is_known_where_some_have_come_back() -> None:
    source = Source((range(10),))
    source.pull(6)
    assert (source.remaining, source.total) == (4, 10)
    source.give_back(Batch(2, [2, 3]))
    assert (source.remaining, source.total) == (6, 10)
    source.pull(1)
    assert (source.remaining, source.total) == (5, 10)


def test_items_that_are_given_back_at_the_end_come_before_what_the_iterator_raised() -> None:
    def items() -> Iterator[int]:
        yield from range(3)
        message = "half-way"
        raise LookupError(message)

    source = Source((items(),))
    assert list(source.pull(10).items) == [0, 1, 2]
    source.give_back(Batch(1, [1, 2]))
    assert [list(source.pull(most).items) for most in (1, 5, 5)] == [[1], [2], []]
    assert source.is_exhausted
    assert isinstance(source.error, LookupError)


def test_nobody_waits_until_a_slow_iterator_has_given_all_that_was_asked_for() -> None:
    def items() -> Iterator[int]:
        yield from range(3)
        time.sleep(0.02)
        yield 3
        yield 4

    source = Source((items(),))
    assert source.pull(1000).items == [0, 1, 2, 3]
    assert source.last_pull_s > 0.01
    assert source.pull(1000).items == [4]
    assert source.is_exhausted
