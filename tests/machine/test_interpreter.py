"""An interpreter is asked what it is, and what is none is told from one."""

import platform
import sys
import time
from pathlib import Path

import pytest

from whichpool.errors import WrongCall
from whichpool.machine.interpreter import Interpreter, ask, identity


def program(path: Path, script: str) -> str:
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def problem_of(path: str, limit_s: float = 10.0) -> str:
    with pytest.raises(WrongCall) as caught:
        ask(path, limit_s)
    return str(caught.value)


def test_a_python_says_what_it_is() -> None:
    mine = ask(sys.executable)
    assert (mine.path, mine.version, mine.implementation) == (
        sys.executable,
        platform.python_version(),
        sys.implementation.name,
    )
    assert mine.release == sys.version_info[:3]
    assert mine.gil_is_on is getattr(sys, "_is_gil_enabled", lambda: True)()
    assert mine.minor.startswith(f"{sys.version_info[0]}.{sys.version_info[1]}")


@pytest.mark.parametrize(
    ("interpreter", "minor", "full"),
    [
        (Interpreter("", "", "3.13.1"), "3.13", "3.13.1"),
        (Interpreter("", "", "3.15.0rc1"), "3.15", "3.15.0rc1"),
        (Interpreter("", "", "3.14.0", is_free_threaded=True, gil_is_on=False), "3.14t", "3.14.0t"),
        (Interpreter("", "", "3.11.11", "pypy"), "pypy3.11", "pypy3.11.11"),
    ],
)
def test_it_is_called_what_people_call_it(interpreter: Interpreter, minor: str, full: str) -> None:
    assert (interpreter.minor, interpreter.full) == (minor, full)


def test_variables_for_python_and_files_of_the_folder_have_no_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("sysconfig.py", "usercustomize.py", "sitecustomize.py"):
        (tmp_path / name).write_text("raise SystemExit('in the way')", encoding="ascii")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert ask(sys.executable).version == platform.python_version()


def test_warnings_at_the_start_are_not_taken_for_the_answer(tmp_path: Path) -> None:
    talkative = program(tmp_path / "python", f'echo "Could not find <prefix>" >&2; exec "{sys.executable}" "$@"')
    assert ask(talkative).version == platform.python_version()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exit 0", "asked for its version, it said nothing"),
        ("echo Cluck; exit 0", "asked for its version, it said something else: Cluck"),
        ("echo no library >&2; exit 127", "asked for its version, it ended with exit code 127: no library"),
        (
            "echo 'Fatal Python error: no codec'; echo '<no frame>'; exit 1",
            "asked for its version, it ended with exit code 1: Fatal Python error: no codec",
        ),
        ("kill -SEGV $$", "it crashed as it started: it was killed by SIGSEGV"),
        ("while :; do echo cluck; done", "asked for its version, it said something else: cluck"),
        ("printf 'whichpool\\033[2J'", "asked for its version, it said something else: whichpool�[2J"),
        ("printf '\\377\\n'", "asked for its version, it said something else: �"),
        ("exec >&- 2>&-; sleep 60", "asked for its version, it said nothing"),
    ],
)
def test_what_does_not_work_as_a_python_is_told_by_what_was_seen(tmp_path: Path, script: str, words: str) -> None:
    path = program(tmp_path / "python", script)
    assert problem_of(path) == f"{path} does not work as a Python: {words}"


def test_one_that_hangs_is_given_up_with_what_it_has_started(tmp_path: Path) -> None:
    path = program(tmp_path / "python", f"sleep 60 & echo $! > {tmp_path}/pid; wait")
    assert problem_of(path, limit_s=1.0).endswith("it had not answered after 1 s")
    started = int((tmp_path / "pid").read_text(encoding="ascii"))
    for _ in range(500):  # it has been killed; dying takes its time on a busy machine, and its new parent may be slow
        try:
            if Path(f"/proc/{started}/stat").read_text(encoding="ascii").split()[2] == "Z":
                return
        except FileNotFoundError:
            return
        time.sleep(0.01)
    pytest.fail("what it has started is still there")


def test_a_path_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    assert problem_of(str(tmp_path / "python")).endswith("/python is no Python that can be run: no such file")


def test_a_file_that_is_no_program_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("", encoding="ascii")
    assert problem_of(str(tmp_path / "notes.txt")).endswith("it may not be executed")


def test_a_program_for_another_machine_is_refused(tmp_path: Path) -> None:
    (tmp_path / "python").write_bytes(b"\x7fELF\x00\x00")
    (tmp_path / "python").chmod(0o755)
    assert "cannot be started (Exec format error)" in problem_of(str(tmp_path / "python"))


def test_of_an_environment_it_is_told_where_its_python_is(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin/python3", "")
    assert problem_of(str(tmp_path)).endswith(f"it is a folder; its Python is {tmp_path}/bin/python3")
    assert problem_of(str(tmp_path / "bin")).endswith(f"it is a folder; its Python is {tmp_path}/bin/python3")


def test_of_any_other_folder_it_is_told_that_it_holds_none(tmp_path: Path) -> None:
    assert problem_of(str(tmp_path)).endswith("it is a folder, and there is no bin/python in it")


def test_a_link_is_the_same_python_but_an_environment_is_one_of_its_own(tmp_path: Path) -> None:
    real = tmp_path / "usr/bin/python3.13"
    real.parent.mkdir(parents=True)
    program(real, "")
    link, of_environment = tmp_path / "python3", tmp_path / "env/bin/python"
    of_environment.parent.mkdir(parents=True)
    (tmp_path / "env/pyvenv.cfg").write_text("", encoding="ascii")
    for each in (link, of_environment):
        each.symlink_to(real)
    assert identity(str(link)) == identity(str(real))
    assert identity(str(of_environment)) != identity(str(real))
