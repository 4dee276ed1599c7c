"""Targets: what is found by the ways of naming a function, and what a name that leads nowhere is told."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.loading import forgetting, loaded_in_a_child, results_of
from whichpool.errors import WrongCall
from whichpool.lab.target import Loaded, load
from whichpool.values import Workload

APP = """
import functools
import json
from dataclasses import dataclass

NUMBERS = [1, 2, 3]
LIMIT = 7

def square(number):
    return number * number

def quad():
    return 7 ** 4

def power(base, exponent=2, *, negative=False):
    return (-1 if negative else 1) * base ** exponent

class Shape:
    @staticmethod
    def area(number):
        return number
    def method(self, number):
        return number

class Doubler:
    def __call__(self, number):
        return 2 * number

double = Doubler()
half = functools.partial(power, exponent=3)
loud = lambda number: number

async def wait(number):
    return number

class Waiter:
    async def __call__(self, number):
        return number
    async def method(self, number):
        return number

waiter = Waiter()
method = waiter.method
part = functools.partial(functools.partial(waiter), 1)

def stream(number):
    yield number

async def drip(number):
    yield number
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write files, and the folders that they lie in."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with one file of many functions."""
    return write(tmp_path, {"app.py": APP})


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    with forgetting():
        yield


def workload_of(folder: Path, *targets: str, items: str | None = None) -> Workload:
    """Name what is to be loaded."""
    return Workload(" ".join(targets), targets, items, folder=str(folder))


def look(folder: Path, *targets: str, items: str | None = None) -> Loaded:
    """Load a workload."""
    return load(workload_of(folder, *targets, items=items))


def refusal(folder: Path, *targets: str, items: str | None = None) -> str:
    """Load a workload that cannot be loaded, and return what the user is told."""
    with pytest.raises(WrongCall) as refused:
        look(folder, *targets, items=items)
    return str(refused.value)


@pytest.mark.parametrize(
    ("target", "items", "results"),
    [
        ("app.py:square", "NUMBERS", [1, 4, 9]),
        ("./app.py:square", "NUMBERS", [1, 4, 9]),
        ("app:square", "NUMBERS", [1, 4, 9]),
        ("app.py:Shape.area", "NUMBERS", [1, 2, 3]),
        ("app.py:double", "NUMBERS", [2, 4, 6]),
        ("app.py:half", "[2, 2, 2]", [8, 8, 8]),
        ("app.py:loud", "NUMBERS", [1, 2, 3]),
        ("operator:add", "[(2, 3), (7, 1), (1, 1)]", [5, 8, 2]),
        ("json:dumps", "[1, 2, 3]", ["1", "2", "3"]),
        ("os.path:basename", "['a/b', 'b', 'c']", ["b", "b", "c"]),
        ("click:unstyle", "['a', 'b', 'c']", ["a", "b", "c"]),
        ("builtins:len", "['a', 'b', 'ccc']", [1, 1, 3]),
    ],
)
def test_a_function_is_found_by(folder: Path, target: str, items: str, results: list[object]) -> None:
    assert results_of(look(folder, target, items=items)) == results


@pytest.mark.parametrize("target", ["app.py:square", "app:square", "operator:neg", "click:unstyle"])
def test_a_child_finds_what_its_caller_would(folder: Path, target: str) -> None:
    items = "['a']" if target.startswith("click") else "[3]"
    assert loaded_in_a_child(workload_of(folder, target, items=items)).items == 1


def test_an_absolute_path_is_found_from_anywhere(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert results_of(look(elsewhere, f"{folder / 'app.py'}:square", items="NUMBERS")) == [1, 4, 9]


def test_a_path_from_home_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert results_of(look(folder, "~/app.py:square", items="NUMBERS")) == [1, 4, 9]


@pytest.mark.parametrize(
    "name",
    [
        "with spaces.py",
        "größe.py",
        "日本語.py",
        "two.dots.py",
        "dash-ed.py",
        "json.py",
        "pickle.py",
        "asyncio.py",
        "whichpool.py",
        "1st.py",
        "class.py",
        "__main__.py",
        "C: drive.py",
    ],
)
@pytest.mark.parametrize("below", [".", "a folder/mit Löchern"])
def test_a_file_is_found_whatever_its_name(tmp_path: Path, below: str, name: str) -> None:
    path = tmp_path / below / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("def double(n):\n    return 2 * n\n", encoding="utf-8")
    assert results_of(look(tmp_path, f"{below}/{name}:double", items="range(3)")) == [0, 2, 4]


@pytest.mark.parametrize("name", ["json.py", "asyncio.py", "whichpool.py", "__main__.py"])
def test_a_child_finds_a_file_whose_name_is_taken(tmp_path: Path, name: str) -> None:
    write(tmp_path, {name: "def double(n):\n    return 2 * n\n"})
    assert loaded_in_a_child(workload_of(tmp_path, f"{name}:double", items="range(3)")).items == 3


def test_a_file_named_like_a_standard_module_does_not_stand_in_its_way(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"json.py": "import pickle\ndef dumps(n):\n    return pickle.dumps(n)\n", "csv.py": "raise OSError\n"},
    )
    assert loaded_in_a_child(workload_of(tmp_path, "json.py:dumps", items="range(3)")).items == 3


def test_a_file_imports_its_neighbours(tmp_path: Path) -> None:
    write(tmp_path, {"sub/app.py": "import near\ndef run(n):\n    return near.TEN + n\n", "sub/near.py": "TEN = 10\n"})
    assert results_of(look(tmp_path, "sub/app.py:run", items="range(3)")) == [10, 11, 12]


@pytest.mark.parametrize(
    "target",
    ["pack/inner/deep.py:run", "pack.inner.deep:run", "pack/inner/__init__.py:again", "pack.inner:again"],
)
def test_a_relative_import_in_a_package_works(tmp_path: Path, target: str) -> None:
    write(
        tmp_path,
        {
            "pack/__init__.py": "",
            "pack/base.py": "TEN = 10\n",
            "pack/inner/__init__.py": "from .deep import run\ndef again(n):\n    return run(n)\n",
            "pack/inner/deep.py": "from ..base import TEN\ndef run(n):\n    return TEN + n\n",
        },
    )
    assert results_of(look(tmp_path, target, items="range(3)")) == [10, 11, 12]


def test_a_module_that_prints_and_starts_threads_at_import_is_measured(tmp_path: Path) -> None:
    source = (
        "import threading, time\nprint('x' * 1_000_000)\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "def run(n):\n    return n\n"
    )
    write(tmp_path, {"busy.py": source})
    assert loaded_in_a_child(workload_of(tmp_path, "busy.py:run", items="range(3)")).items == 3


@pytest.mark.parametrize(
    ("targets", "results"),
    [
        (["app.py:square(7)"], [49]),
        (["app.py:square(7)", "app.py:quad()"], [49, 2401]),
        (["app.py:square(LIMIT)", "app.py:square(number=LIMIT)"], [49, 49]),
        (["app.py:power(2, exponent=10, negative=True)"], [-1024]),
        (["app.py:power(*[2, 3])", "app.py:power(**{'base': 7})"], [8, 49]),
        (["app.py:square(len('a:b(c)'))", "json:dumps({'a': (1, 2)})"], [36, '{"a": [1, 2]}']),
        (["app.py:Shape.area(7)"], [7]),
    ],
)
def test_calls_that_are_written_out_are_one_item_each(folder: Path, targets: list[str], results: list[object]) -> None:
    assert results_of(look(folder, *targets)) == results


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("app.py", ["'app.py' names no function", "file.py:function"]),
        ("app.py:", ["names no function"]),
        (":square", ["names no function"]),
        ("", ["names no function"]),
        ("nap.py:square", ["there is no file nap.py", "did you mean app.py?"]),
        ("sub/app.py:square", ["there is no file sub/app.py"]),
        (".:square", [". is a folder", "file.py:function"]),
        ("./:square", ["is a folder: name a file in it, as in ./file.py:function"]),
        ("sub.py:square", ["sub.py is a folder"]),
        ("nothing_here:square", ["there is no module 'nothing_here'", "with .py"]),
        ("jsom:dumps", ["there is no module 'jsom'", "did you mean", "json"]),
        ("json.nothing:dumps", ["there is no module 'json.nothing'"]),
        ("app.nothing:square", ["there is no module 'app.nothing'"]),
        ("app.py:sqare", ["there is no function 'sqare' in app.py", "did you mean square"]),
        ("app.py:Shape.aera", ["there is no function 'aera'", "did you mean area?"]),
        ("app.py:zzz.deep", ["there is no function 'zzz' in app.py"]),
        ("app.py:NUMBERS", ["app.py:NUMBERS is no function but a list: [1, 2, 3]"]),
        ("app.py:LIMIT", ["is no function but an int: 7"]),
        ("app.py:json", ["is no function but a module"]),
        ("app.py:stream", ["is a generator function", "a list of it"]),
        ("app.py:drip", ["is a generator function"]),
        ("app.py:quad", ["the function does not fit its items: quad(1): too many positional", "def quad()"]),
        ("app.py:Shape.method", ["does not fit its items", "missing a required argument: 'number'"]),
        ("text.txt:run", ["text.txt is no Python file", ".py"]),
    ],
)
def test_a_target_that_leads_nowhere_is_refused(folder: Path, target: str, words: list[str]) -> None:
    write(folder, {"text.txt": "hello"})
    (folder / "sub.py").mkdir()
    told = refusal(folder, target, items="[1, 2, 3]")
    assert [word for word in words if word not in told] == [], told
    assert len(told.splitlines()) <= 4


@pytest.mark.parametrize(
    ("targets", "items", "words"),
    [
        (["app.py:quad(7)"], None, ["the call quad(7) does not fit", "too many positional arguments", "def quad()"]),
        (["app.py:square()"], None, ["the call square() does not fit", "'number'", "def square(number)"]),
        (["app.py:power(2, up=1)"], None, ["the call power(2, up=1)", "'up'", "def power(base, exponent=2"]),
        (["app.py:square(7"], None, ["the call square(7 is not Python"]),
        *[
            ([f"app.py:{written}"], None, [f"{written} is not a call"])
            for written in ("square(7) + 1", "square(7)(8)", "square(7)[0]", "square(7), 8", "square(7).real")
        ],
        (["app.py:square(unknown)"], None, ["arguments", "NameError", "unknown"]),
        (["app.py:square(1 / 0)"], None, ["arguments", "ZeroDivisionError"]),
        (["app.py:square(7)"], "NUMBERS", ["takes no --items"]),
        (["app.py:square(7)", "app.py:quad"], None, ["write each with its arguments", "'app.py:work(7)'"]),
        (["app.py:square"], None, ["square needs items: add --items SPEC", "'app.py:square(…)'"]),
        (["app.py:sqare(7)"], None, ["no function 'sqare'", "did you mean square"]),
        (
            ["app.py:wait(7)", "app.py:square(7)"],
            None,
            ["wait(7) is a call of an async function", "compare them apart"],
        ),
    ],
)
def test_a_call_that_does_not_fit_is_refused_before_anything_runs(
    folder: Path, targets: list[str], items: str | None, words: list[str]
) -> None:
    told = refusal(folder, *targets, items=items)
    assert [word for word in words if word not in told] == [], told


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def run(n):\n    return (n\n", ["broken.py, line 2", "never closed"]),
        ("def run(n):\nreturn n\n", ["broken.py, line 2", "expected an indented block"]),
        ("import nothing_of_this_name\n", ["importing broken.py failed", "nothing_of_this_name", "line 1"]),
        ("x = 1\ny = x / 0\n", ["importing broken.py failed: ZeroDivisionError", "line 2"]),
        ("import sys\nsys.exit(3)\n", ["runs a program that ends", "if __name__ == '__main__':", "line 2"]),
        ("import near\n", ["importing broken.py failed: KeyError", "near.py", "line 1"]),
    ],
)
def test_a_file_that_cannot_be_imported_is_told_with_its_line(tmp_path: Path, source: str, words: list[str]) -> None:
    write(tmp_path, {"broken.py": source, "near.py": "{}['a']\n"})
    told = refusal(tmp_path, "broken.py:run", items="range(3)")
    assert [word for word in words if word not in told] == [], told
    assert "whichpool/" not in told


def test_a_file_with_null_bytes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_bytes(b"def run(n):\0 return n\n")
    assert "null bytes" in refusal(tmp_path, "broken.py:run", items="range(3)")


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_bytes(b"NAME = '\xff'\ndef run(n): return n\n")
    told = refusal(tmp_path, "broken.py:run", items="range(3)")
    assert "broken.py" in told
    assert "utf-8" in told


def test_loading_tells_what_it_found(folder: Path) -> None:
    loaded = look(folder, "operator:add", items="[(3, 4), (5, 12)]")
    assert [loaded.function(*item) for item in loaded.items] == [7, 17]
    assert loaded.facts.items == 2
    assert loaded.facts.unpacked
    assert not loaded.facts.by_value
    assert loaded.show_item(1) == "item 1 ((5, 12))"


def test_a_written_call_is_shown_as_python_would_write_it(folder: Path) -> None:
    loaded = look(folder, "json:dumps([1, 'two'], indent=2)")
    assert loaded.show_item(0) == "the call dumps([1, 'two'], indent=2)"
    assert loaded.function(loaded.items[0]) == '[\n  1,\n  "two"\n]'


@pytest.mark.parametrize(
    ("targets", "items", "expected"),
    [
        (["app.py:square"], "NUMBERS", [("app.py", "app", "", ["square", "NUMBERS"])]),
        (["app:Shape.area"], "range(LIMIT)", [("app", "app", "", ["Shape", "LIMIT"])]),
        (["app.py:Shape.area"], "lines:LIMIT", [("app.py", "app", "", ["Shape"])]),
        (
            ["app.py:square"],
            "below/other.py:LIST",
            [("app.py", "app", "", ["square"]), ("below/other.py", "other", "below", ["LIST"])],
        ),
        (
            ["json:dumps(7)", "app.py:square(max(NUMBERS))", "json:dumps(repr(detect_encoding))", "./app.py:quad()"],
            None,
            [
                ("json", "json", "", ["dumps", "detect_encoding"]),
                ("app.py", "app", "", ["square", "NUMBERS"]),
                ("./app.py", "app", "", ["quad"]),
            ],
        ),
        (["pack/inner.py:work"], "[1]", [("pack/inner.py", "pack.inner", "", ["work"])]),
    ],
)
def test_it_is_told_how_the_modules_that_were_named_are_imported(
    folder: Path, targets: list[str], items: str | None, expected: list[tuple[str, str, str, list[str]]]
) -> None:
    write(folder, {"below/other.py": "LIST = [1]\n", "pack/__init__.py": "", "LIMIT": "1\n"})
    write(folder, {"pack/inner.py": "def work(item):\n    return item\n"})
    told = look(folder, *targets, items=items).facts.imports
    assert [(found.place, found.module, found.folder, [*found.names]) for found in told] == [
        (place, module, str(folder / below), names) for place, module, below, names in expected
    ]
    assert [found.file for found in told] == [None] * len(told)


def test_a_file_that_its_name_does_not_lead_to_is_told_itself(folder: Path) -> None:
    write(folder, {"json.py": "def dumps(number):\n    return number\n"})
    (told,) = look(folder, "json.py:dumps", items="[1]").facts.imports
    assert (told.module, told.file) == ("json_", str(folder / "json.py"))


@pytest.mark.parametrize(
    ("items", "called"),
    [("NUMBERS", False), ("make", True), ("app:make", True), ("make()", False), ("Color", False)],
)
def test_it_is_told_whether_the_items_are_called(folder: Path, items: str, *, called: bool) -> None:
    write(folder, {"app.py": APP + "import enum\nColor = enum.Enum('Color', 'RED')\ndef make(): return [1]\n"})
    assert look(folder, "app.py:Shape.area", items=items).facts.items_called is called


@pytest.mark.parametrize(
    ("targets", "items", "is_async"),
    [
        (["app.py:wait"], "NUMBERS", True),
        (["app.py:waiter"], "NUMBERS", True),
        (["app.py:method"], "NUMBERS", True),
        (["app.py:part"], "[()]", True),
        (["app.py:wait(7)", "app.py:method(8)"], None, True),
        (["app.py:square"], "NUMBERS", False),
        (["app.py:Waiter"], "[()]", False),
        (["app.py:square(7)"], None, False),
    ],
)
def test_it_is_told_whether_a_call_has_to_be_awaited(
    folder: Path, targets: list[str], items: str | None, *, is_async: bool
) -> None:
    assert look(folder, *targets, items=items).facts.is_async is is_async


@pytest.mark.parametrize("running", [True, False])
def test_it_is_told_whether_the_gil_is_on(folder: Path, monkeypatch: pytest.MonkeyPatch, *, running: bool) -> None:
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: running, raising=False)
    assert look(folder, "operator:add", items="[(3, 4)]").facts.gil is running


def test_a_python_that_knows_nothing_of_it_has_a_gil(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sys, "_is_gil_enabled", raising=False)
    assert look(folder, "operator:add", items="[(3, 4)]").facts.gil
