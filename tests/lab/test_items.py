"""Items: what each form of ``--items`` gives, and what a SPEC that gives nothing is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.loading import forgetting, loaded_in_a_child, results_of
from whichpool.errors import WrongCall
from whichpool.lab.launch import Laboratory
from whichpool.lab.target import Loaded, load
from whichpool.values import THIS_PYTHON, Failure, Options, Workload

APP = """
import itertools

def same(item):
    return item

def add(one, other):
    return one + other

LIST = [1, 2, 3]
SET = {4}
TEXT = "abc"
LIMIT = 7
EMPTY = []
DICT = {"a": 1, "b": 2}
GENERATOR = (number for number in range(3))
SPACED = ["with spaces"]

def make():
    return [5, 6]

def make_generator():
    yield 7
    yield 8

def make_nothing():
    return []

def make_none():
    pass

def make_endless():
    return itertools.count()

def make_needing(argument):
    return [argument]

def break_at_once():
    raise LookupError("no such thing")

def break_later():
    yield 1
    raise LookupError("no such thing")

def leave():
    raise SystemExit(3)

class Endless:
    def __getitem__(self, place):
        return place
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with a target, and files that hold items."""
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    (tmp_path / "other.py").write_text("LIST = ['of another']\ndef make():\n    return ['made']\n", encoding="utf-8")
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a folder" / "ömf.py").write_text("LIST = ['far']\n", encoding="utf-8")
    (tmp_path / "words.txt").write_text("one\ntwo words\n\nvier ö\n", encoding="utf-8")
    (tmp_path / "values.jsonl").write_text('1\n\n{"a": [2]}\n"drei"\n', encoding="utf-8")
    (tmp_path / "broken.jsonl").write_text('1\n{"a": 2}\n{"a" 3}\n', encoding="utf-8")
    (tmp_path / "latin.txt").write_bytes("eins\nzwei\nfünf\n".encode("latin-1"))
    (tmp_path / "empty.txt").touch()
    for name in ("b.csv", "a.csv", "c.txt"):
        (tmp_path / "a folder" / name).touch()
    return tmp_path


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    with forgetting():
        yield


def workload_of(folder: Path, spec: str, function: str = "same", max_items: int = 1000) -> Workload:
    """Name what is to be loaded."""
    return Workload("app", (f"app.py:{function}",), spec, folder=str(folder), max_items=max_items)


def look(folder: Path, spec: str, function: str = "same", max_items: int = 1000) -> Loaded:
    """Load a workload."""
    return load(workload_of(folder, spec, function, max_items))


@pytest.mark.parametrize(
    ("spec", "items"),
    [
        ("LIST", [1, 2, 3]),
        ("SET", [4]),
        ("DICT", ["a", "b"]),
        ("GENERATOR", [0, 1, 2]),
        ("make", [5, 6]),
        ("make_generator", [7, 8]),
        ("make()", [5, 6]),
        ("other.py:LIST", ["of another"]),
        ("other.py:make", ["made"]),
        ("other:LIST", ["of another"]),
        ("a folder/ömf.py:LIST", ["far"]),
        ("./other.py:LIST", ["of another"]),
        ("range(3)", [0, 1, 2]),
        (" [1, 'two'] ", [1, "two"]),
        ("LIST * 2", [1, 2, 3, 1, 2, 3]),
        ("[n + LIMIT for n in LIST]", [8, 9, 10]),
        ("itertools.islice(itertools.count(), 3)", [0, 1, 2]),
        ("DICT.items()", [("a", 1), ("b", 2)]),
        ("{'a': 1}", ["a"]),
        ("[None]", [None]),
        ("[x[1:2] for x in ('abc',)]", ["b"]),
        ("lines:words.txt", ["one", "two words", "", "vier ö"]),
        ("jsonl:values.jsonl", [1, {"a": [2]}, "drei"]),
    ],
)
def test_a_spec_gives_its_items(folder: Path, spec: str, items: list[object]) -> None:
    assert results_of(look(folder, spec)) == items


def test_glob_gives_the_paths_in_order(folder: Path) -> None:
    found = look(folder, "glob:a folder/*.csv").items
    assert found == [str(folder / "a folder" / name) for name in ("a.csv", "b.csv")]


def test_glob_looks_into_folders_below(folder: Path) -> None:
    assert look(folder, "glob:**/*.txt").facts.items == 4


@pytest.mark.parametrize("spec", ["LIST", "make_generator", "a folder/ömf.py:LIST", "jsonl:values.jsonl"])
def test_a_child_makes_the_items_that_its_caller_would(folder: Path, spec: str) -> None:
    workload = workload_of(folder, spec)
    assert loaded_in_a_child(workload).items == len(load(workload).items)


@pytest.mark.parametrize(("form", "count"), [("lines", 4), ("glob", 1)])
def test_an_absolute_path_is_taken_as_it_is(folder: Path, form: str, count: int) -> None:
    assert look(folder, f"{form}:{folder / 'words.txt'}").facts.items == count


def test_a_path_from_home_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert look(folder, "lines:~/words.txt").facts.items == 4


def test_as_many_items_as_the_cap_are_not_too_many(folder: Path) -> None:
    assert look(folder, "iter(range(10))", max_items=10).facts.items == 10


def test_what_has_a_length_has_an_end(folder: Path) -> None:
    assert look(folder, "range(2000)", max_items=10).facts.items == 2000
    assert look(folder, "set(range(2000))", max_items=10).facts.items == 2000


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("LITS", ["names are looked up in the target's module", "did you mean LIST"]),
        ("nothing_such", ["'nothing_such' is not defined"]),
        ("other.py:LITS", ["--items other.py:LITS: there is no 'LITS' in other"]),
        ("otter.py:LIST", ["there is no file otter.py", "did you mean other.py?"]),
        ("nothing_such:LIST", ["there is no module 'nothing_such'"]),
        ("EMPTY", ["there is no item to run: EMPTY is empty"]),
        ("make_nothing", ["there is no item to run: make_nothing is empty"]),
        ("[]", ["there is no item to run"]),
        ("range(0)", ["there is no item to run"]),
        ("glob:*.nothing", ["there is no item to run: glob:*.nothing is empty"]),
        ("lines:empty.txt", ["there is no item to run"]),
        ("jsonl:empty.txt", ["there is no item to run"]),
        ("", ["neither a name nor a Python expression"]),
        ("TEXT", ["is one str", "lines:FILE"]),
        ("'abc'", ["is one str"]),
        ("b'abc'", ["is one bytes"]),
        ("LIMIT", ["--items LIMIT is an int, which cannot be iterated over"]),
        ("7", ["is an int, which cannot be iterated over"]),
        ("None", ["is a NoneType, which cannot be iterated over"]),
        ("make_none", ["is a NoneType, which cannot be iterated over"]),
        ("make_endless", ["more than 1,000 items and may never end", "--max-items", "itertools.islice"]),
        ("itertools.count()", ["more than 1,000 items"]),
        ("itertools.repeat(1)", ["more than 1,000 items"]),
        ("iter(Endless())", ["more than 1,000 items"]),
        ("make_needing", ["failed while the items were made", "missing 1 required positional argument"]),
        ("break_at_once", ["failed while the items were made", "LookupError: no such thing", "app.py"]),
        ("break_later", ["failed while the items were made", "LookupError: no such thing", "app.py"]),
        ("1 / 0", ["ZeroDivisionError"]),
        ("[1, 2", ["neither a name nor a Python expression", "'range(100)'", "jsonl:FILE"]),
        ("import os", ["neither a name nor a Python expression"]),
        ("string:digits.split", ["neither a name nor a Python expression"]),
        ("lambda: LIST", ["is a function, which cannot be iterated over"]),
        ("a, b = 1, 2", ["neither a name nor a Python expression"]),
        ("lines:nothing.txt", ["nothing.txt cannot be read: No such file"]),
        ("lines:a folder", ["a folder cannot be read: Is a directory"]),
        ("lines:", ["cannot be read"]),
        ("jsonl:nothing.txt", ["nothing.txt cannot be read"]),
        ("lines:latin.txt", ["latin.txt is not UTF-8 text: line 3 holds the byte 0xfc"]),
        ("jsonl:latin.txt", ["latin.txt is not UTF-8 text: line 3"]),
        ("jsonl:broken.jsonl", ["broken.jsonl, line 3 is not JSON"]),
    ],
)
def test_a_spec_that_gives_no_items_is_refused(folder: Path, spec: str, words: list[str]) -> None:
    with pytest.raises(WrongCall) as refused:
        look(folder, spec)
    told = str(refused.value)
    assert [word for word in words if word not in told] == [], told
    assert "whichpool/" not in told


def test_a_program_that_ends_while_items_are_made_is_told(folder: Path) -> None:
    workload = Workload("app", ("app.py:same",), "leave", folder=str(folder))
    seen = Laboratory(workload).dissect(THIS_PYTHON, Options(), box_s=0.1, limit_s=20)
    assert isinstance(seen, Failure)
    assert "items" in seen.message


def test_tuples_are_unpacked_only_where_the_function_wants_several_arguments(folder: Path) -> None:
    assert results_of(look(folder, "[(1, 2)]", "same")) == [(1, 2)]
    assert results_of(look(folder, "[(1, 2)]", "add")) == [3]
