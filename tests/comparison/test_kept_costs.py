"""What things cost is kept while all that it hangs on stays the same."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.costs import COSTS
from whichpool.comparison import kept_costs as keeping
from whichpool.comparison.kept_costs import keep_costs, kept_costs
from whichpool.pools.catalogue import NAMES
from whichpool.values import Python

HERE = Python()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep in a folder of the test's own, which is not there yet."""
    monkeypatch.setattr(keeping, "user_cache_path", lambda name, **_: tmp_path / "cache" / name)
    return tmp_path / "cache/whichpool"


def build(change: Callable[[dict[str, Any]], None] = lambda _: None) -> Callable[..., dict[str, Any]]:
    made: dict[str, Any] = {"executable": "/usr/bin/python3", "version": "3.11.7 (main)", "packages": {"loky": "3.4"}}
    change(made)
    return lambda *_: made


def test_nothing_is_kept_before_anything_was_measured() -> None:
    assert kept_costs(HERE) is None


def test_what_was_kept_comes_back_as_it_was(cache: Path) -> None:
    assert keep_costs(HERE, COSTS) is None
    assert kept_costs(HERE) == COSTS
    assert len(list(cache.iterdir())) == 1


def test_what_is_kept_anew_takes_the_place_of_the_old(cache: Path) -> None:
    keep_costs(HERE, COSTS)
    keep_costs(HERE, replace(COSTS, elapsed_s=9.0))
    assert kept_costs(HERE) == replace(COSTS, elapsed_s=9.0)
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda build: build.update(version="3.11.8 (main)"),
        lambda build: build.update(executable="/opt/python3"),
        lambda build: build.update(packages={"loky": "3.5"}),
        lambda build: build.update(packages={"loky": None}),
    ],
    ids=["version", "executable", "engine", "engine gone"],
)
def test_costs_of_another_interpreter_do_not_count(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[dict[str, Any]], None]
) -> None:
    monkeypatch.setattr(keeping, "build_of", build())
    keep_costs(HERE, COSTS)
    assert kept_costs(HERE) == COSTS
    monkeypatch.setattr(keeping, "build_of", build(change))
    assert kept_costs(HERE) is None


def test_costs_of_another_machine_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_costs(HERE, COSTS)
    monkeypatch.setattr(keeping, "fingerprint", lambda _: "another")
    assert kept_costs(HERE) is None


def test_costs_without_a_pool_that_has_come_since_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_costs(HERE, COSTS)
    monkeypatch.setattr(keeping, "NAMES", (*NAMES, "another"))
    assert kept_costs(HERE) is None


def test_costs_of_another_schema_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_costs(HERE, COSTS)
    monkeypatch.setattr(keeping, "SCHEMA", "whichpool.costs/0")
    assert kept_costs(HERE) is None


def test_a_build_without_its_gil_and_the_same_with_it_are_kept_apart() -> None:
    with_gil = Python(gil_on=True)
    keep_costs(HERE, COSTS)
    assert kept_costs(with_gil) is None
    keep_costs(with_gil, replace(COSTS, elapsed_s=9.0))
    assert kept_costs(HERE) == COSTS


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"schema": "whichpool.costs/1"}'],
    ids=["empty", "torn", "list", "null", "no text", "deep", "bare"],
)
def test_a_broken_file_is_ignored_and_written_anew(cache: Path, content: bytes) -> None:
    keep_costs(HERE, COSTS)
    (file,) = cache.iterdir()
    file.write_bytes(content)
    assert kept_costs(HERE) is None
    assert keep_costs(HERE, COSTS) is None
    assert kept_costs(HERE) == COSTS


def test_a_file_whose_figures_are_none_is_ignored(cache: Path) -> None:
    keep_costs(HERE, COSTS)
    (file,) = cache.iterdir()
    kept = json.loads(file.read_text(encoding="utf-8"))
    kept["costs"]["pools"][0]["ready_s"] = ["soon"]
    file.write_text(json.dumps(kept), encoding="utf-8")
    assert kept_costs(HERE) is None


def test_a_folder_that_cannot_be_made_is_told_and_nothing_more(cache: Path) -> None:
    cache.parent.write_text("a file is in the way", encoding="utf-8")
    told = keep_costs(HERE, COSTS)
    assert told is not None
    assert "could not be written: Not a directory" in told
    assert kept_costs(HERE) is None


def test_a_file_that_cannot_be_replaced_leaves_no_draft(cache: Path) -> None:
    keep_costs(HERE, COSTS)
    (file,) = cache.iterdir()
    file.unlink()
    file.mkdir()
    told = keep_costs(HERE, COSTS)
    assert told is not None
    assert "Is a directory" in told
    assert list(cache.iterdir()) == [file]


def test_an_interpreter_that_does_not_answer_has_no_costs(tmp_path: Path) -> None:
    nowhere = Python(str(tmp_path / "python"))
    assert kept_costs(nowhere) is None
    assert "does not tell what build it is" in (keep_costs(nowhere, COSTS) or "")
