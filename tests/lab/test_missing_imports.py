"""What a Python lacks is named with the command that installs it there."""

import sys
from pathlib import Path

import pytest

from tests.lab.loading import forgetting
from whichpool.errors import WrongCall
from whichpool.lab.missing_imports import how_to_install, remedy
from whichpool.lab.target import load
from whichpool.values import Workload


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("no_such_module", "no_such_module"),
        ("no_such_package.part", "no_such_package"),
        ("skimage.filters", "scikit-image"),
        ("google.protobuf", "protobuf"),
        ("google.protobuf.message", "protobuf"),
        ("PIL", "pillow"),
    ],
)
def test_the_command_names_the_distribution_of_a_module(module: str, distribution: str) -> None:
    assert how_to_install(module, "/usr/bin/python3.13") == f"/usr/bin/python3.13 -m pip install {distribution}"


def test_the_command_can_be_pasted_into_a_shell() -> None:
    assert how_to_install("nothing_known", "/my pythons/python") == "'/my pythons/python' -m pip install nothing_known"


@pytest.mark.parametrize("module", ["_tkinter", "distutils.core", "imp", "cgi", "json.nothing", "pytest.nothing"])
def test_nothing_is_installed_that_python_or_a_package_itself_lacks(module: str) -> None:
    assert how_to_install(module, "python") == ""


def test_another_error_is_no_missing_import() -> None:
    assert remedy(ImportError("cannot import name", name="numpy")) == ""
    assert remedy(ModuleNotFoundError("raised by hand")) == ""
    assert remedy(ModuleNotFoundError("no part", name="app.part"), own="app") == ""


@pytest.mark.parametrize(("missing", "is_told"), [("no_such_module", True), ("app.part", False)])
def test_a_target_that_lacks_an_import_is_told_what_to_install(tmp_path: Path, missing: str, *, is_told: bool) -> None:
    (tmp_path / "app.py").write_text(f"import {missing}\ndef work(x): return x\n", encoding="ascii")
    with forgetting(), pytest.raises(WrongCall) as caught:
        load(Workload("app", ("app.py:work",), "range(3)", folder=str(tmp_path)))
    first = str(caught.value).splitlines()[0]
    assert first.startswith("importing app.py failed: ModuleNotFoundError: No module named ")
    assert first.endswith(f"'; install it there: {sys.executable} -m pip install no_such_module") is is_told
