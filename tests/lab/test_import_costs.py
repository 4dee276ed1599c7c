"""What importing costs, which module turns the GIL on, and what workers repeat."""

import importlib
import importlib.util
import sys
import sysconfig
from collections.abc import Iterator
from importlib import import_module
from importlib.machinery import ExtensionFileLoader, SourceFileLoader
from pathlib import Path
from threading import Thread
from types import ModuleType

import pytest

from tests.lab.loading import forgetting
from whichpool.lab.gil_switch import find_turned_gil_on
from whichpool.lab.import_costs import ImportCosts, import_costs
from whichpool.lab.module_work import find_module_work
from whichpool.values import IMPORTED, Finding, Hazard, PoolKind, Unseen

COMPILED = import_module("pydantic_core._pydantic_core").__name__  # compiled, and not Python's own


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a folder whose modules can be imported, and forget them in the end."""
    monkeypatch.syspath_prepend(tmp_path)
    with forgetting():
        yield tmp_path


def write(folder: Path, **modules: str) -> None:
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)
    importlib.invalidate_caches()


@pytest.fixture
def clock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Let modules tell how long they take, by a clock that they turn themselves."""
    assert folder.is_dir()
    turned = ModuleType("turned_clock")
    turned.now_s = 0.0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "turned_clock", turned)
    monkeypatch.setattr("whichpool.lab.import_costs._now_s", lambda: turned.now_s)
    return turned


@pytest.mark.usefixtures("clock")
def test_each_module_is_charged_with_its_own_time(folder: Path) -> None:
    inner = "import turned_clock; turned_clock.now_s += 4"
    outer = "import turned_clock; turned_clock.now_s += 1; import inner_one; turned_clock.now_s += 2"
    write(folder, outer_one=outer, inner_one=inner)
    with import_costs() as costs:
        importlib.import_module("outer_one")
    assert list(costs.items()) == [("outer_one", 3.0), ("inner_one", 4.0)]


@pytest.mark.usefixtures("clock")
def test_a_module_counts_that_is_executed_without_an_import(folder: Path) -> None:
    write(folder, by_hand="import turned_clock; turned_clock.now_s += 5")
    with import_costs() as costs:
        spec = importlib.util.spec_from_file_location("another_name", folder / "by_hand.py")
        assert spec is not None
        assert spec.loader is not None
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert costs == {"another_name": 5.0}


def test_compiled_modules_count() -> None:
    source = next((name for name in ("_testcapi", "_ctypes_test", "xxlimited", "_zoneinfo") if name in compiled()), "")
    if not source:
        pytest.skip("this Python has no compiled module of its own to spare")
    known = sys.modules.pop(source, None)
    with import_costs() as costs:
        importlib.import_module(source)
    if known is not None:
        sys.modules[source] = known
    assert source in costs


def compiled() -> set[str]:
    """Name the compiled modules that this Python has."""
    found = (importlib.util.find_spec(name) for name in ("_testcapi", "_ctypes_test", "xxlimited", "_zoneinfo"))
    return {spec.name for spec in found if spec is not None and isinstance(spec.loader, ExtensionFileLoader)}


def test_a_module_that_fails_counts_up_to_there_and_its_error_passes(folder: Path) -> None:
    write(folder, failing="1 / 0")
    with import_costs() as costs, pytest.raises(ZeroDivisionError):
        importlib.import_module("failing")
    assert list(costs) == ["failing"]


def test_afterwards_the_loaders_are_as_they_were() -> None:
    before = [dict(vars(loader)) for loader in (SourceFileLoader, ExtensionFileLoader)]
    with pytest.raises(KeyError), import_costs():
        raise KeyError
    assert [dict(vars(loader)) for loader in (SourceFileLoader, ExtensionFileLoader)] == before


@pytest.fixture
def free_threaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this look like a build without a GIL, in which the module ``needs_gil`` turns it on."""
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: name == "Py_GIL_DISABLED")
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: "needs_gil" in sys.modules, raising=False)


@pytest.mark.usefixtures("free_threaded")
def test_the_module_is_named_that_turns_the_gil_on(folder: Path) -> None:
    write(folder, needs_both="import needs_no_gil, needs_gil, later_on", needs_no_gil="", needs_gil="", later_on="")
    with import_costs() as costs:
        importlib.import_module("needs_both")
    (found,) = find_turned_gil_on(costs, [])
    assert isinstance(found, Finding)
    assert (found.hazard, found.subject, list(found.effects)) == (
        Hazard.TURNS_GIL_ON,
        "needs_gil",
        [PoolKind.FREE_THREADS],
    )


@pytest.mark.usefixtures("free_threaded")
def test_an_import_within_the_function_may_turn_the_gil_on(folder: Path) -> None:
    write(folder, needs_no_gil="", needs_gil="")
    with import_costs() as costs:
        importlib.import_module("needs_no_gil")
    assert list(find_turned_gil_on(costs, [])) == []
    importlib.import_module("needs_gil")
    (found,) = find_turned_gil_on(costs, [])
    assert isinstance(found, Finding)
    assert found.subject == "an import within the function"


@pytest.mark.usefixtures("free_threaded")
def test_a_gil_that_was_on_from_the_start_was_not_turned_on(folder: Path) -> None:
    write(folder, needs_gil="", needs_no_gil="")
    importlib.import_module("needs_gil")
    with import_costs() as costs:
        importlib.import_module("needs_no_gil")
    assert list(find_turned_gil_on(costs, [])) == []


@pytest.mark.skipif(bool(sysconfig.get_config_var("Py_GIL_DISABLED")), reason="this build can do without the GIL")
def test_with_a_gil_it_is_open_whether_a_compiled_package_would_turn_it_on() -> None:
    (open_question,) = find_turned_gil_on(ImportCosts(), [COMPILED])
    assert isinstance(open_question, Unseen)
    assert open_question.kinds == (PoolKind.FREE_THREADS,)


def test_what_comes_with_python_leaves_nothing_open() -> None:
    assert list(find_turned_gil_on(ImportCosts(), ["json", "_json", "whichpool"])) == []


def test_work_of_the_own_module_is_a_hazard_where_workers_import_it() -> None:
    (found,) = find_module_work(["app"], {"app": 1.3, "json": 0.02})
    assert tuple(found.effects) == IMPORTED
    assert "1.30 s" in found.effects[PoolKind.SPAWN]


def test_quick_modules_are_nothing_to_speak_of() -> None:
    assert list(find_module_work(["app"], {"app": 0.05, "json": 0.2})) == []


def test_slow_imports_are_a_note_that_names_the_slowest_packages() -> None:
    costs = {"app": 0.01, "pandas": 0.2, "pandas.core": 0.5, "json": 0.01, "numpy": 0.3, "pytz": 0.1}
    (found,) = find_module_work(["app"], costs)
    assert found.effects == {}
    assert found.message.endswith("pandas 700 ms, numpy 300 ms, pytz 100 ms")


def test_threads_that_import_at_once_are_charged_apart(folder: Path) -> None:
    write(folder, slow_one="import time; time.sleep(0.3)", slow_two="import time; time.sleep(0.3)")
    with import_costs() as costs:
        threads = [Thread(target=importlib.import_module, args=(name,)) for name in ("slow_one", "slow_two")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert min(costs["slow_one"], costs["slow_two"]) > 0.2  # they sleep longer, and neither is within the other
