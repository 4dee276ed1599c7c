"""Functions that a call gets at by value are found, and those that it does not are not."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest

from whichpool.running.at_hand import functions_at_hand


def hook(number: int) -> None:
    other(number)


def other(number: int) -> int:
    return number


class Strategy:
    """Has methods, some of which are named."""

    def run(self, number: int) -> None:
        hook(number)

    def rest(self) -> None:
        return

    @property
    def size(self) -> int:
        return 1


class Keeper:
    """Holds a strategy."""

    def __init__(self) -> None:
        self.strategy = Strategy()


class Untouchable:
    """Raises whatever it is asked."""

    def __getattribute__(self, name: str) -> object:
        raise RuntimeError(name)


HOOKS: list[Callable[..., object]] = [hook, len]
TABLE = {"a": hook}


def calls_hooks(number: int) -> None:
    for each in HOOKS:
        each(number)


def calls_table(number: int) -> None:
    TABLE["a"](number)


def calls_by_name(number: int) -> None:
    hook(number)


def calls_given(callback: Callable[[int], None]) -> None:
    callback(1)


def runs(strategy: Strategy) -> None:
    strategy.run(1)


def asks_size(strategy: Strategy) -> int:
    return strategy.size


def runs_held(keeper: Keeper) -> None:
    keeper.strategy.run(1)


def around(callback: Callable[[int], None]) -> Callable[[int], None]:
    def inner(number: int) -> None:
        callback(number)

    return inner


def with_default(number: int, callback: Callable[[int], None] = hook) -> None:
    callback(number)


@pytest.mark.parametrize(
    ("function", "given", "found"),
    [
        (calls_hooks, [1], {"hook"}),
        (calls_table, [1], {"hook"}),
        (calls_given, [hook], {"hook"}),
        (calls_given, [[1, {"deep": (hook,)}]], {"hook"}),
        (partial(calls_given, hook), [], {"calls_given", "hook"}),
        (around(hook), [1], {"hook"}),
        (with_default, [1], {"hook"}),
        (runs, [Strategy()], {"Strategy.run"}),
        (asks_size, [Strategy()], {"Strategy.size"}),
        (runs_held, [Keeper()], {"Strategy.run"}),
        (calls_given, [Strategy().run], {"Strategy.run"}),
    ],
)
def test_what_a_call_may_run_is_found_wherever_it_stands(
    function: Callable[..., Any], given: Iterable[object], found: set[str]
) -> None:
    assert {one.__qualname__ for one in functions_at_hand(function, given)} == found


@pytest.mark.parametrize("function", [calls_by_name, other, len])
def test_names_are_left_to_the_look_at_the_text(function: Callable[..., Any]) -> None:
    assert functions_at_hand(function, [1, "text", list(range(1000))]) == []


def test_objects_that_refer_to_each_other_come_to_an_end() -> None:
    ring: list[object] = [hook]
    ring.append(ring)
    keeper = Keeper()
    vars(keeper)["itself"] = keeper
    assert functions_at_hand(calls_given, [ring, keeper]) == [hook]


def test_no_code_of_the_users_is_run() -> None:
    assert functions_at_hand(calls_given, [Untouchable()]) == []
