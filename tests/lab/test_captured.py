"""What functions hold on to from one call to the next."""

import enum
import functools
import threading
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from whichpool.lab.captured import MISSING, held_by

CACHE: dict[str, int] = {}
LIMIT = 3
LOCK = threading.Lock()


def held(function: object) -> dict[str, object]:
    """Name what a function holds on to, with what that is at the moment."""
    return {name: captured.read() for name, captured in held_by([function]).state.items()}


class Counter:
    """An object with state of its own, and of its class."""

    total = 0

    def __init__(self) -> None:
        self.items: list[str] = []

    def add(self, item: str) -> None:
        Counter.total += 1
        self.items.append(item)
        CACHE[item] = LIMIT

    @property
    def first(self) -> str:
        return FIRSTS[0]

    def __call__(self, item: str) -> None:
        self.add(item)


COUNTER = Counter()
ADD = COUNTER.add
FIRSTS = ["a"]


@functools.lru_cache
def remembered(item: str) -> int:
    return CACHE[item]


if TYPE_CHECKING:
    MADE: str


def lazily(item: str) -> object:
    global MADE  # noqa: PLW0603 - what is tested
    MADE = item
    return MADE


def calls_another(item: str) -> object:
    return remembered(item)


def inside(items: list[str]) -> list[int]:
    return [len(part) + LIMIT for part in filter(lambda text: text in CACHE, items)]


def with_defaults(item: str, seen: list[str] = [], *, also: Sequence[str] = ()) -> None:  # noqa: B006 - what is tested
    seen.append(item)
    seen.extend(also)


def counted() -> Callable[[str], int]:
    count = 0

    def count_up(_: str) -> int:
        nonlocal count
        count += 1
        return count

    return count_up


def wrapped(function: Callable[[str], object]) -> Callable[[str], object]:
    @functools.wraps(function)
    def call(item: str) -> object:
        with LOCK:
            return function(item)

    return call


@wrapped
def decorated(item: str) -> object:
    return CACHE.get(item)


class Colour(enum.Flag):
    RED = 1


@functools.singledispatch
def dispatched(item: str) -> object:
    return FIRSTS[0], item


def test_globals_are_held_that_a_function_or_a_function_within_it_reads() -> None:
    assert held(inside) == {"LIMIT": 3, "CACHE": CACHE}


def test_builtins_modules_functions_and_classes_are_no_state() -> None:
    assert held(lambda items: [threading.Lock, len(items), counted, functools.partial]) == {}


def test_functions_of_the_same_module_are_followed() -> None:
    assert held(calls_another) == {"CACHE": CACHE}


def test_functions_of_other_modules_are_not_followed() -> None:
    assert held(lambda text: functools.reduce(max, text)) == {}


def test_a_function_that_remembers_its_results_is_named() -> None:
    assert list(held_by([calls_another]).caches) == ["remembered"]


def test_a_global_that_is_not_there_yet_is_held() -> None:
    assert held(lazily) == {"MADE": MISSING}


def test_the_value_is_that_of_the_moment() -> None:
    count_up = counted()
    captured = held_by([count_up]).state["count"]
    before = captured.read()
    count_up("a")
    assert (before, captured.read()) == (0, 1)


def test_defaults_are_held_under_the_names_of_their_parameters() -> None:
    assert held(with_defaults) == {"seen": [], "also": ()}


def test_a_bound_method_holds_its_object_and_what_is_the_class_s() -> None:
    found = held(COUNTER.add)
    assert found["self"] is COUNTER
    assert found["Counter.total"] == Counter.total


def test_a_global_that_is_a_bound_method_holds_its_object() -> None:
    assert held(lambda item: ADD(item))["ADD.__self__"] is COUNTER  # noqa: PLW0108 - its own function is what is tested


def test_an_object_that_is_called_is_held_by_the_call() -> None:
    assert held(COUNTER)["self"] is COUNTER


def test_the_methods_and_properties_of_a_global_object_are_followed() -> None:
    found = held(lambda: COUNTER.first)
    assert found["COUNTER"] is COUNTER
    assert found["FIRSTS"] is FIRSTS


def test_decorators_are_looked_through() -> None:
    assert held(decorated) == {"LOCK": LOCK, "CACHE": CACHE}


def test_the_arguments_of_a_partial_are_held() -> None:
    seen = ["a"]
    assert held(functools.partial(with_defaults, also=seen)) == {"also of the partial": seen, "seen": [], "also": ()}


def test_attributes_of_functions_are_held() -> None:
    def count_calls() -> None:
        count_calls.calls += 1  # type: ignore[attr-defined]

    count_calls.calls = 0  # type: ignore[attr-defined]
    assert 0 in held(count_calls).values()


def test_attributes_that_the_code_uses_are_noted() -> None:
    assert {"items", "append", "add", "total"} <= held_by([COUNTER.add, COUNTER]).attributes


def test_a_decorator_of_a_library_minds_its_own_state() -> None:
    assert held(dispatched) == {"FIRSTS": FIRSTS}


def test_what_an_enumeration_keeps_of_its_members_is_no_state() -> None:
    assert "_value2member_map_" not in " ".join(held(lambda: Colour(1)))


def test_what_the_code_uses_of_another_module_of_the_users_is_held() -> None:
    settings = ModuleType("settings")
    vars(settings).update(limits=[3], unused=[4], work=lambda: None)
    assert held(lambda: settings.limits + settings.work()) == {"settings.limits": [3]}


def test_what_is_not_written_in_python_holds_nothing() -> None:
    assert held(len) == {}
    assert held([].append) == {}


def test_a_name_that_refuses_to_be_looked_at_is_left_out() -> None:
    class Proxy:
        @property  # type: ignore[misc]  # object's can be written, too
        def __class__(self) -> type:
            raise RuntimeError

    proxy, other = Proxy(), [1]
    assert held(lambda: (proxy, other)) == {"other": other}
