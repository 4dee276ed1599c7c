"""What is special about loky: what a function holds travels with it, and nothing is shared between jobs."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from whichpool.errors import Trouble
from whichpool.pools.catalogue import find
from whichpool.pools.chunk import Chunk
from whichpool.pools.parcel import Parcel
from whichpool.pools.protocol import PoolFailed
from whichpool.values import Strategy

if missing := find("loky").why_missing():
    pytest.skip(missing, allow_module_level=True)

SOURCES = Path(__file__).parents[2] / "src"
PATIENCE_S = 20
PROGRAM = """
from loky.backend.resource_tracker import _resource_tracker
from whichpool.pools.chunk import Chunk
from whichpool.pools.loky import open_pool
from whichpool.pools.parcel import Parcel
from whichpool.values import Strategy

with open_pool(Strategy("loky", 2), abs, print) as pool:
    ends = list(pool.run(abs, [Chunk(number, Parcel([number])) for number in range(4)]))
print(_resource_tracker._pid, *{end.worker for end in ends})
"""


def nothing() -> None:
    """Prepare nothing."""


def results_of(
    function: Callable[..., Any], items: Iterable[object], prepare: Callable[[], object] = nothing
) -> list[Any]:
    """Run a function on items, each a chunk of its own."""
    chunks = (Chunk(index, Parcel([item])) for index, item in enumerate(items))
    with find("loky").load()(Strategy("loky", 2), function, prepare) as pool:  # type: ignore[arg-type]
        ends = sorted(pool.run(function, chunks), key=lambda end: end.index)
    return [value for end in ends for value in end.results.values]


def left_in(folder: Path) -> set[str]:
    """List what loky's semaphores and memory maps would leave in a folder."""
    return {file.name for file in folder.iterdir() if "loky" in file.name or "joblib" in file.name}


def test_what_a_closure_holds_travels_with_it() -> None:
    table = {number: str(number) for number in range(3)}
    assert results_of(lambda number: table[number], range(3)) == ["0", "1", "2"]


def test_no_file_and_no_semaphore_is_left() -> None:
    folders = [folder for folder in map(Path, (tempfile.gettempdir(), "/dev/shm")) if folder.is_dir()]  # noqa: S108 - where semaphores are
    before = [left_in(folder) for folder in folders]
    assert results_of(abs, range(-3, 0)) == [3, 2, 1]
    assert [left_in(folder) for folder in folders] == before


def test_what_cannot_be_prepared_is_told() -> None:
    with pytest.raises(PoolFailed, match="exit code 0; so ends one that cannot import the target") as failed:
        results_of(abs, range(3), partial(import_module, "no_such_module"))
    assert failed.value.trouble is Trouble.DIED


def test_no_process_outlives_the_program_that_opened_the_pool() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        check=True,
    )
    tracker, *workers = map(int, done.stdout.split())
    assert workers
    assert tracker not in workers
    deadline = time.monotonic() + PATIENCE_S
    while left := [process for process in (tracker, *workers) if Path(f"/proc/{process}").exists()]:
        assert time.monotonic() < deadline, left
        time.sleep(0.02)
