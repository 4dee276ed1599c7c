"""The look at a function whose text is gone."""

import math
from types import FunctionType
from typing import Any

import pytest

from whichpool.hazards.bytecode import look_at_bytecode
from whichpool.values.hazards import Hazard, PoolKind


def made(text: str, name: str = "work") -> FunctionType:
    names: dict[str, Any] = {"CACHE": {}, "ITEMS": [], "TOTAL": 0, "math": math}
    exec(compile(text, "<gone>", "exec"), names)  # noqa: S102 - the text stands in this file
    function = names[name]
    assert isinstance(function, FunctionType)
    return function


def seen(text: str) -> set[tuple[Hazard, str]]:
    examination = look_at_bytecode(made(text), "work")
    return {(finding.hazard, finding.subject) for finding in examination.findings}


@pytest.mark.parametrize(
    ("body", "hazard", "subject"),
    [
        ("global TOTAL; TOTAL = item", Hazard.STATE_ASSIGNED, "TOTAL"),
        ("global TOTAL; TOTAL += item", Hazard.STATE_ASSIGNED, "TOTAL"),
        ("CACHE[item] = 1", Hazard.STATE_CHANGED, "CACHE"),
        ("CACHE[item] += 1", Hazard.STATE_CHANGED, "CACHE"),
        ("CACHE[len(item) + 1] = item * 2", Hazard.STATE_CHANGED, "CACHE"),
        ("del CACHE[item]", Hazard.STATE_CHANGED, "CACHE"),
        ("ITEMS.append(item)", Hazard.STATE_CHANGED, "ITEMS"),
        ("work.calls = 1", Hazard.STATE_CHANGED, "work.calls"),
        ("return [ITEMS.append(one) for one in item]", Hazard.STATE_CHANGED, "ITEMS"),
        ("return (lambda: ITEMS.pop())()", Hazard.STATE_CHANGED, "ITEMS"),
    ],
)
def test_writes_to_globals_are_seen_in_bytecode(body: str, hazard: Hazard, subject: str) -> None:
    assert (hazard, subject) in seen(f"def work(item): {body}")


@pytest.mark.parametrize(
    "body",
    [
        "found = []; found.append(item); return found",
        "found = CACHE; item.update(found)",
        "found = {}; found[item] = CACHE.get(item); return found",
        "return CACHE[item] + len(ITEMS) + math.sqrt(item)",
        "count = TOTAL; count += 1; return count",
        "item.total = TOTAL",
    ],
)
def test_reading_globals_and_changing_locals_is_let_be(body: str) -> None:
    assert seen(f"def work(item): {body}") == set()


def test_a_variable_of_the_function_around_is_state_and_one_of_the_call_is_not() -> None:
    text = """
def make():
    total = 0
    def work(item):
        nonlocal total
        total += item
        own = 0
        def inner():
            nonlocal own
            own += 1
        inner()
    return work
work = make()
"""
    assert seen(text) == {(Hazard.STATE_ASSIGNED, "total")}


def test_it_tells_the_line_and_that_much_was_not_looked_at() -> None:
    examination = look_at_bytecode(made("def work(item):\n    pass\n    ITEMS.append(item)"), "work")
    (finding,) = examination.findings
    assert [(spot.file, spot.line, spot.text) for spot in finding.spots] == [("<gone>", 3, "")]
    assert examination.unseen[0].kinds == tuple(PoolKind)
