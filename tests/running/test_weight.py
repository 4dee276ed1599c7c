"""What a result weighs limits how many may wait for their turn."""

import asyncio
import itertools
import threading
from collections.abc import Iterator
from typing import NoReturn

import pytest

import whichpool
from whichpool.running.weight import weight_bytes

KB = 1024


class Held:
    """Holds what it was given."""

    def __init__(self, value: object) -> None:
        self.value = value


class Slotted:
    """Has no dictionary."""

    __slots__ = ("value",)


class Weightless:
    """Does not want to be weighed."""

    def __sizeof__(self) -> NoReturn:
        raise OSError


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        (7, 1, KB),
        (b"x" * 300 * KB, 300 * KB, 310 * KB),
        ([b"x" * KB] * 100, 100 * KB, 130 * KB),
        (dict.fromkeys(range(100), "x" * KB), 100 * KB, 130 * KB),
        (Held([bytes(KB)] * 100), 100 * KB, 130 * KB),
        (Slotted(), 1, KB),
        (Weightless(), 0, 0),
        (int, 1, 4 * KB),
    ],
)
def test_a_value_weighs_about_what_it_is_made_of(value: object, least: int, most: int) -> None:
    assert least <= weight_bytes(value) <= most


def test_a_list_that_holds_itself_has_a_weight() -> None:
    endless: list[object] = []
    endless.append(endless)
    assert weight_bytes(endless) > 0


@pytest.mark.parametrize("is_async", [False, True])
def test_large_results_that_wait_for_a_slow_item_are_limited_by_their_weight(*, is_async: bool) -> None:
    drawn = 0
    stuck = threading.Event()

    def numbers() -> Iterator[int]:
        nonlocal drawn
        while True:
            yield drawn
            drawn += 1

    def work(number: int) -> bytes:
        if number == 5 and not is_async:
            stuck.wait(20)
        return bytes(1_000_000)

    async def work_async(number: int) -> bytes:
        if number == 5:
            await asyncio.to_thread(stuck.wait, 20)
        return work(number)

    function = work_async if is_async else work
    results = whichpool.map(function, numbers(), pools="asyncio" if is_async else "threads", workers=4)
    assert len(list(itertools.islice(results, 5))) == 5
    threading.Timer(0.5, stuck.set).start()
    assert len(next(results)) == 1_000_000
    results.close()
    assert drawn < 150
