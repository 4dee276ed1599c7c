"""The flow of a check, with a laboratory that says what it is told to say."""

import functools
import linecache
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import whichpool
from whichpool.comparison.checking import check_workload
from whichpool.comparison.packing import pack
from whichpool.values import APART, Examination, Finding, Hazard, PoolKind, Status, Unseen, Workload

LOST = Finding(Hazard.STATE_ASSIGNED, "COUNT", "COUNT is assigned", dict.fromkeys(APART, "its value is lost"), "")
CELL = "import functools\n\ndef shout(word):\n    return word.upper()\n\nlouder = lambda word: word + '!'\n"


class Telling:
    """A laboratory that tells what it was asked to tell, and remembers how it was asked."""

    def __init__(self, examination: Examination) -> None:
        self.examination = examination
        self.asked: list[tuple[str, float, bool]] = []

    def examine(self, python: str, limit_s: float, *, trial: bool) -> Examination:
        self.asked.append((python, limit_s, trial))
        return self.examination


def test_what_was_seen_comes_back_with_what_it_means() -> None:
    examination = Examination("3.11.7", ("count",), (LOST,))
    workload = Workload("app.py:count", ("app.py:count",))
    record = check_workload(workload, Telling(examination), "", 10.0)
    assert record.workload is workload
    assert record.examination is examination
    assert {each.kind for each in record.assessments if each.status is Status.HAZARD} == set(APART)


@pytest.mark.parametrize(
    ("workload", "trial"),
    [
        (Workload("app.py:count", ("app.py:count",)), False),
        (Workload("app.py:count", ("app.py:count",), items="range(3)"), True),
        (Workload("app.py:count(7)", ("app.py:count(7)",)), True),
        (pack(len, None, 10), False),
        (pack(len, [], 10), True),
    ],
)
def test_a_function_is_called_only_if_it_was_said_with_what(workload: Workload, trial: bool) -> None:  # noqa: FBT001
    lab = Telling(Examination("3.11.7", ("count",)))
    check_workload(workload, lab, "/opt/python", 2.5)
    assert lab.asked == [("/opt/python", 2.5, trial)]


@pytest.fixture
def cell() -> Iterator[dict[str, Any]]:
    """Run a text that no file holds, as a notebook runs a cell."""
    name = "<ipython-input-7-cell>"
    linecache.cache[name] = (len(CELL), None, CELL.splitlines(keepends=True), name)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(CELL, name, "exec"), names)  # noqa: S102 - our own
    yield names
    del linecache.cache[name]


@pytest.mark.parametrize("make", [lambda names: names["shout"], lambda names: functools.partial(names["louder"])])
def test_the_text_of_a_notebook_travels_with_its_functions(
    cell: dict[str, Any], make: Callable[[dict[str, Any]], Callable[..., Any]]
) -> None:
    assert pack(make(cell), None, 10).source == CELL


@pytest.mark.parametrize("function", [len, pack, functools.partial(pack), lambda word: word])
def test_no_text_travels_where_a_file_holds_it_or_there_is_none(function: Callable[..., Any]) -> None:
    assert pack(function, None, 10).source == ""


@pytest.mark.parametrize("timeout_s", [0, -1.0, float("inf")])
def test_a_timeout_that_makes_no_sense_is_refused(timeout_s: float) -> None:
    with pytest.raises(whichpool.WrongCall, match="a timeout of"):
        whichpool.check(len, timeout_s=timeout_s)


def test_where_no_code_was_read_and_no_call_can_be_tried_there_is_no_answer() -> None:
    unseen = Unseen(tuple(PoolKind), "len is compiled code")
    with pytest.raises(whichpool.WrongCall, match="len is compiled code"):
        check_workload(pack(len, None, 10), Telling(Examination("3.11.7", unseen=(unseen,))), "", 1.0)
    record = check_workload(pack(len, ["x"], 10), Telling(Examination("3.11.7", unseen=(unseen,), calls=1)), "", 1.0)
    assert {assessment.status for assessment in record.assessments} == {Status.COULD_NOT_LOOK}


def test_pools_are_told_apart_by_what_workers_share() -> None:
    record = check_workload(Workload("f"), Telling(Examination("3.11.7", ("f",), (LOST,))), "", 1.0)
    statuses = {assessment.kind: assessment.status for assessment in record.assessments}
    assert statuses[PoolKind.THREADS] is Status.NONE_FOUND
    assert statuses[PoolKind.FORK] is Status.HAZARD


def test_a_function_that_no_child_can_be_given_is_read_all_the_same() -> None:
    lock = threading.Lock()

    def guarded(number: int) -> int:
        with lock:
            return number

    report = whichpool.check(guarded, [1, 2])
    assert {Hazard.LOCK, Hazard.UNPICKLABLE} <= {finding.hazard for finding in report.findings}
    statuses = {assessment.kind: assessment.status for assessment in report.assessments}
    assert statuses[PoolKind.SPAWN] is Status.HAZARD
    assert statuses[PoolKind.THREADS] is Status.COULD_NOT_LOOK
    assert "no call can be tried" in str(report)


def test_a_function_in_hand_is_called_on_its_items_in_a_child() -> None:
    calls: list[int] = []
    report = whichpool.check(calls.append, [1, 2])
    assert calls == []
    assert report.record.examination.calls > 0
