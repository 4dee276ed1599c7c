"""The whole look: by a name, and at a function in hand."""

import csv
import functools
import json
import statistics
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from whichpool.hazards.look import look_at_function, look_at_target
from whichpool.values.hazards import Examination, Hazard, PoolKind


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    def file(name: str, text: str) -> str:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return str(tmp_path)

    return file


def hazards(examination: Examination) -> list[tuple[Hazard, str]]:
    return [(finding.hazard, finding.subject) for finding in examination.findings if finding.effects]


COUNTING = """
    TOTAL = 0
    CACHE = {}
    def work(item):
        CACHE[item] = 1
        helper(item)
    def helper(item):
        global TOTAL
        TOTAL += 1
        CACHE.pop(item)
"""


def test_a_file_and_a_module_are_looked_at_alike(write: Callable[..., str]) -> None:
    folder = write("app.py", COUNTING)
    by_file = look_at_target("app.py", "work", "", folder)
    by_name = look_at_target("app", "work", "", folder)
    assert by_file == by_name
    assert by_file.functions == ("work", "helper")


def test_lines_of_one_subject_become_spots_of_one_finding(write: Callable[..., str]) -> None:
    examination = look_at_target("app", "work", "", write("app.py", COUNTING))
    (changed,) = [finding for finding in examination.findings if finding.hazard is Hazard.STATE_CHANGED]
    assert [(spot.line, spot.function) for spot in changed.spots] == [(5, "work"), (10, "helper")]


def test_hazards_stand_before_notes(write: Callable[..., str]) -> None:
    text = """
        import functools
        ITEMS = []
        @functools.cache
        def known(item): return item
        def work(item):
            known(item)
            ITEMS.append(item)
    """
    findings = look_at_target("app", "work", "", write("app.py", text)).findings
    assert [(finding.hazard, bool(finding.effects)) for finding in findings] == [
        (Hazard.STATE_CHANGED, True),
        (Hazard.PER_WORKER_CACHE, False),
    ]


def test_a_name_that_was_imported_is_followed_home(write: Callable[..., str]) -> None:
    write("shop/__init__.py", "from .prices import work")
    folder = write("shop/prices.py", COUNTING)
    examination = look_at_target("shop", "work", "", folder)
    assert examination.functions == ("work", "helper")
    assert {spot.file for finding in examination.findings for spot in finding.spots} == {f"{folder}/shop/prices.py"}


def test_a_function_of_a_factory_is_found(write: Callable[..., str]) -> None:
    text = """
        def counter():
            total = 0
            def count(item):
                nonlocal total
                total += 1
            return count
        work = counter()
    """
    examination = look_at_target("app", "work", "", write("app.py", text))
    assert (Hazard.STATE_ASSIGNED, "total") in hazards(examination)


@pytest.mark.parametrize(("place", "name"), [("math", "sqrt"), ("not_there", "work"), ("app", "missing")])
def test_what_cannot_be_read_leaves_every_pool_open(write: Callable[..., str], place: str, name: str) -> None:
    examination = look_at_target(place, name, "", write("app.py", "work = 3"))
    assert examination.findings == ()
    assert [unseen.kinds for unseen in examination.unseen] == [tuple(PoolKind)]


def test_a_syntax_error_is_told_with_its_line(write: Callable[..., str]) -> None:
    folder = write("app.py", "def work(item):\n    print('Square': item)\n")
    (unseen,) = look_at_target("app", "work", "", folder).unseen
    assert unseen.message.startswith(f"{folder}/app.py, line 2: ")


def test_code_nested_too_deeply_to_read_is_told_as_unseen(write: Callable[..., str]) -> None:
    folder = write("app.py", "def work(item):\n    return " + "-" * 3000 + "item\n")
    assert look_at_target("app", "work", "", folder).unseen


def live(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(textwrap.dedent(text), "<cell>", "exec"), names)  # noqa: S102 - the text stands in this file
    return names


def test_a_function_in_hand_is_found_in_the_text_it_came_from() -> None:
    names = live(COUNTING)
    examination = look_at_function(names["work"], textwrap.dedent(COUNTING))
    assert examination.functions == ("work", "helper")
    assert (Hazard.RACE, "TOTAL") in hazards(examination)


def test_two_lambdas_of_a_line_are_told_apart() -> None:
    text = "ITEMS = []\npair = (lambda item: item, lambda item: ITEMS.append(item))\n"
    clean, changing = live(text)["pair"]
    assert (Hazard.STATE_CHANGED, "ITEMS") not in hazards(look_at_function(clean, text))
    assert (Hazard.STATE_CHANGED, "ITEMS") in hazards(look_at_function(changing, text))


def test_the_object_that_a_method_is_bound_to_is_captured() -> None:
    text = "class Bag:\n    def __init__(self): self.n = 0\n    def add(self, item): self.n += item\n"
    bag = live(text)["Bag"]()
    assert (Hazard.RACE, "self.n") in hazards(look_at_function(bag.add, text))
    assert (Hazard.RACE, "self.n") not in hazards(look_at_function(type(bag).add, text))


def test_partials_and_wrappers_are_taken_off() -> None:
    names = live(COUNTING)
    for around in (functools.partial(names["work"], 1), functools.cache(names["work"])):
        assert look_at_function(around, textwrap.dedent(COUNTING)).functions == ("work", "helper")


def test_without_a_text_the_bytecode_is_read() -> None:
    examination = look_at_function(live(COUNTING)["work"])
    assert (Hazard.STATE_CHANGED, "CACHE") in hazards(examination)
    assert "bytecode" in examination.unseen[0].message


def test_compiled_code_leaves_every_pool_open() -> None:
    assert look_at_function(len).unseen[0].kinds == tuple(PoolKind)


@pytest.mark.parametrize("module", [csv, json, statistics, textwrap])
def test_no_function_of_everyday_modules_breaks_the_look(module: Any) -> None:  # noqa: ANN401 - a module
    functions = [one for one in vars(module).values() if isinstance(one, FunctionType)]
    for function in functions:
        by_name = look_at_target(function.__module__, function.__qualname__, "", "/")
        for examination in (by_name, look_at_function(function)):
            assert examination.functions
            assert not [unseen for unseen in examination.unseen if "bug" in unseen.message]


def test_looking_runs_nothing_of_the_module(write: Callable[..., str]) -> None:
    folder = write("app.py", "raise SystemExit\ndef work(item): pass")
    assert look_at_target("app", "work", "", folder).functions == ("work",)


def test_a_name_that_the_module_does_not_have_is_told_with_those_that_are_near(write: Callable[..., str]) -> None:
    (unseen,) = look_at_target("app.py", "wrok", "", write("app.py", COUNTING)).unseen
    assert unseen.message == "there is no function 'wrok' in app.py; did you mean work?"


def test_a_module_that_is_not_there_is_told_apart_from_compiled_code(tmp_path: Path) -> None:
    (missing,) = look_at_target("no_such_module", "work", "", str(tmp_path)).unseen
    (compiled,) = look_at_target("math", "sqrt", "", str(tmp_path)).unseen
    assert missing.message == "there is no module 'no_such_module' here; a file is named with .py"
    assert compiled.message == "math:sqrt is compiled code: what it does was not looked at"


def test_an_async_function_is_not_called_free_of_hazards(write: Callable[..., str]) -> None:
    examination = look_at_target("app.py", "work", "", write("app.py", "async def work(item):\n    return item\n"))
    (unseen,) = examination.unseen
    assert unseen.kinds == tuple(PoolKind)
    assert "asyncio.run" in unseen.message


def test_what_a_package_hands_on_from_compiled_code_is_not_called_missing() -> None:
    (unseen,) = look_at_target("pydantic_core", "to_json", "", "/").unseen
    assert "there is no function" not in unseen.message
