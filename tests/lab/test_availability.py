"""Which pools a workload can be raced in, and what is said of the others."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.interpreters import each_python
from tests.lab.loading import forgetting
from whichpool.errors import Trouble
from whichpool.lab.availability import pools_to_try, with_pools
from whichpool.lab.launch import Laboratory
from whichpool.lab.target import load
from whichpool.pools.catalogue import CATALOGUE, find
from whichpool.pools.protocol import PoolFailed
from whichpool.values import Dissection, Facts, Options, Python, Workload

SOURCES = Path(__file__).parents[2] / "src"
LOCAL = [row.name for row in CATALOGUE[1:] if not row.is_cluster]
TARGETS = """
def add_one(number):
    return number + 1

async def add_one_later(number):
    return number + 1
"""
IN_INTERPRETERS = """
import _interpreters, os, time

if _interpreters.get_current() != _interpreters.get_main():
    {do}

def add_one(number):
    return number + 1
"""
HURRIED = """
import importlib, sys
from functools import partial
from whichpool.lab.availability import why_not_in_interpreters

sys.path.insert(0, sys.argv[1])
print(why_not_in_interpreters(partial(importlib.import_module, "target"), 0.5))
"""
PYTHONS = each_python("3.14", "3.15")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "target.py").write_text(TARGETS, encoding="ascii")
    return tmp_path


def facts_of(
    folder: Path, *wanted: str, function: str = "add_one", addresses: dict[str, str] | None = None
) -> tuple[Facts, list[str]]:
    """Load a workload here; return what is known of its pools, and the names of those that can be tried."""
    with forgetting():
        loaded = load(Workload("target", (f"target.py:{function}",), "range(3)", folder=str(folder)))
        facts = with_pools(loaded, wanted, addresses or {})
    return facts, [strategy.pool for strategy in pools_to_try(facts, wanted, addresses or {})]


def seen_by(python: Python, folder: Path) -> Dissection:
    """Look at a workload in another Python, at what it says of threads and interpreters."""
    laboratory = Laboratory(Workload("target", ("target.py:add_one",), "range(3)", folder=str(folder)))
    seen = laboratory.dissect(python, Options(pools=("threads", "interpreters")), box_s=3.0, limit_s=20)
    assert isinstance(seen, Dissection), seen
    return seen


def answer(monkeypatch: pytest.MonkeyPatch, slots: object) -> None:
    """Have a Dask installed whose clusters answer so."""
    monkeypatch.setattr("whichpool.pools.catalogue.find_spec", lambda _: object())
    monkeypatch.setitem(sys.modules, find("dask").module, SimpleNamespace(slots=slots))  # type: ignore[arg-type]


@pytest.mark.parametrize(("function", "is_there"), [("add_one", False), ("add_one_later", True)])
def test_asyncio_is_for_async_functions(folder: Path, function: str, *, is_there: bool) -> None:
    facts, tried = facts_of(folder, "asyncio", "threads", function=function)
    assert facts.unavailable == ({} if is_there else {"asyncio": "the target is no async function"})
    assert tried == (["asyncio", "threads"] if is_there else ["threads"])


def test_a_package_that_is_missing_is_told_with_the_command_that_installs_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whichpool.pools.catalogue.find_spec", lambda _: None)
    facts, tried = facts_of(folder, "loky", "processes")
    assert facts.unavailable == {"loky": f"loky is not installed: {sys.executable} -m pip install loky"}
    assert tried == ["processes"]


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python has a pool of interpreters")
def test_a_python_that_is_too_old_for_a_pool_is_told_with_the_first_that_has_it(folder: Path) -> None:
    facts, tried = facts_of(folder, "interpreters")
    assert facts.unavailable["interpreters"].endswith("has no such pool; 3.14 is the first that has: --python 3.14")
    assert tried == []


def test_clusters_are_asked_for_only_by_their_name_or_address(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, lambda _address: 3)
    facts, tried = facts_of(folder)
    assert {*facts.unavailable, *tried} == set(LOCAL)
    assert "dask" in facts_of(folder, "dask")[1]
    facts, tried = facts_of(folder, addresses={"dask": "tcp://somewhere:8786"})
    assert {*facts.unavailable, *tried} == {*LOCAL, "dask"}


def test_a_running_cluster_tells_how_many_workers_it_has_and_is_tried_where_it_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, {"tcp://somewhere:8786": 3}.__getitem__)
    addresses = {"dask": "tcp://somewhere:8786"}
    facts, _ = facts_of(folder, "dask", addresses=addresses)
    assert facts.most_workers == {"dask": 3}
    (strategy,) = pools_to_try(facts, ("dask",), addresses)
    assert strategy.address == "tcp://somewhere:8786"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (PoolFailed(Trouble.UNAVAILABLE, "nobody answers"), "nobody answers"),
        (ImportError("half of it is missing"), "distributed is broken here: ImportError: half of it is missing"),
    ],
)
def test_a_cluster_that_cannot_be_had_costs_no_other_pool(
    error: Exception, told: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slots(_address: str) -> int:
        raise error

    answer(monkeypatch, slots)
    facts, tried = facts_of(folder, "threads", "dask", addresses={"dask": "tcp://somewhere:8786"})
    assert facts.unavailable == {"dask": told}
    assert tried == ["threads"]


@pytest.mark.parametrize("python", PYTHONS)
def test_what_can_be_imported_in_an_interpreter_is_tried_there(python: Python, folder: Path) -> None:
    seen = seen_by(python, folder)
    assert seen.facts.unavailable == {}
    assert seen.anatomy is not None
    of_threads, of_interpreters = seen.anatomy.trials
    assert (of_threads.pool, of_interpreters.pool) == ("threads", "interpreters")
    assert of_threads.worker_bytes is None
    assert of_interpreters.worker_bytes is not None
    assert of_interpreters.worker_bytes > 0


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    ("do", "told"),
    [
        ("import readline", "module readline does not support loading in subinterpreters"),
        (
            "os.kill(os.getpid(), 11)",
            "importing the target in an interpreter ends the process: it was killed by SIGSEGV",
        ),
        ("os._exit(3)", "importing the target in an interpreter ends the process: it ended with exit code 3"),
    ],
    ids=["refuses", "crashes", "exits"],
)
def test_what_cannot_be_imported_in_an_interpreter_is_told_and_not_tried(
    do: str, told: str, python: Python, tmp_path: Path
) -> None:
    (tmp_path / "target.py").write_text(IN_INTERPRETERS.format(do=do), encoding="ascii")
    seen = seen_by(python, tmp_path)
    assert seen.facts.unavailable["interpreters"].endswith(told)
    assert seen.anatomy is not None
    assert [trial.pool for trial in seen.anatomy.trials] == ["threads"]


@pytest.mark.parametrize("python", PYTHONS)
def test_an_import_that_hangs_in_an_interpreter_is_told_when_its_time_is_over(python: Python, tmp_path: Path) -> None:
    (tmp_path / "target.py").write_text(IN_INTERPRETERS.format(do="time.sleep(300)"), encoding="ascii")
    command = [python.path, "-c", HURRIED, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "the target was not imported in an interpreter within 0.5 s"
