"""A function stays in the pools where it is right."""

import functools
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

import whichpool
from whichpool.running.safety import why_not

COUNT = 0
SEEN: list[int] = []
LOCK = threading.Lock()


def pure(number: int) -> int:
    return sum(step * number for step in range(3000))


def counts(number: int) -> int:
    global COUNT  # noqa: PLW0603 - it is what is looked for
    COUNT += 1
    return pure(number)


def appends(number: int) -> int:
    SEEN.append(number)
    return pure(number)


def locks(number: int) -> int:
    with LOCK:
        return pure(number)


def changes_folder(number: int) -> int:
    os.chdir("/")
    return number


@functools.lru_cache
def remembers(number: int) -> int:
    return number


class Counter:
    def __init__(self) -> None:
        self.total = 0

    def add(self, number: int) -> int:
        self.total += number
        return pure(number)


@pytest.mark.parametrize(
    ("function", "out"),
    [
        (pure, set()),
        (len, set()),
        (lambda number: number, set()),
        (functools.partial(pow, 2), set()),
        (remembers, set()),
        (locks, {"processes"}),
        (counts, {"threads", "processes"}),
        (appends, {"threads", "processes"}),
        (changes_folder, {"threads", "processes"}),
        (Counter().add, {"threads", "processes"}),
    ],
)
def test_a_pool_is_out_where_the_function_would_do_something_else(function: Callable[..., Any], out: set[str]) -> None:
    assert why_not(function).keys() == out


def test_the_reason_names_what_is_shared_and_what_comes_of_it() -> None:
    reason = why_not(counts)["processes"]
    assert "COUNT" in reason
    assert "stays as it was" in reason


@pytest.mark.parametrize("function", [counts, appends])
def test_a_job_whose_function_is_right_in_the_loop_only_stays_there(function: Callable[[int], int]) -> None:
    before = COUNT, len(SEEN)
    results = whichpool.map(function, range(1500))
    assert len(list(results)) == 1500
    assert (COUNT, len(SEEN)) in {(before[0] + 1500, before[1]), (before[0], before[1] + 1500)}
    assert results.report.pools == ("serial",)
    if results.report.elapsed_s > 0.2:  # else it was over before anybody looked
        assert "not used" in str(results.report)
