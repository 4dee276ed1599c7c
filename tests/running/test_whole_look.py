"""The whole look keeps what concerns a job, judged by functions that are labelled by hand."""

import importlib.util
from collections.abc import Callable
from typing import Any

import pytest

from examples import FOLDER
from whichpool.running.quick_look import is_surely_clean
from whichpool.running.whole_look import NO_CONCERN, look

pytest.importorskip("rich", reason="the labels are read by a script that prints tables")

from hazards import Case, cases

FILES = {"counting.py", "remembering.py", "wrapping.py"}
"""Those that can be imported without leaving anything behind."""

LABELLED = [case for case in cases() if case.file in FILES]


def _function(case: Case) -> Callable[..., Any]:
    spec = importlib.util.spec_from_file_location("labelled", FOLDER / "benchmarks" / "hazard_cases" / case.file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[..., Any] = eval(case.name, vars(module))  # noqa: S307 - a name with dots, of ours
    return found


@pytest.mark.parametrize("case", [one for one in LABELLED if not one.codes], ids=lambda case: case.target)
def test_nothing_is_held_against_a_clean_function(case: Case) -> None:
    assert not any(finding.effects for finding in look(_function(case)))


@pytest.mark.parametrize("case", [one for one in LABELLED if NO_CONCERN.isdisjoint(one.codes) and one.codes])
def test_a_hazard_that_concerns_a_job_is_seen_and_the_quick_look_is_not_sure(case: Case) -> None:
    function = _function(case)
    assert not is_surely_clean(function)
    assert {finding.hazard for finding in look(function)} & set(case.codes)
