"""What an argument holds is told before and after a call, to see whether the call has changed it."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from whichpool.running.trial import fingerprint


class Counter:
    """Something that is changed by use, and cannot be pickled as a whole."""

    def __init__(self) -> None:
        self.count = 0
        self.lock = threading.Lock()
        self.key = lambda: self.count


def _numbers() -> Iterator[int]:
    yield 1


def _count(counter: Counter) -> None:
    counter.count += 1


@pytest.mark.parametrize(
    ("argument", "change"),
    [([1], lambda row: row.append(2)), ({}, lambda table: table.update(a=1)), (Counter(), _count)],
)
def test_a_change_is_seen_also_beside_what_cannot_be_pickled(argument: object, change: Callable[[Any], None]) -> None:
    before = fingerprint(argument)
    assert before is not None
    assert fingerprint(argument) == before
    change(argument)
    assert fingerprint(argument) != before


@pytest.mark.parametrize("argument", [_numbers(), [1, _numbers()], memoryview(b"1")])
def test_of_what_hides_what_it_holds_nothing_is_told(argument: object) -> None:
    assert fingerprint(argument) is None


@pytest.mark.parametrize("numbers", [100_000, 8_000_000])
def test_a_row_that_is_written_in_the_middle_of_a_large_array_is_seen(numbers: int) -> None:
    array = pytest.importorskip("numpy").zeros(numbers)
    before = fingerprint(array)
    array[numbers // 2 : numbers // 2 + 10_000] = 1
    assert fingerprint(array) != before
