"""A function stays in the pools where it is right."""

import functools
import importlib.util
import io
import os
import random
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest

import whichpool
from examples import EXAMPLES, FOLDER, Example
from whichpool.running import whole_look
from whichpool.running.safety import why_not

COUNT = 0
SEEN: list[int] = []
LOCK = threading.Lock()
GENERATOR = random.Random()  # noqa: S311 - nobody keeps a secret with it


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


def draws(number: int) -> float:
    return GENERATOR.random() * number


def changes_folder(number: int) -> int:
    os.chdir("/")
    return number


def forgets(number: int) -> None:
    count = number  # it is no global, and is none in a loop either
    pure(count)


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
        (forgets, set()),
        (locks, {"processes"}),
        (counts, {"threads", "processes"}),
        (appends, {"threads", "processes"}),
        (draws, {"processes"}),
        (changes_folder, {"threads", "processes"}),
        (Counter().add, {"threads", "processes"}),
        (SEEN.append, {"threads", "processes"}),
        (functools.partial(SEEN.insert, 0), {"threads", "processes"}),
        (io.StringIO().write, {"threads", "processes"}),
        (sys.stderr.write, {"threads", "processes"}),
        ({}.get, set()),
    ],
)
def test_a_pool_is_out_where_the_function_would_do_something_else(function: Callable[..., Any], out: set[str]) -> None:
    assert why_not(function).keys() == out
    assert why_not(function, forks=False).keys() == out


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_every_workload_of_the_benchmarks_is_allowed_in_both_pools(example: Example) -> None:
    if example.needs:
        pytest.importorskip(example.needs)
    file, _, name = example.target.partition(":")
    function = getattr(_module(FOLDER / file), name)
    assert why_not(function) == {}
    assert why_not(function, forks=False) == {}


@pytest.mark.parametrize("function", [urllib.request.urlopen, subprocess.run, subprocess.check_output, re.match])
def test_what_the_standard_library_keeps_for_itself_is_nobodys_hazard(function: Callable[..., Any]) -> None:
    assert why_not(function) == {}
    assert why_not(function, forks=False) == {}


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


class Untouchable:
    @property  # type: ignore[misc]
    def __class__(self) -> NoReturn:  # type: ignore[override]
        raise RuntimeError

    def __call__(self, number: int) -> int:
        return number


def test_a_look_that_fails_keeps_no_pool_out() -> None:
    with pytest.raises(RuntimeError):
        isinstance(Untouchable(), functools.partial)
    assert why_not(Untouchable()) == {}


def test_a_function_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[object] = []

    def look(function: object) -> tuple[()]:
        looked.append(function)
        return ()

    monkeypatch.setattr(whole_look, "look", look)
    function = eval("lambda number: len(SEEN) + number", globals())  # noqa: S307 - code that nothing knows yet
    assert [why_not(function), why_not(function), why_not(function, forks=False)] == [{}, {}, {}]
    assert looked == [function]


def test_equal_code_of_two_files_is_told_apart(tmp_path: Path) -> None:
    calling = "def call(number):\n    return deed(number)\n\n\n"
    (tmp_path / "quiet.py").write_text(calling + "def deed(number):\n    return number\n")
    (tmp_path / "loud.py").write_text(calling + "SEEN = []\n\n\ndef deed(number):\n    SEEN.append(number)\n")
    quiet, loud = _module(tmp_path / "quiet.py"), _module(tmp_path / "loud.py")
    assert quiet.call.__code__ == loud.call.__code__
    assert why_not(quiet.call, forks=False) == {}
    assert why_not(loud.call, forks=False).keys() == {"threads", "processes"}


def notes(seen: list[int], number: int) -> int:
    seen.append(number)
    return len(seen)


def test_what_a_partial_gives_to_all_calls_is_shared_by_threads() -> None:
    found = why_not(functools.partial(notes, []))
    assert found.keys() == {"threads", "processes"}
    assert "seen, a list that a partial gives to all calls, is changed in place" in found["threads"]
    assert why_not(functools.partial(pure, number=1)) == {}


def test_what_a_function_of_another_module_does_keeps_pools_out_and_the_reason_names_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ledger.py").write_text("ROWS = []\n\n\ndef enter(number):\n    ROWS.append(number)\n")
    (tmp_path / "clerk.py").write_text("import ledger\n\n\ndef work(number):\n    ledger.enter(number)\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = why_not(_module(tmp_path / "clerk.py").work)
    assert found.keys() == {"threads", "processes"}
    assert "ROWS, a list of the module, is changed in place (.append()) (ledger.py, line 5)" in found["processes"]


def _module(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"looked_at_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, spec.name, module)  # dataclasses ask there
        spec.loader.exec_module(module)
    return module
