"""Whether values travel between processes, and which part of them does not."""

import functools
import multiprocessing
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NamedTuple, NoReturn

import pytest

from whichpool.lab.travelling import Fault, find_fault, mend_for
from whichpool.lab.unpicklable import Journey, find_unpicklable, find_unsendable
from whichpool.values import PICKLED, PoolKind

FACTOR = 3


class Pair(NamedTuple):
    left: object
    right: object


@dataclass
class Row:
    name: str
    connection: object = field(default_factory=threading.Lock)


class Slotted:
    __slots__ = ("handle",)

    def __init__(self) -> None:
        self.handle = (i for i in range(3))


class Stateful:
    def __getstate__(self) -> list[object]:
        return [threading.Lock()]


class Sly:
    def __reduce__(self) -> NoReturn:
        raise RuntimeError


class Unmade:
    def __init__(self, name: str) -> None:
        self.name = name

    def __reduce__(self) -> tuple[type, tuple[()]]:
        return Unmade, ()


class QuotaError(Exception):
    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class CarriesLock(Exception):
    def __init__(self) -> None:
        super().__init__("locked", threading.Lock())


class Keeper:
    def __init__(self) -> None:
        self.lock = threading.Lock()

    def keep(self, _: object) -> None: ...


def nested() -> Callable[[object], object]:
    def inner(item: object) -> object:
        return item

    return inner


def with_factor(item: int) -> int:
    return item * FACTOR


a_lambda = lambda item: item  # noqa: E731 - what is tested
reads_global = lambda item: item * FACTOR  # noqa: E731 - as above
hidden, with_factor_again = with_factor, with_factor


def with_factor(item: int) -> int:  # type: ignore[no-redef]
    return item


@pytest.mark.parametrize("value", [1, [Row("a", None)], ValueError("a"), QuotaError, with_factor, Pair(1, 2)])
def test_what_can_be_pickled_and_unpickled_travels(value: object) -> None:
    assert find_fault(value, "result") is None


@pytest.mark.parametrize(
    ("value", "path", "part"),
    [
        (threading.Lock(), "result", "lock"),
        ({"rows": [Row("a", None), Row("b")]}, "result['rows'][1].connection", "lock"),
        ({threading.Lock(): 1}, "a key of result", "lock"),
        ([0] * 500 + [(1, nested())], "result[500][1]", "function"),
        (Pair(1, (i for i in "a")), "result.right", "generator"),
        ({frozenset({threading.Lock()})}, "an element of an element of result", "lock"),
        (Slotted(), "result.handle", "generator"),
        (Stateful(), "the state of result[0]", "lock"),
        (SimpleNamespace(sly=Sly()), "result.sly", "Sly"),
        (functools.partial(print, nested()), "result.args[0]", "function"),
        (functools.partial(print, end=nested()), "result.keywords['end']", "function"),
        (Keeper().keep, "result.__self__.lock", "lock"),
        (CarriesLock(), "result.args[1]", "lock"),
        ([Unmade("a")], "result[0]", "Unmade"),
        (threading, "result", "module"),
    ],
)
def test_the_smallest_part_is_blamed_that_cannot_travel(value: object, path: str, part: str) -> None:
    fault = find_fault(value, "result")
    assert fault is not None
    assert (fault.path, type(fault.part).__name__) == (path, part)


def test_a_value_that_contains_itself_is_searched_once() -> None:
    loop: list[Any] = [threading.Lock()]
    loop.insert(0, loop)
    fault = find_fault(loop, "result")
    assert fault is not None
    assert fault.path == "result[1]"


def test_an_exception_that_cannot_be_made_again_breaks_a_pool_of_processes() -> None:
    (found,) = find_unpicklable(QuotaError(3, "full"), "QuotaError", Journey.EXCEPTION)
    assert found.subject == "QuotaError"
    assert "missing 1 required positional argument" in found.message
    assert "breaks the pool" in found.effects[PoolKind.SPAWN]
    assert "breaks the pool" not in found.effects[PoolKind.INTERPRETERS]
    assert "super().__init__()" in found.mend


def test_a_function_travels_by_its_name() -> None:
    assert list(find_unsendable(with_factor)) == []


@pytest.mark.parametrize(
    ("function", "subject", "kinds"),
    [
        (a_lambda, "a_lambda", (PoolKind.SPAWN, PoolKind.FORK)),
        (reads_global, "reads_global", PICKLED),
        (nested(), "nested.inner", (PoolKind.SPAWN, PoolKind.FORK)),
        (hidden, "hidden", PICKLED),
        (Keeper().keep, "self.lock", PICKLED),
    ],
)
def test_a_function_without_a_name_of_its_own_stays(
    function: Callable[..., object], subject: str, kinds: tuple[PoolKind, ...]
) -> None:
    (found,) = find_unsendable(function)
    assert (found.subject, tuple(found.effects)) == (subject, kinds)


def test_a_class_of_the_callers_program_is_found_as_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["__main__"], "Notebook", None, raising=False)
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec("class Notebook:\n    def work(self, item):\n        return item", scope)  # noqa: S102 - as a notebook does
    assert list(find_unsendable(scope["Notebook"]().work)) == []
    assert list(find_unpicklable([scope["Notebook"]()], "result", Journey.RESULT)) == []


@pytest.mark.parametrize(
    ("part", "mend"),
    [
        (nested(), "top level of a module"),
        ((i for i in "a"), "make a list"),
        (map(nested(), "a"), "make a list"),
        (threading.Lock(), "make the lock in the worker"),
        (memoryview(b"a"), "make bytes"),
        (threading, "import it where it is used"),
        (Sly(), "__getstate__"),
    ],
)
def test_the_mend_suits_what_cannot_travel(part: object, mend: str) -> None:
    assert mend in mend_for(Fault("result", part, "", at_loading=False))


def test_an_open_file_is_to_be_opened_in_the_worker() -> None:
    with open(__file__, encoding="utf-8") as file:  # noqa: PTH123 - any open file will do
        (found,) = find_unpicklable({"log": file}, "result", Journey.RESULT)
    assert found.subject == "result['log']"
    assert "pass the path" in found.mend


def test_trying_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    ends = multiprocessing.Pipe()
    assert find_fault(ends, "result") is None
    for end in ends:
        end.close()
    assert threading.active_count() == before
