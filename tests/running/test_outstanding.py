"""What a crew still owes is known at every moment."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from whichpool.running.crew import Batch
from whichpool.running.outstanding import Outstanding


def test_answers_to_parts_of_a_batch_strike_out_those_parts() -> None:
    outstanding = Outstanding()
    outstanding.give(Batch(10, "abcdef"))
    assert outstanding.strike_out(12, 2) == "cd"
    assert outstanding.strike_out(10, 2) == "ab"
    assert outstanding.items == 2
    assert [(batch.first, batch.items) for batch in outstanding.strike_out_all()] == [(14, "ef")]
    assert outstanding.items == 0


@given(sizes=st.lists(st.integers(1, 5), min_size=1, max_size=8), chance=st.randoms())
def test_in_whatever_order_items_are_answered_each_is_given_back_once(sizes: list[int], chance: Random) -> None:
    outstanding = Outstanding()
    first = 0
    for size in sizes:
        outstanding.give(Batch(first, list(range(first, first + size))))
        first += size
    order = list(range(first))
    chance.shuffle(order)
    assert [list(outstanding.strike_out(index, 1)) for index in order] == [[index] for index in order]
    assert outstanding.items == 0
    assert list(outstanding.strike_out_all()) == []
