"""Digests of results: equal for equal results in every process, and different for different ones."""

import array
import collections
import copy
import datetime as dt
import enum
import fractions
import functools
import io
import itertools
import json
import math
import os
import pickle
import random
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import Any, NamedTuple, NoReturn
from xml.dom import minidom

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.lab.digest import digest_blocks


@dataclass
class Point:
    """A dataclass as users write them."""

    x: object
    y: object = None
    tags: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Slotted:
    """A dataclass without a dictionary."""

    name: str
    parts: tuple[object, ...] = ()


class Plain:
    """An object with whatever attributes it is given."""

    def __init__(self, **attributes: object) -> None:
        self.__dict__.update(attributes)


class Model:
    """An object that can be called, as models are."""

    def __init__(self, weight: int) -> None:
        self.weight = weight

    def __call__(self, number: int) -> int:
        return self.weight * number


class Pair(NamedTuple):
    """A named tuple."""

    left: object
    right: object


class Row(list[object]):
    """A subclass of list with an attribute."""

    label: str = ""


class Word(str):
    """A subclass of str."""

    __slots__ = ()


class Colour(enum.Enum):
    """An enumeration."""

    RED = 1
    BLUE = 2


class Level(enum.IntEnum):
    """An enumeration of numbers."""

    LOW = 1
    HIGH = 2


class Unreadable(Mapping[str, int]):
    """A mapping, a set of whose operations raise."""

    def __getitem__(self, key: str) -> int:
        raise OSError(key)

    def __iter__(self) -> Iterator[str]:
        raise OSError

    def __len__(self) -> int:
        raise OSError


class Unpicklable:
    """An object that raises when it is taken apart."""

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise LookupError


def _row(label: str, *values: object) -> Row:
    row = Row(values)
    row.label = label
    return row


def _ring() -> Plain:
    ring = Plain(name="ring")
    ring.__dict__["self"] = ring
    return ring


def _deep(depth: int) -> list[object]:
    deep: list[object] = []
    for _ in range(depth):
        deep = [deep]
    return deep


WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")

MAKERS: dict[str, Callable[[], object]] = {
    "none": lambda: None,
    "large integer": lambda: 10**50,
    "nan": lambda: [math.nan, math.inf, -0.0, 1e-320],
    "complex": lambda: complex(1, math.nan),
    "text": lambda: ["", "ö", "日本", "\udc80", "a\0b"],
    "bytes": lambda: [b"", b"\0\xff", bytearray(b"abc"), memoryview(b"abc")],
    "strided memory": lambda: memoryview(b"abcdef")[::2],
    "arrays": lambda: [array.array("d", [0.5, math.nan]), array.array("i", range(1000))],
    "set of words": lambda: set(WORDS),
    "frozen sets of sets": lambda: frozenset({frozenset(WORDS), frozenset(WORDS[:2]), frozenset()}),
    "set of objects": lambda: {Slotted(word) for word in WORDS},
    "set of mixed kinds": lambda: {1, "one", (1, "one"), None, Slotted("one"), 1.5},
    "dict": lambda: {word: {word.upper(): [word] * 3} for word in WORDS},
    "dict of objects": lambda: {Slotted(word): Point(word) for word in WORDS},
    "dataclass": lambda: Point(1, [Point("deeper", tags=set(WORDS))], set(WORDS)),
    "slots": lambda: Slotted("a", (Slotted("b"), Decimal("1.50"))),
    "object": lambda: Plain(a=1, b={"c": Plain(d=set(WORDS))}),
    "empty object": lambda: [Plain(), object()],
    "namespace": lambda: SimpleNamespace(words=set(WORDS)),
    "named tuple": lambda: [Pair(1, Point(2)), Pair(set(WORDS), None)],
    "subclasses": lambda: [_row("label", 1, Point(2)), Word("word"), Level.HIGH],
    "enumeration": lambda: {Colour.RED: Colour.BLUE},
    "collections": lambda: [
        collections.Counter(WORDS),
        collections.deque(WORDS, maxlen=9),
        collections.OrderedDict(a=1),
        collections.defaultdict(list, a=[1]),
        collections.ChainMap({"a": 1}, {"b": 2}),
    ],
    "numbers": lambda: [Decimal("1.10"), fractions.Fraction(1, 3)],
    "times": lambda: [dt.datetime(2024, 1, 2, tzinfo=dt.UTC), dt.timedelta(seconds=1)],
    "names": lambda: [PurePosixPath("/a/b"), uuid.UUID(int=5)],
    "ranges": lambda: [range(5), slice(1, 2), ...],
    "functions and classes": lambda: [len, math.sin, Point, json.dumps, functools.partial(pow, 2)],
    "exception": lambda: ValueError("wrong", 7),
    "generator": lambda: (number for number in range(3)),
    "iterator": lambda: iter([1, 2, 3]),
    "stream": lambda: io.BytesIO(b"abc"),
    "random state": lambda: random.Random(5),  # noqa: S311 - no secret
    "cycle": _ring,
    "deep list": lambda: _deep(1500),
    "very deep list": lambda: _deep(50_000),
}
"""What functions return; each is made anew for every digest."""

UNPICKLABLE = {"bytes", "strided memory", "ranges", "generator", "deep list", "very deep list"}


def digest(value: object) -> str:
    """Digest one result."""
    digests, block = digest_blocks([value])
    assert block == 1
    return digests[0]


@functools.cache
def digests_of_a_process(hash_seed: str) -> dict[str, str]:
    """Digest every value in a process whose strings hash otherwise."""
    script = (
        "import importlib.util, json, sys\n"
        f"spec = importlib.util.spec_from_file_location('values', {__file__!r})\n"
        "values = sys.modules['values'] = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(values)\n"
        "print(json.dumps({name: values.digest(make()) for name, make in values.MAKERS.items()}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        check=True,
        text=True,
    )
    digests: dict[str, str] = json.loads(done.stdout)
    return digests


@pytest.mark.parametrize("name", MAKERS)
def test_a_value_made_twice_has_one_digest(name: str) -> None:
    assert digest(MAKERS[name]()) == digest(MAKERS[name]())


@pytest.mark.parametrize("name", sorted(MAKERS.keys() - UNPICKLABLE))
def test_a_value_that_went_through_pickle_has_the_digest_it_had(name: str) -> None:
    value = MAKERS[name]()
    assert digest(pickle.loads(pickle.dumps(value))) == digest(value)  # noqa: S301 - our own bytes


@pytest.mark.parametrize("name", MAKERS)
def test_a_value_has_the_same_digest_in_a_process_where_strings_hash_otherwise(name: str) -> None:
    assert digests_of_a_process("1")[name] == digests_of_a_process("2")[name] == digest(MAKERS[name]())


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text()
    | st.binary()
    | st.decimals(allow_nan=False)
    | st.datetimes()
    | st.sampled_from(Colour)
    | st.builds(Slotted, st.text())
)
hashable = st.integers() | st.text() | st.binary() | st.builds(Slotted, st.text()) | st.sampled_from(Colour)
values = st.recursive(
    leaves,
    lambda parts: (
        st.lists(parts, max_size=4)
        | st.lists(parts, max_size=4).map(tuple)
        | st.sets(hashable, max_size=4)
        | st.frozensets(hashable, max_size=4)
        | st.dictionaries(hashable, parts, max_size=4)
        | st.builds(Point, parts, parts, st.sets(st.text(), max_size=3))
        | st.builds(Pair, parts, parts)
        | st.dictionaries(st.text(), parts, max_size=3).map(lambda named: SimpleNamespace(**named))
    ),
    max_leaves=12,
)


@given(values)
def test_pickle_changes_no_digest(value: Any) -> None:  # noqa: ANN401 - whatever a function returns
    assert digest(pickle.loads(pickle.dumps(value))) == digest(value)  # noqa: S301 - our own bytes


@given(values)
def test_a_copy_has_the_digest_of_the_original(value: Any) -> None:  # noqa: ANN401 - whatever a function returns
    assert digest(copy.deepcopy(value)) == digest(value)


@given(values)
def test_sharing_parts_does_not_show(value: Any) -> None:  # noqa: ANN401 - whatever a function returns
    assert digest([value, value]) == digest([value, copy.deepcopy(value)])


@given(st.lists(st.integers() | st.text(), min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_the_order_in_which_a_set_was_filled_does_not_show(parts: list[object], chance: random.Random) -> None:
    shuffled = chance.sample(parts, len(parts))
    assert digest(set(parts)) == digest(set(shuffled))
    assert digest({Slotted(str(part)) for part in parts}) == digest({Slotted(str(part)) for part in shuffled})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1, "1"),
        (None, 0),
        (0.1 + 0.2, 0.3),
        (math.nan, math.inf),
        ("a", "b"),
        ("a", b"a"),
        ([1, 2], [2, 1]),
        ([1, 2], [1, 2, 3]),
        ([], [None]),
        ([[]], []),
        ([[1], [2]], [[1, 2], []]),
        ({1, 2}, {1, 3}),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({Slotted("a")}, {Slotted("b")}),
        (Point(1), Point(2)),
        (Point(1, Point(2)), Point(1, Point(3))),
        (Point(1), Slotted("1")),
        (Slotted("a"), Slotted("b")),
        (Slotted("ab"), Slotted("a", ("b",))),
        (Plain(a=1), Plain(a=2)),
        (Plain(a=1), Plain(b=1)),
        (Plain(), Plain(a=None)),
        (Pair(1, 2), Pair(2, 1)),
        (_row("a", 1), _row("b", 1)),
        (_row("a", 1), _row("a", 2)),
        (Word("a"), Word("b")),
        (Colour.RED, Colour.BLUE),
        (Level.LOW, Level.HIGH),
        (Decimal("1.0"), Decimal("1.1")),
        (dt.timedelta(1), dt.timedelta(2)),
        (ValueError("a"), ValueError("b")),
        (ValueError("a"), KeyError("a")),
        (collections.deque([1]), collections.deque([2])),
        (collections.Counter("ab"), collections.Counter("abb")),
        (array.array("i", [1]), array.array("i", [2])),
        (memoryview(b"abcd")[::2], memoryview(b"abcd")[1::2]),
        (range(3), range(4)),
        (len, max),
        (Point, Slotted),
        (random.Random(1), random.Random(2)),  # noqa: S311 - no secret
        ([[Decimal(1)], Decimal(2)], [[Decimal(1), Decimal(2)]]),
        ([[], [Point(1)]], [[[], Point(1)]]),
        ([Point([1, Decimal(2)]), 3], [Point([1, Decimal(2), 3])]),
        (functools.partial(pow, 1), functools.partial(pow, 2)),
        (Model(1), Model(2)),
        (array.array("i", [1065353216]), array.array("f", [1.0])),
        (memoryview(b"123456").cast("B", (2, 3)), memoryview(b"123456").cast("B", (3, 2))),
    ],
)
def test_different_results_have_different_digests(one: object, other: object) -> None:
    assert digest(one) != digest(other)


@pytest.mark.parametrize("value", [Unreadable(), [1, Unreadable()]])
def test_a_result_that_raises_when_it_is_read_still_has_a_digest(value: object) -> None:
    assert digest(value) == digest(value)


def test_a_result_that_raises_when_it_is_taken_apart_still_has_a_digest() -> None:
    assert digest(Unpicklable()) == digest(Unpicklable())


@pytest.mark.timeout(2)
def test_a_document_whose_nodes_know_their_parents_is_digested_in_no_time() -> None:
    document = minidom.parseString("<a>" + "<b>x</b>" * 10 + "</a>")  # noqa: S318 - our own
    assert digest(document)


def test_many_results_are_digested_in_blocks() -> None:
    digests, block = digest_blocks(range(10_000))
    assert len(digests) == -(-10_000 // block) <= 4096
    changed, _ = digest_blocks([*range(9_999), -1])
    assert [one != other for one, other in itertools.zip_longest(digests, changed)].index(True) == len(digests) - 1


def test_no_results_have_no_digests() -> None:
    assert digest_blocks([])[0] == []
