"""The library's face: any function that a user has in hand, and a report that shows itself."""

import importlib
import itertools
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import whichpool
from whichpool.comparison import Progress

QUICK: dict[str, Any] = {"budget_s": 1.0, "workers": (2,)}

MODULE = """
import threading
from dataclasses import dataclass

def square(number):
    return number * number

def add(one, other):
    return one + other

def unlucky(number):
    if number > 1:
        raise ValueError(f"no luck with {number}")

async def promise(number):
    return number

class Scale:
    def __init__(self, by):
        self.by = by
    def scale(self, number):
        return self.by * number
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Write a module of the user's, and import it."""
    (tmp_path / "module_of_mine.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("module_of_mine")
    del sys.modules["module_of_mine"]


def states(report: whichpool.Report) -> dict[str, str]:
    """Tell what became of every pool."""
    return {entry.strategy.pool: entry.state.value for entry in report.record.entries}


def assert_raced_everywhere(report: whichpool.Report, items: int) -> None:
    """Assert that every pool ran all items, and that they agree."""
    assert set(states(report)) >= {"serial", "threads", "processes"}
    assert "failed" not in states(report).values(), str(report)
    assert report.record.facts.items == items
    assert not [caveat for caveat in report.verdict.caveats if caveat.code.startswith("results")]


def test_an_importable_function_goes_by_name(mine: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    report = whichpool.compare(mine.square, range(20), **QUICK)
    assert_raced_everywhere(report, 20)
    assert not report.record.facts.by_value
    assert report.record.workload.name == "square"
    assert (report.record.workload.function_pickle, report.record.workload.items_pickle) == (b"", b"")
    assert capfd.readouterr() == ("", "")
    table = str(report)
    assert [word for word in ("square", "20 items", "serial", "threads ×2", "processes ×2") if word not in table] == []
    assert report.verdict.sentence.split()[0] in table
    assert report.to_json()["schema"] == "whichpool.report/1"


@pytest.mark.parametrize(
    "choose",
    [
        lambda mine: lambda number: mine.square(number) + 1,
        lambda mine: mine.Scale(3).scale,
        lambda _: len,
    ],
    ids=["a lambda that closes over a module", "a bound method", "a builtin"],
)
def test_any_function_is_measured_in_every_pool(
    mine: ModuleType, choose: Callable[[ModuleType], Callable[..., Any]]
) -> None:
    function = choose(mine)
    assert_raced_everywhere(whichpool.compare(function, [[1], [2]] if function is len else [1, 2], **QUICK), 2)


def test_a_lambda_is_said_to_travel_by_value(mine: ModuleType) -> None:
    report = whichpool.compare(lambda number: mine.square(number + 1), (1, 2, 3), **QUICK)
    assert_raced_everywhere(report, 3)
    assert [caveat.code.value for caveat in report.verdict.caveats].count("by-value") == 1


def test_tuples_are_unpacked_for_a_function_of_several_arguments(mine: ModuleType) -> None:
    report = whichpool.compare(mine.add, ((number, 1) for number in range(5)), **QUICK)
    assert_raced_everywhere(report, 5)
    assert report.record.facts.unpacked


def test_items_may_come_in_a_set(mine: ModuleType) -> None:
    assert_raced_everywhere(whichpool.compare(mine.square, {1, 2, 3}, **QUICK), 3)


SCRIPT = """
import whichpool
from dataclasses import dataclass
from collections import namedtuple

@dataclass(frozen=True)
class Point:
    x: int
    y: int

Size = namedtuple("Size", "width height")
FACTOR = 3

def helper(x):
    return FACTOR * x

def area(point):
    assert isinstance(point, Point), type(point)
    return Point(helper(point.x), point.y)

def room(size):
    return Size(size.height, size.width)

def make(by):
    def scaled(x):
        return helper(x) * by
    return scaled

if __name__ == "__main__":
    report = whichpool.compare(FUNCTION, ITEMS, budget_s=0.8, workers=(2,), start_methods=(METHOD,))
    print(report)
    print("failed", [str(entry.strategy) for entry in report.record.entries if entry.state == "failed"])
    print("items", report.record.facts.items, "by value", report.record.facts.by_value)
    print("caveats", [caveat.code.value for caveat in report.verdict.caveats if "results" in caveat.code])
"""


@pytest.mark.parametrize(
    ("function", "items", "words", "method"),
    [
        ("area", "[Point(n, 1) for n in range(5)]", ["area", "items 5 by value False"], "fork"),
        ("area", "[Point(n, 1) for n in range(5)]", ["area", "items 5 by value False"], "spawn"),
        ("room", "[Size(n, 1) for n in range(5)]", ["room", "items 5 by value False"], "forkserver"),
        ("make(2)", "range(5)", ["make.<locals>.scaled", "items 5 by value True"], "spawn"),
        ("lambda p: area(p)", "[Point(1, 2)]", ["<lambda>", "items 1 by value True"], "fork"),
        ("lambda p: area(p)", "[Point(1, 2)]", ["<lambda>", "items 1 by value True"], "forkserver"),
    ],
)
def test_what_a_script_defines_is_measured_in_every_pool(
    tmp_path: Path, function: str, items: str, words: list[str], method: str
) -> None:
    script = tmp_path / "a script.py"
    source = SCRIPT.replace("FUNCTION", function).replace("ITEMS", items).replace("METHOD", repr(method))
    script.write_text(source, encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert [word for word in [*words, "failed []", "caveats []"] if word not in done.stdout] == [], done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"budget": 3}, ["'budget'", "the options are budget_s, pools"]),
        ({"budget_s": 0}, ["a budget of 0 s leaves no time"]),
        ({"budget_s": "soon"}, ["a budget is a number of seconds"]),
        ({"workers": (0,)}, ["at least 1 worker, not 0"]),
        ({"workers": 2}, ["workers takes several values"]),
        ({"chunksizes": (0,)}, ["at least 1 item"]),
        ({"margin": 5}, ["a margin of 5"]),
        ({"timeout_s": -1}, ["timeout"]),
        ({"pythons": ("/no/such",)}, ["/no/such", "no such file"]),
        ({"start_methods": ("teleport",)}, ["cannot start processes by 'teleport'", "spawn"]),
        ({"pools": ("proceses",)}, ["proceses", "processes"]),
        ({"pools": "processes"}, ["pools"]),
    ],
)
def test_a_wrong_option_is_refused(mine: ModuleType, options: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(whichpool.WrongCall) as refused:
        whichpool.compare(mine.square, [1, 2], **{"budget_s": 1, **options})
    assert [word for word in words if word not in str(refused.value)] == [], refused.value


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([], ["there is no item to run"]),
        (iter(()), ["there is no item to run"]),
        (itertools.count(), ["more than 100,000 items", "raise max_items"]),
        ("abc", ["items must be an iterable of arguments, not one str"]),
        (b"abc", ["not one bytes"]),
        (7, ["not one int"]),
        ([threading.Lock()], ["an item cannot be sent", "lock", "inside the function"]),
    ],
)
def test_wrong_items_are_refused(mine: ModuleType, items: Any, words: list[str]) -> None:  # noqa: ANN401 - that is it
    with pytest.raises(whichpool.WrongCall) as refused:
        whichpool.compare(mine.square, items, **QUICK)
    assert [word for word in words if word not in str(refused.value)] == [], refused.value


def test_the_cap_on_endless_items_can_be_set(mine: ModuleType) -> None:
    with pytest.raises(whichpool.WrongCall, match="more than 10 items"):
        whichpool.compare(mine.square, itertools.count(), max_items=10)


def test_a_function_that_does_not_fit_its_items_is_refused(mine: ModuleType) -> None:
    with pytest.raises(whichpool.WrongCall, match=r"does not fit its items: add\(1\)"):
        whichpool.compare(mine.add, [1, 2], **QUICK)


def test_what_the_users_generator_of_items_raises_reaches_the_user(mine: ModuleType) -> None:
    def items() -> Iterable[int]:
        yield 1
        raise LookupError

    with pytest.raises(LookupError):
        whichpool.compare(mine.square, items())


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(whichpool.WrongCall, match="7 is no function"):
        whichpool.compare(7, [1])  # type: ignore[arg-type]  # for those who do not check types


def test_an_async_function_is_awaited_in_every_pool_and_in_an_event_loop(mine: ModuleType) -> None:
    report = whichpool.compare(mine.promise, range(20), **QUICK | {"budget_s": 4.0})  # for slow machines: one pool more
    assert_raced_everywhere(report, 20)
    assert states(report)["asyncio"] in {"raced", "dropped"}


def test_a_function_that_holds_what_cannot_travel_is_refused() -> None:
    lock = threading.Lock()
    with pytest.raises(whichpool.WrongCall, match=r"the function cannot be sent .*lock.* inside the function"):
        whichpool.compare(lambda _: lock.locked(), [1])


def test_a_function_that_raises_is_shown_with_the_users_traceback(mine: ModuleType) -> None:
    with pytest.raises(whichpool.WorkloadFailed) as failed:
        whichpool.compare(mine.unlucky, range(4), **QUICK)
    told = str(failed.value)
    assert told.startswith("item 2 (2) raised ValueError: no luck with 2 (2 of 4 items failed)\n")
    assert "in unlucky" in told
    assert "whichpool/" not in told


class _Interrupter:
    """A watch by whom Ctrl-C is pressed at a certain moment."""

    def __init__(self, doing: str) -> None:
        self.doing = doing

    def __call__(self, progress: Progress) -> None:
        if self.doing in progress.doing:
            raise KeyboardInterrupt


def test_an_interrupted_comparison_keeps_what_was_known(mine: ModuleType) -> None:
    with pytest.raises(whichpool.Interrupted) as interrupted:
        whichpool.compare(mine.square, range(4), watch=_Interrupter("the warm-up round has ended"), **QUICK)
    report = interrupted.value.report
    assert report is not None
    assert "interrupted" in str(report)
    assert_raced_everywhere(report, 4)


def test_a_comparison_interrupted_at_once_knows_nothing(mine: ModuleType) -> None:
    with pytest.raises(whichpool.Interrupted) as interrupted:
        whichpool.compare(mine.square, range(4), watch=_Interrupter("looking"), **QUICK)
    assert interrupted.value.report is None


def test_a_notebook_shows_the_table_with_the_users_names_escaped() -> None:
    report = whichpool.compare(lambda number: -number, [1, 2], **QUICK)
    html = report._repr_html_()
    assert "&lt;lambda&gt;" in html
    assert "<lambda>" not in html
    assert "threads ×2" in html
    assert html.startswith("<pre")
