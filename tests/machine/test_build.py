"""An interpreter tells which build it is, and what is installed for it."""

import sys
from pathlib import Path

import pytest

from whichpool.machine.build import build_of


def program(path: Path, lines: str) -> str:
    path.write_text(f"#!/bin/sh\n{lines}\n", encoding="ascii")
    path.chmod(0o755)
    return str(path)


def test_asked_from_outside_an_interpreter_tells_the_same_as_from_inside() -> None:
    packages = ["pytest", "a-package-that-is-not-there"]
    build = build_of("", packages)
    assert build == build_of(sys.executable, packages)
    assert build is not None
    assert build["version"] == sys.version
    assert build["packages"] == {"pytest": pytest.__version__, "a-package-that-is-not-there": None}


@pytest.mark.parametrize("lines", ["exit 1", "echo hello", "echo '[1]'", "kill -9 $$"])
def test_what_is_no_python_tells_nothing(tmp_path: Path, lines: str) -> None:
    assert build_of(program(tmp_path / "python", lines), []) is None


def test_what_is_not_there_tells_nothing(tmp_path: Path) -> None:
    assert build_of(str(tmp_path / "python"), []) is None
