"""Interpreters are found by the names that people give them."""

import sys
from pathlib import Path

import pytest

from whichpool.errors import WrongCall
from whichpool.machine.pythons import find_python


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n", encoding="ascii")
    path.chmod(0o755)
    return path


def test_no_name_stands_for_the_python_that_asks() -> None:
    assert find_python("") == ""


def test_a_path_is_taken_as_it_is() -> None:
    assert find_python(sys.executable) == sys.executable


def test_a_path_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongCall, match="no such file"):
        find_python(str(tmp_path / "python"))


def test_a_file_that_is_no_program_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("", encoding="ascii")
    with pytest.raises(WrongCall, match="may not be executed"):
        find_python(str(tmp_path / "notes.txt"))


def test_a_command_is_looked_for_on_path(tmp_path: Path) -> None:
    wanted = program(tmp_path / "pypy3")
    assert find_python("pypy3", {"PATH": str(tmp_path)}) == str(wanted)


def test_a_version_is_looked_for_on_path_first(tmp_path: Path) -> None:
    program(tmp_path / "pyenv/versions/3.14.1/bin/python")
    wanted = program(tmp_path / "bin/python3.14")
    environ = {"PATH": str(tmp_path / "bin"), "PYENV_ROOT": str(tmp_path / "pyenv")}
    assert find_python("3.14", environ) == str(wanted)


def test_of_several_in_pyenv_the_newest_is_taken(tmp_path: Path) -> None:
    for version in ("3.1.9", "3.14.2", "3.14.10", "3.14.11t", "3.140.0"):
        program(tmp_path / f"versions/{version}/bin/python")
    environ = {"PATH": "", "PYENV_ROOT": str(tmp_path)}
    assert find_python("3.14", environ) == str(tmp_path / "versions/3.14.10/bin/python")
    assert find_python("3.14t", environ) == str(tmp_path / "versions/3.14.11t/bin/python")


def test_what_is_nowhere_is_refused_with_what_to_do(tmp_path: Path) -> None:
    environ = {"PATH": str(tmp_path), "PYENV_ROOT": str(tmp_path)}
    with pytest.raises(WrongCall, match=r"no python3\.99 on PATH or in pyenv; name its path"):
        find_python("3.99", environ)
    with pytest.raises(WrongCall, match="no jython on PATH; name its path"):
        find_python("jython", environ)


def test_a_path_in_the_current_folder_is_not_looked_for_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "python3")
    monkeypatch.chdir(tmp_path)
    assert find_python("./python3") == str(tmp_path / "python3")


def test_the_stand_ins_of_pyenv_are_passed_over(tmp_path: Path) -> None:
    program(tmp_path / "shims/python3.14")
    wanted = program(tmp_path / "versions/3.14.2/bin/python")
    environ = {"PATH": str(tmp_path / "shims"), "PYENV_ROOT": str(tmp_path)}
    assert find_python("3.14", environ) == str(wanted)
