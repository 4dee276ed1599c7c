"""The quick look is sure only where the whole look would find nothing."""

import functools
import json
import math
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, redirect_stdout
from fractions import Fraction
from math import sqrt
from typing import Any, NoReturn

import pytest

from whichpool.hazards.randomness import _FAMILY, _SEEDS
from whichpool.hazards.shared_settings import ASSIGNED, CALLS, PREFIXES
from whichpool.running.quick_look import REACH_FURTHER, USABLE, is_surely_clean

LIMIT = 7
PAIRS = (1, 2.0, "three")
WORD = re.compile("[a-z]+")
SEEN: list[int] = []
NAMES = {"one": 1}


class Shelf:
    books = 0

    def add(self, number: int) -> int:
        return self._add(number)

    def _add(self, number: int) -> int:
        Shelf.books += number
        return number


def halves(number: int) -> float:
    return number / LIMIT


def calls_its_own(number: int) -> float:
    return halves(number) + sqrt(number) + math.pi + PAIRS[0]


def calls_itself(number: int) -> int:
    return calls_itself(number - 1) if number else 0


def fills_what_it_made(text: str) -> str:
    counts = Counter(WORD.findall(text))
    counts["total"] = len(counts)
    time.sleep(0)
    return json.dumps(counts)


def uses_classes(numbers: Any) -> Fraction:  # noqa: ANN401 - whatever can be closed and gone through
    with closing(numbers):
        return sum(map(Fraction, numbers), Fraction())


def redirects(number: int) -> None:
    with redirect_stdout(None):
        halves(number)


def counts_within() -> int:
    count = 0

    def add() -> None:
        nonlocal count
        count += 1

    add()
    return count


def assigns(number: int) -> None:
    global LIMIT  # noqa: PLW0603 - it is what is looked for
    LIMIT = number


def appends(number: int) -> int:
    SEEN.append(number)
    return number


def reads_a_table(name: str) -> int:
    return NAMES[name]


def calls_what_appends(number: int) -> list[int]:
    return [appends(one) for one in range(number)]


def hands_on_what_appends(numbers: list[int]) -> list[int]:
    return list(map(appends, numbers))


def has_a_default(number: int, seen: list[int] = SEEN) -> None:
    seen.append(number)


def has_a_default_by_name(number: int, *, seen: list[int] = SEEN) -> None:
    seen.append(number)


def gives_an_attribute(number: int) -> None:
    halves.last = number  # type: ignore[attr-defined]


def keeps(number: int) -> None:
    keeps.seen[number] = number  # type: ignore[attr-defined]


keeps.seen = {}  # type: ignore[attr-defined]
note = SEEN.append


def appends_by_a_method(number: int) -> None:
    note(number)


def moves(folder: str) -> None:
    os.chdir(folder)


def sets_the_environment(value: str) -> None:
    os.environ["WHICHPOOL"] = value


def imports(number: int) -> None:
    import random  # noqa: PLC0415 - it is what is looked for

    random.seed(number)


def evaluates(text: str) -> Any:  # noqa: ANN401 - it may be anything
    return eval(text)  # noqa: S307 - it is what is looked for


def reaches_a_class() -> Shelf:
    return Shelf()


@functools.lru_cache
def is_wrapped(number: int) -> int:
    return number


def counter() -> Callable[[int], int]:
    total = 0

    def add(number: int) -> int:
        nonlocal total
        total += number
        return total

    return add


def adder(seen: Any) -> Callable[[int], Any]:  # noqa: ANN401 - as above
    def add(number: int) -> Any:  # noqa: ANN401 - as above
        return seen + number

    return add


class Touchy(type):
    def __hash__(cls) -> int:
        raise RuntimeError


class Untouchable(metaclass=Touchy):
    @property  # type: ignore[misc]
    def __class__(self) -> NoReturn:  # type: ignore[override]
        raise RuntimeError


UNTOUCHABLE: object = Untouchable()


def compares(number: object) -> bool:
    return UNTOUCHABLE is number


@pytest.mark.parametrize(
    "function",
    [
        halves,
        calls_its_own,
        calls_itself,
        fills_what_it_made,
        uses_classes,
        counts_within,
        adder(1),
        adder("text"),
        lambda number: number,
        lambda number: [halves(one) for one in range(number)],
    ],
)
def test_it_is_sure_of_what_lays_hands_on_its_own_things_only(function: Callable[..., Any]) -> None:
    assert is_surely_clean(function)


@pytest.mark.parametrize(
    "function",
    [
        assigns,
        appends,
        reads_a_table,
        calls_what_appends,
        hands_on_what_appends,
        has_a_default,
        has_a_default_by_name,
        gives_an_attribute,
        keeps,
        appends_by_a_method,
        moves,
        redirects,
        sets_the_environment,
        imports,
        evaluates,
        reaches_a_class,
        is_wrapped,
        counter(),
        adder(SEEN),
        adder((1, SEEN)),
        adder(tuple(range(1000))),
        Shelf.add,
        Shelf().add,
        SEEN.append,
        len,
        functools.partial(halves, 1),
        lambda number: SEEN.append(number),  # noqa: PLW0108 - it is what is looked at
        lambda numbers: [SEEN for _ in numbers],
        compares,
    ],
)
def test_it_is_not_sure_of_what_may_reach_further(function: Callable[..., Any]) -> None:
    assert not is_surely_clean(function)


def test_it_is_not_sure_of_a_variable_that_is_still_empty() -> None:
    def early(number: int) -> int:
        return late + number

    assert not is_surely_clean(early)
    late = 1
    assert is_surely_clean(early)


@pytest.mark.parametrize("origin", sorted({*CALLS, *ASSIGNED, *PREFIXES, *_FAMILY, *_SEEDS}))
def test_what_a_rule_is_about_is_no_module_that_may_be_used_or_has_a_telling_name(origin: str) -> None:
    module, *names = origin.split(".")
    assert module not in USABLE or not REACH_FURTHER.isdisjoint(names)


def test_a_function_that_it_is_sure_of_needs_no_whole_look() -> None:
    code = (
        "import sys; from whichpool.running.safety import why_not; assert why_not(lambda number: number) == {}; "
        "assert 'whichpool.hazards.look' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
