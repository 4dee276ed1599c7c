"""Results and failures come back as what they were."""

import math
import pickle
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.errors import ItemFailed, Unsendable
from whichpool.running.workers.outcomes import (
    packed_failure,
    packed_unsendable,
    read,
    read_one,
    recorded,
    recorded_pickle,
)


class Picky(Exception):
    def __init__(self, code: int, *, reason: str) -> None:
        super().__init__(code)
        self.reason = reason


class CannotBeRead:
    def __reduce__(self) -> tuple[Any, ...]:
        return _refuse, ()


def _refuse() -> None:
    message = "not today"
    raise RuntimeError(message)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(),
    lambda each: st.lists(each, max_size=3) | st.tuples(each, each) | st.dictionaries(st.text(), each, max_size=3),
    max_leaves=8,
)


def row(*values: object) -> bytes:
    return b"".join(recorded(value) or recorded_pickle(pickle.dumps(value, 5)) for value in values)


def raised(error: BaseException) -> BaseException:
    try:
        raise error  # noqa: TRY301 - for its traceback
    except BaseException as caught:
        return read_one(packed_failure(caught))[1][0]


class Sort(IntEnum):
    FIRST = 1


def test_results_in_a_row_are_told_apart() -> None:
    assert read(row(1, "two", [3], None), 4) == ([1, "two", [3], None], {})


@given(st.lists(VALUES, max_size=20))
def test_a_row_of_anything_is_read_as_it_was(values: list[object]) -> None:
    back, failures = read(row(*values), len(values))
    assert not failures
    assert repr(back) == repr(values)


def test_what_stands_behind_the_row_is_not_read() -> None:
    assert read(row(1, 2) + b"what was there before", 2) == ([1, 2], {})


@pytest.mark.parametrize("value", ["long " * 10_000, (1, b"long " * 10_000), [0] * 1000, {"a": 1}, {1}, Sort.FIRST])
def test_what_is_long_or_holds_others_is_pickled(value: object) -> None:
    assert recorded(value) is None


@pytest.mark.parametrize("value", [2**70, -1, -0.0, math.inf, "\ud800", "", True, None, b"bytes", Sort.FIRST, (1, [2])])
def test_a_result_comes_back_as_what_it_was(value: object) -> None:
    (back,), failures = read(row(value), 1)
    assert not failures
    assert (type(back), repr(back)) == (type(value), repr(value))


@pytest.mark.parametrize(
    "error",
    [
        ValueError("no"),
        KeyError(("a", 1)),
        OSError(2, "No such file", "name"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        SystemExit(3),
        StopIteration(5),
        Picky(7, reason="seven"),
    ],
)
def test_an_exception_comes_back_as_itself_with_its_traceback(error: BaseException) -> None:
    back = raised(error)
    assert type(back) is type(error)
    assert (str(back), back.args) == (str(error), error.args)
    assert {name: value for name, value in vars(back).items() if name != "__notes__"} == vars(error)
    assert "raise error" in back.__notes__[0]


def test_an_exception_that_cannot_travel_comes_back_as_text() -> None:
    back = raised(ValueError(lambda: None))
    assert isinstance(back, ItemFailed)
    assert "ValueError" in str(back)


def test_a_result_that_cannot_be_unpickled_fails_alone() -> None:
    values, failures = read(row("before", CannotBeRead(), "after"), 3)
    assert values == ["before", None, "after"]
    assert isinstance(failures[1], Unsendable)
    assert "not today" in str(failures[1])


def test_a_result_that_could_not_be_sent_says_why() -> None:
    _, failures = read_one(packed_unsendable(object(), TypeError("no way")))
    assert isinstance(failures[0], Unsendable)
    assert "the result, a object, cannot be sent back: TypeError: no way" in str(failures[0])
