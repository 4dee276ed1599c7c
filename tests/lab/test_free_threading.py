"""Whether a build without a GIL runs without one is seen in the child, by what happens there."""

import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.loading import forgetting
from whichpool.lab.launch import Laboratory
from whichpool.lab.target import load
from whichpool.machine.pythons import find_pythons
from whichpool.values import Dissection, Draw, Options, Python, Sample, Strategy, Workload

FREE_THREADED = next((found for found in map(find_pythons, (["3.15t"], ["3.14t"], ["3.13t"])) if len(found) > 1), ())
needs_one = pytest.mark.skipif(
    not FREE_THREADED, reason="no free-threaded Python (3.13t, 3.14t, 3.15t) is found on this machine"
)


@pytest.fixture
def workload(tmp_path: Path) -> Iterator[Workload]:
    """Give a workload that imports the module ``needs_gil``."""
    (tmp_path / "app.py").write_text("import json, needs_gil\ndef square(x): return x * x\n", encoding="ascii")
    (tmp_path / "needs_gil.py").write_text("", encoding="ascii")
    with forgetting():
        yield Workload("app", ("app.py:square",), "range(8)", folder=str(tmp_path))


def test_loading_names_the_import_that_turned_the_gil_on(workload: Workload, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: name == "Py_GIL_DISABLED")
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: "needs_gil" in sys.modules, raising=False)
    facts = load(workload).facts
    assert (facts.is_free_threaded, facts.gil, facts.turned_gil_on) == (True, True, "needs_gil")


def test_a_gil_that_was_asked_for_was_turned_on_by_no_import(
    workload: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: name == "Py_GIL_DISABLED")
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: True, raising=False)
    facts = load(workload).facts
    assert (facts.is_free_threaded, facts.gil, facts.turned_gil_on) == (True, True, "")


def test_a_build_with_a_gil_says_so(workload: Workload, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sysconfig, "get_config_var", lambda _name: None)
    facts = load(workload).facts
    assert (facts.is_free_threaded, facts.gil, facts.turned_gil_on) == (False, True, "")


def sampled(workload: Workload, python: Python) -> Sample:
    sample = Laboratory(workload).measure(Strategy("threads", 2, 4, python=python), Draw(8), 0, 20.0)
    assert isinstance(sample, Sample), sample
    return sample


@needs_one
def test_the_same_build_runs_without_its_gil_and_with_it(workload: Workload) -> None:
    free, with_gil = FREE_THREADED
    assert sampled(workload, free).gil is False
    assert sampled(workload, with_gil).gil is True


@needs_one
def test_a_real_import_that_turns_the_gil_on_is_named(workload: Workload) -> None:
    free, _ = FREE_THREADED
    Path(workload.folder, "needs_gil.py").write_text(
        "try: import _testsinglephase\nexcept ImportError: pass\n", encoding="ascii"
    )
    seen = Laboratory(workload).dissect(free, Options(pools=("threads",)), 0.01, 20.0)
    assert isinstance(seen, Dissection)
    assert seen.facts.is_free_threaded
    if not seen.facts.gil:
        pytest.skip("this build comes without _testsinglephase, a module of CPython's own tests that needs the GIL")
    assert seen.facts.turned_gil_on == "_testsinglephase"
    assert sampled(workload, free).gil is True
