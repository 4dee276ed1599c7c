"""Items are drawn in order, and no further than asked for."""

from collections.abc import Iterator

import pytest

from whichpool.running.source import Source


@pytest.mark.parametrize("items", [[1, 2, 3], (1, 2, 3), range(1, 4)])
def test_a_sequence_in_memory_is_cut_into_slices_and_its_rest_is_known(items: list[int]) -> None:
    source = Source((items,))
    assert source.sequence is items
    assert list(source.pull(2)) == [1, 2]
    assert (source.remaining, source.is_exhausted) == (1, False)
    assert list(source.pull(2)) == [3]
    assert (source.remaining, source.is_exhausted) == (0, True)
    assert not source.pull(1)


def test_an_iterator_gives_what_was_asked_for_and_no_more() -> None:
    drawn: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            drawn.append(number)
            yield number

    source = Source((items(),))
    assert source.remaining is None
    assert source.pull(3) == [0, 1, 2]
    assert drawn == [0, 1, 2]


def test_several_iterables_give_a_tuple_from_each_and_end_with_the_shortest() -> None:
    source = Source(([1, 2, 3], "ab"))
    assert source.unpacked
    assert source.remaining == 2
    assert source.pull(5) == [(1, "a"), (2, "b")]
    assert source.is_exhausted


def test_what_came_before_an_iterator_raised_is_not_lost() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        message = "half-way"
        raise OSError(message)

    source = Source((items(),))
    assert source.pull(5) == [1, 2]
    assert isinstance(source.error, OSError)
    assert source.is_exhausted
    assert source.pull(5) == ()


def test_the_length_of_a_collection_that_is_no_sequence_is_known() -> None:
    source = Source(({"a": 1, "b": 2},))
    assert source.sequence is None
    assert source.remaining == 2


def test_what_cannot_be_iterated_over_is_refused() -> None:
    with pytest.raises(TypeError, match="not iterable"):
        Source((5,))  # type: ignore[arg-type]
