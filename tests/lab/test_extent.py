"""About how much memory a value holds."""

import array
import threading
from typing import NoReturn

import pytest

from whichpool.lab.extent import is_larger

MEGABYTE = 1_000_000


class Node:
    """An object with attributes, and one that has none of them in a dictionary."""

    def __init__(self, data: object) -> None:
        self.data = data


class Slotted:
    __slots__ = ("data",)

    def __init__(self, data: object) -> None:
        self.data = data


class Sly:
    def __sizeof__(self) -> NoReturn:
        raise RuntimeError


DATA = bytes(MEGABYTE)


@pytest.mark.parametrize(
    "value",
    [
        DATA,
        "x" * MEGABYTE,
        bytearray(DATA),
        memoryview(DATA),
        array.array("B", DATA),
        [[{"a": (DATA,)}]],
        Node(Slotted({DATA})),
        list(range(50_000)),
    ],
)
def test_what_holds_a_megabyte_is_larger_than_half_of_one(value: object) -> None:
    assert is_larger(value, MEGABYTE // 2)
    assert not is_larger(value, 10 * MEGABYTE)


def test_what_is_shared_counts_once() -> None:
    assert not is_larger([[DATA], [Node(DATA)]], 3 * MEGABYTE)


def test_what_refers_to_itself_has_an_end() -> None:
    loop: list[object] = []
    loop.append(loop)
    assert not is_larger(loop, MEGABYTE)


def test_so_many_objects_that_walking_them_takes_long_are_too_large() -> None:
    assert is_larger([[] for _ in range(400_000)], 1 << 40)


def test_code_does_not_count() -> None:
    assert not is_larger([threading, Node, test_code_does_not_count], MEGABYTE // 100)


def test_an_object_that_does_not_tell_its_size_has_none() -> None:
    assert not is_larger([Sly()], MEGABYTE)
