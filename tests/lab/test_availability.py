"""Which pools there are for a workload, and in what words the others are missed."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.interpreters import each_python
from tests.lab.loading import forgetting
from whichpool.lab.availability import pools_to_try, with_pools
from whichpool.lab.launch import Laboratory
from whichpool.lab.target import load
from whichpool.values import THIS_PYTHON, Dissection, Facts, Options, Python, Workload

SOURCES = Path(__file__).parents[2] / "src"
ADDRESS = "tcp://somewhere:8786"

TARGET = """
import asyncio

def work(number):
    return number

async def wait(number):
    await asyncio.sleep(0)
    return number
"""

IN_INTERPRETERS = """
import _interpreters, os, time

if _interpreters.get_current() != _interpreters.get_main():
    {do}

"""
HURRIED = """
import importlib, sys
from functools import partial
from whichpool.lab.availability import why_not_in_interpreters

sys.path.insert(0, sys.argv[1])
print(why_not_in_interpreters(partial(importlib.import_module, "app"), 0.5))
"""


def facts_of(folder: Path, function: str, options: Options, python: Python = THIS_PYTHON, head: str = "") -> Facts:
    (folder / "app.py").write_text(head + TARGET)
    workload = Workload("app", (f"app.py:{function}",), "range(4)", folder=str(folder))
    seen = Laboratory(workload).dissect(python, options, 0.05, 20)
    assert isinstance(seen, Dissection), seen
    return seen.facts


def test_an_event_loop_is_for_async_functions_only(tmp_path: Path) -> None:
    assert facts_of(tmp_path, "work", Options()).unavailable["asyncio"] == "the target is no async function"
    facts = facts_of(tmp_path, "wait", Options())
    assert facts.is_async
    assert "asyncio" not in facts.unavailable


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python has a pool of interpreters")
def test_a_python_without_interpreters_names_its_version_and_the_first_that_has_them(tmp_path: Path) -> None:
    told = facts_of(tmp_path, "work", Options()).unavailable["interpreters"]
    assert told.startswith("Python 3.1")
    assert "--python 3.14" in told


@pytest.mark.parametrize("python", each_python("3.14", "3.15"))
def test_a_module_that_does_not_load_in_an_interpreter_is_named(tmp_path: Path, python: Python) -> None:
    assert "interpreters" not in facts_of(tmp_path, "work", Options(), python).unavailable
    told = facts_of(tmp_path, "work", Options(), python, head="import faulthandler\n").unavailable["interpreters"]
    assert "module faulthandler does not support loading in subinterpreters" in told


@pytest.mark.parametrize("python", each_python("3.14"))
def test_a_target_that_ends_the_process_in_an_interpreter_costs_that_pool_only(tmp_path: Path, python: Python) -> None:
    head = "import os, threading\nif threading.current_thread() is not threading.main_thread():\n    os._exit(3)\n"
    told = facts_of(tmp_path, "work", Options(), python, head=head).unavailable["interpreters"]
    assert "it ended with exit code 3" in told


def test_an_engine_that_is_not_installed_is_missed_with_the_command_that_installs_it_there(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    python = tmp_path / "bare/bin/python"
    wanted = Options(pools=("loky", "dask", "ray"))
    unavailable = facts_of(tmp_path, "work", wanted, Python(str(python))).unavailable
    assert {pool: told.partition(": ")[2] for pool, told in unavailable.items()} == {
        "loky": f"{python} -m pip install loky",
        "dask": f"{python} -m pip install distributed",
        "ray": f"{python} -m pip install ray",
    }


def test_clusters_are_not_looked_for_unasked(tmp_path: Path) -> None:
    assert not {"dask", "ray"} & set(facts_of(tmp_path, "work", Options()).unavailable)


def test_an_address_that_nobody_answers_at_costs_that_pool_only(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, "work", Options(dask="tcp://127.0.0.1:1"))
    assert facts.unavailable["dask"].startswith("nobody answers at tcp://127.0.0.1:1")
    assert "loky" not in facts.unavailable


def test_what_is_missing_is_known_even_where_the_function_breaks_off_the_look(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import os\n\ndef work(number):\n    os._exit(7)\n")
    workload = Workload("app", ("app.py:work",), "range(4)", folder=str(tmp_path))
    seen = Laboratory(workload).dissect(THIS_PYTHON, Options(), 0.05, 20)
    assert isinstance(seen, Dissection)
    assert seen.anatomy is None
    assert "asyncio" in seen.facts.unavailable


def with_dask(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Facts, dict[str, str]]:
    """Load a workload here, where a Dask is installed; return the addresses of the pools to try."""
    (folder / "app.py").write_text(TARGET)
    monkeypatch.setattr("whichpool.pools.catalogue.find_spec", lambda _: object())
    with forgetting():
        loaded = load(Workload("app", ("app.py:work",), "range(4)", folder=str(folder)))
        facts = with_pools(loaded, ("threads", "dask"), {"dask": ADDRESS})
    tried = pools_to_try(facts, ("threads", "dask"), {"dask": ADDRESS})
    return facts, {strategy.pool: strategy.address for strategy in tried}


def test_a_running_cluster_tells_how_many_workers_it_has_and_is_tried_where_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whichpool.lab.availability._in_a_process", lambda _do, _limit_s: ("3", ""))
    facts, tried = with_dask(tmp_path, monkeypatch)
    assert facts.most_workers == {"dask": 3}
    assert tried == {"threads": "", "dask": ADDRESS}


def test_a_cluster_without_workers_costs_that_pool_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whichpool.lab.availability._in_a_process", lambda _do, _limit_s: ("0", ""))
    facts, tried = with_dask(tmp_path, monkeypatch)
    assert facts.unavailable == {"dask": f"the cluster at {ADDRESS} has no workers: start some"}
    assert tried == {"threads": ""}


def test_an_engine_that_is_there_and_broken_costs_that_pool_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dask").mkdir()
    (tmp_path / "dask/__init__.py").write_text("raise ImportError('half of it is missing')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    facts, tried = with_dask(tmp_path, monkeypatch)
    assert facts.unavailable == {"dask": "distributed is broken here: ImportError: half of it is missing"}
    assert tried == {"threads": ""}


@pytest.mark.parametrize("python", each_python("3.14", "3.15"))
@pytest.mark.parametrize(
    ("do", "tried"), [("pass", ["threads", "interpreters"]), ("import readline", ["threads"])], ids=["loads", "refuses"]
)
def test_interpreters_are_tried_where_the_target_loads_in_one(
    do: str, tried: list[str], python: Python, tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text(IN_INTERPRETERS.format(do=do) + TARGET)
    workload = Workload("app", ("app.py:work",), "range(4)", folder=str(tmp_path))
    seen = Laboratory(workload).dissect(python, Options(pools=("threads", "interpreters")), 1.0, 20)
    assert isinstance(seen, Dissection)
    assert seen.anatomy is not None
    assert [trial.pool for trial in seen.anatomy.trials] == tried
    for trial in seen.anatomy.trials:
        assert (trial.worker_bytes is not None) is (trial.pool == "interpreters")


@pytest.mark.parametrize("python", each_python("3.14"))
def test_an_import_that_hangs_in_an_interpreter_is_told_when_its_time_is_over(python: Python, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(IN_INTERPRETERS.format(do="time.sleep(300)"))
    command = [python.path, "-c", HURRIED, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "importing the target in an interpreter failed: it was not done within 0.5 s"
