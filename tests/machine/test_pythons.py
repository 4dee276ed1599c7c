"""Interpreters are found by the names that people give them."""

import platform
import sys
from pathlib import Path

import pytest

from whichpool.errors import WrongCall
from whichpool.machine.interpreter import ask
from whichpool.machine.pythons import every_interpreter, find_python, find_pythons
from whichpool.values import THIS_PYTHON, Python

MINE = ask(sys.executable)


def pretender(path: Path, version: str, *, implementation: str = "cpython") -> str:
    """Put a program there that says it is a Python; of a version with ``t`` behind it, a free-threaded one."""
    numbers, is_free = version.removesuffix("t"), version.endswith("t")
    answer = "\t".join(["whichpool asked", numbers, implementation, str(is_free), str(not is_free), str(path)])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nprintf '%s\\n' '{answer}'\n", encoding="ascii")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing is installed."""
    (tmp_path / "bin").mkdir()
    return {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}


def names(pythons: tuple[Python, ...]) -> list[str]:
    return [python.name for python in pythons]


def test_no_name_stands_for_the_python_that_asks() -> None:
    assert find_python("") == ""
    assert find_pythons([]) == find_pythons([""]) == (THIS_PYTHON,)


def test_one_that_is_alone_needs_no_name() -> None:
    assert find_pythons([sys.executable]) == (Python(sys.executable),)


def test_a_path_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = pretender(tmp_path / "python3", "3.13.1")
    monkeypatch.chdir(tmp_path)
    assert find_python("./python3") == python


def test_a_command_is_looked_for_on_path(tmp_path: Path, environ: dict[str, str]) -> None:
    wanted = pretender(tmp_path / "bin/pypy3", "3.11.11", implementation="pypy")
    assert find_pythons(["pypy3"], environ) == (Python(wanted),)
    assert names(find_pythons(["", "pypy3"], environ)) == [MINE.minor, "pypy3.11"]


def test_a_version_is_looked_for_on_path_first(tmp_path: Path, environ: dict[str, str]) -> None:
    pretender(tmp_path / ".pyenv/versions/3.14.9/bin/python", "3.14.9")
    wanted = pretender(tmp_path / "bin/python3", "3.14.1")
    assert find_python("3.14", environ) == wanted


@pytest.mark.parametrize(
    "place",
    [
        "bin/python3.14",
        "more/python3",
        ".pyenv/versions/3.14.2/bin/python3",
        ".local/share/uv/python/cpython-3.14.2-linux-x86_64-gnu/bin/python3.14",
        "miniconda3/bin/python3",
        "anaconda3/bin/python3",
        "miniforge3/envs/science/bin/python3",
        "mambaforge/envs/science/bin/python3",
        "prefix/bin/python3",
    ],
)
def test_a_version_is_found_wherever_pythons_are_put(tmp_path: Path, environ: dict[str, str], place: str) -> None:
    wanted = pretender(tmp_path / place, "3.14.2")
    environ |= {"WHICHPOOL_PYTHONS": str(tmp_path / "more"), "CONDA_PREFIX": str(tmp_path / "prefix")}
    assert find_python("3.14", environ) == find_python("3.14.2", environ) == wanted


@pytest.mark.parametrize(
    ("variable", "place"),
    [
        ("PYENV_ROOT", "versions/3.14.2/bin/python3"),
        ("UV_PYTHON_INSTALL_DIR", "cpython-3.14.2/bin/python3"),
        ("XDG_DATA_HOME", "uv/python/cpython-3.14.2/bin/python3"),
    ],
)
def test_folders_may_be_elsewhere(tmp_path: Path, environ: dict[str, str], variable: str, place: str) -> None:
    wanted = pretender(tmp_path / "elsewhere" / place, "3.14.2")
    assert find_python("3.14", {**environ, variable: str(tmp_path / "elsewhere")}) == wanted


def test_a_launcher_is_asked_for_what_it_knows(tmp_path: Path, environ: dict[str, str]) -> None:
    wanted = pretender(tmp_path / "odd place/python3.14", "3.14.2")
    launcher = tmp_path / "bin/py"
    launcher.write_text(f"#!/bin/sh\nprintf ' 3.14 │ {wanted}\\n 3.12 │ /gone/python3.12\\n'\n", encoding="utf-8")
    launcher.chmod(0o755)
    assert find_python("3.14", environ) == wanted


def test_of_several_in_pyenv_the_newest_is_taken(tmp_path: Path, environ: dict[str, str]) -> None:
    for version in ("3.1.9", "3.14.2", "3.14.10", "3.14.11t", "3.140.0"):
        pretender(tmp_path / f".pyenv/versions/{version}/bin/python3", version)
    assert find_python("3.14", environ) == str(tmp_path / ".pyenv/versions/3.14.10/bin/python3")
    assert find_python("3.14t", environ) == str(tmp_path / ".pyenv/versions/3.14.11t/bin/python3")


def test_the_stand_ins_of_pyenv_are_passed_over(tmp_path: Path, environ: dict[str, str]) -> None:
    pretender(tmp_path / ".pyenv/shims/python3.14", "3.14.0")
    wanted = pretender(tmp_path / ".pyenv/versions/3.14.2/bin/python3", "3.14.2")
    assert find_python("3.14", {**environ, "PATH": str(tmp_path / ".pyenv/shims")}) == wanted


def test_what_does_not_work_is_passed_over_where_nobody_named_it(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "bin/python3.14").write_text("#!/bin/sh\nkill -SEGV $$\n", encoding="ascii")
    (tmp_path / "bin/python3.14").chmod(0o755)
    wanted = pretender(tmp_path / ".pyenv/versions/3.14.2/bin/python3", "3.14.2")
    assert find_python("3.14", environ) == wanted
    assert "SIGSEGV" in find_pythons(["python3.14"], environ)[0].problem


def test_all_stands_for_the_newest_of_each_minor_version_behind_the_one_that_runs(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    for version in ("3.10.9", f"3.{sys.version_info[1]}.99", "3.98.1", "3.98.2", "3.97.1", "3.98.0t", "2.7.18"):
        pretender(tmp_path / f".pyenv/versions/{version}/bin/python{version[0]}", version)
    pretender(tmp_path / ".local/share/uv/python/pypy/bin/python3", "3.96.0", implementation="pypy")
    found = find_pythons(["all"], environ)
    assert names(found) == [MINE.minor, "3.97", "3.98", "3.98t", "3.98t GIL on"]
    assert found[0].path == ""
    assert found[2].path == str(tmp_path / ".pyenv/versions/3.98.2/bin/python3")
    assert not any(python.problem for python in found)
    assert [each.minor for each in every_interpreter(environ)] == [MINE.minor, "3.97", "3.98", "3.98t"]


def test_a_free_threaded_build_is_followed_by_itself_with_its_gil_on(tmp_path: Path, environ: dict[str, str]) -> None:
    python = pretender(tmp_path / "bin/python3.14t", "3.14.0t")
    free, with_gil = find_pythons(["3.14t"], environ)
    assert free == Python(python, "3.14t")
    assert with_gil == Python(python, "3.14t GIL on", gil_on=True)
    assert with_gil.environment == {"PYTHON_GIL": "1"}


def test_the_same_python_by_several_names_is_one(tmp_path: Path, environ: dict[str, str]) -> None:
    python = pretender(tmp_path / "bin/python3.13", "3.13.1")
    (tmp_path / "bin/python3").symlink_to("python3.13")
    found = find_pythons(["python3", "3.13", python, "3.13.1", "nonsense", "nonsense"], environ)
    assert [each.path for each in found] == [str(tmp_path / "bin/python3"), "nonsense"]


def test_those_that_share_a_minor_version_are_told_apart(tmp_path: Path) -> None:
    specs = [
        pretender(tmp_path / f"{place}/python", version)
        for place, version in enumerate(["3.13.0", "3.13.1", "3.14.0", "3.13.1"])
    ]
    found = find_pythons(specs)
    assert names(found) == ["3.13.0", "3.13.1 #1", "3.14", "3.13.1 #2"]
    assert [each.path for each in found] == specs


def test_what_is_nowhere_has_its_problem_told_with_what_there_is(tmp_path: Path, environ: dict[str, str]) -> None:
    pretender(tmp_path / "bin/python3.98", "3.98.1")
    for name in ("3.99", "3.99t"):
        (missing,) = find_pythons([name], environ)
        assert missing.problem.startswith(f"there is no Python {name}")
        assert "on PATH, in pyenv, uv or conda, or by a py launcher; what there is:" in missing.problem
        assert missing.problem.endswith(f"{MINE.full}, 3.98.1")
    assert names(find_pythons(["3.98", "3.99"], environ)) == ["3.98", "3.99"]


def test_a_command_that_there_is_not_is_told(environ: dict[str, str]) -> None:
    (missing,) = find_pythons(["jython"], environ)
    assert missing.problem == "there is no jython on PATH; name its path, as in /usr/bin/python3"
    with pytest.raises(WrongCall, match="there is no jython"):
        find_python("jython", environ)


def test_a_folder_in_place_of_a_python_is_told(
    tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretender(tmp_path / "env/bin/python3", "3.13.1")
    monkeypatch.chdir(tmp_path)
    for name, python in (("env", "env/bin/python3"), ("./env", f"{tmp_path}/env/bin/python3")):
        (folder,) = find_pythons([name], environ)
        assert folder.problem.endswith(f"it is a folder; its Python is {python}")


def test_one_that_is_too_old_is_told(tmp_path: Path, environ: dict[str, str]) -> None:
    python = pretender(tmp_path / "bin/python2.7", "2.7.18")
    (old,) = find_pythons(["2.7"], environ)
    assert old.problem == f"{python} is Python 2.7.18; whichpool measures 3.11 and later"
    with pytest.raises(WrongCall, match=r"3\.11 and later"):
        find_python("python2.7", environ)


def test_one_name_where_several_are_wanted_is_refused() -> None:
    with pytest.raises(WrongCall, match=r"such as \('3.13',\)"):
        find_pythons("3.13")


def test_an_environment_is_another_python_than_its_base(tmp_path: Path) -> None:
    base = Path(sys.base_prefix, "bin", f"python3.{sys.version_info[1]}")
    if not base.is_file():
        pytest.skip(f"there is no {base}")
    place = tmp_path / "env/bin/python"
    place.parent.mkdir(parents=True)
    (tmp_path / "env/pyvenv.cfg").write_text(f"home = {base.parent}\n", encoding="utf-8")
    place.symlink_to(base)
    assert [each.path for each in find_pythons([str(base), str(place)])] == [str(base), str(place)]


def test_the_real_pythons_of_this_machine_are_found() -> None:
    mine, *others = every_interpreter()
    assert mine.version == platform.python_version()
    for other in others:
        assert ask(other.path).minor == other.minor != mine.minor


def test_a_real_python_2_is_too_old_and_says_so() -> None:
    (old,) = find_pythons(["2.7"])
    if old.problem.startswith("there is no Python 2.7"):
        pytest.skip(old.problem)
    assert "is Python 2.7" in old.problem
