"""Isolation: a function may do what it likes, in any Python; it is measured as usual and nothing of it is left."""

import contextlib
import os
import pickle
import re
import shutil
import subprocess
import sys
import venv
from dataclasses import replace
from pathlib import Path

import pytest

from tests.interpreters import NEWER, each_python
from whichpool.errors import ChildFailed, Trouble, WrongCall
from whichpool.lab.launch import Laboratory
from whichpool.machine.interpreter import ask
from whichpool.values import THIS_PYTHON, Dissection, Draw, Failure, Options, Python, Sample, Strategy, Workload

SERIAL = Strategy("serial", chunksize=4)
THREADS = Strategy("threads", 2, 1)
FORK = Strategy("processes", 2, 1, "fork")
SPAWN = Strategy("processes", 2, 1, "spawn")
FORKSERVER = Strategy("processes", 2, 1, "forkserver")
EACH = (SERIAL, THREADS, FORK, SPAWN, FORKSERVER)
IN_A_MAIN_THREAD = (SERIAL, FORK, SPAWN)

HEAD = """
import atexit, ctypes, json, os, pathlib, signal, subprocess, sys, threading, time

HERE = pathlib.Path(__file__).parent

def note(process=None):
    (HERE / f"{process or os.getpid()}.pid").touch()

def sleep_in_a_child(**options):
    note(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], **options).pid)

def sleep_as_a_daemon():
    middle = os.fork()
    if middle:
        os.waitpid(middle, 0)
        return
    os.setsid()
    if os.fork() == 0:
        note()
        time.sleep(300)
    os._exit(0)

def run(number):
"""


def laboratory(folder: Path, body: str, items: int = 4) -> Laboratory:
    """Write a function whose body is given, and get ready to run it."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    (folder / "odd_target.py").write_text(f"{HEAD}{lines}    return number * number\n", encoding="utf-8")
    return Laboratory(Workload("odd", ("odd_target.py:run",), f"range({items})", folder=str(folder)))


def outcome(lab: Laboratory, strategy: Strategy, limit_s: float = 20) -> Sample | Failure:
    """Take one sample of all four items."""
    return lab.measure(strategy, Draw(4), 1, limit_s)


def left_of(folder: Path) -> list[int]:
    """Tell which of the processes that noted their names still exist; none means that there were some, and are gone."""
    noted = [int(path.stem) for path in folder.glob("*.pid")]
    assert noted
    left = []
    for process in noted:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, 0)
            left.append(process)
    return left


def expected_digests(folder: Path) -> tuple[str, ...]:
    """Measure what the results of a function that does nothing odd look like."""
    sample = outcome(laboratory(folder, "pass"), SERIAL)
    assert isinstance(sample, Sample)
    return sample.digests


@pytest.fixture(scope="module")
def digests(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Give the digests of the four right results."""
    return expected_digests(tmp_path_factory.mktemp("plain"))


GARBAGE = r"""
for fd in map(int, os.listdir("/proc/self/fd")):
    for line in LINES:
        try:
            os.write(fd, line)
        except OSError:
            pass
""".strip()
HANDLERS = """
for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGCHLD", "SIGPIPE", "SIGALRM"):
    signal.signal(getattr(signal, name), HANDLER)
""".strip()
OWN_FOLDER_GONE = """
place = HERE / f"{number}-{os.getpid()}"
place.mkdir()
os.chdir(place)
place.rmdir()
""".strip()

EVERY_KIND_OF_OUTPUT = """
print("x" * 2_000_000)
print("y" * 2_000_000, file=sys.stderr)
for fd in (1, 2):
    data = b"z" * 2_000_000
    while data:
        data = data[os.write(fd, data):]
ctypes.CDLL(None).puts(b"x" * 100_000)
ctypes.CDLL(None).fflush(None)
""".strip()
CARELESS = """
os.chdir("/")
os.environ.clear()
sys.path.clear()
sys.argv.clear()
sys.stdout = sys.stderr = None
""".strip()

ODD = {
    "prints megabytes, in Python, by the system and in C": (EVERY_KIND_OF_OUTPUT, EACH),
    "changes directory, environment, path, arguments and output": (CARELESS, EACH),
    "closes every standard stream": (
        "for fd in (0, 1, 2):\n    try: os.close(fd)\n    except OSError: pass",
        (SERIAL, THREADS, FORK, SPAWN),
    ),
    "reads standard input": ("assert sys.stdin.read() == ''\nassert os.read(0, 10) == b''", (SERIAL, FORK, SPAWN)),
    "deletes its directory": (OWN_FOLDER_GONE, (SERIAL, FORK, SPAWN)),
    "installs signal handlers": (HANDLERS.replace("HANDLER)", "lambda *_: None)"), (SERIAL, FORK)),
    "ignores signals": (HANDLERS.replace("HANDLER)", "signal.SIG_IGN)"), IN_A_MAIN_THREAD),
    "registers an exit hook that raises": ("atexit.register(lambda: 1 / 0)", (SERIAL, FORK, SPAWN)),
    "registers an exit hook that hangs": ("atexit.register(time.sleep, 300)", (SERIAL, THREADS)),
    "forks and ends the fork": (
        "child = os.fork()\nif not child: os._exit(3)\nos.waitpid(child, 0)",
        (SERIAL, THREADS, FORK),
    ),
    "forks and goes on twice": ("os.fork()", (SERIAL,)),
    "writes garbage into every descriptor": (
        GARBAGE.replace("LINES", r"""[b'null\n[]\n7\n{}\n{"kind": []}\n', b'{"kind": "Facts"}\n', b"\xff\xfe\0\n"]"""),
        (SERIAL,),
    ),
    "writes half a line into every descriptor": (GARBAGE.replace("LINES", """[b'{"kind": "half']"""), (SERIAL,)),
    "writes JSON too deep to read into every descriptor": (
        GARBAGE.replace("LINES", r"[b'[' * 20_000 + b'\n']"),
        (SERIAL,),
    ),
}


@pytest.mark.parametrize(
    ("what", "strategy"),
    [pytest.param(what, s, id=f"{what}-{s.id}") for what, (_, strategies) in ODD.items() for s in strategies],
)
def test_a_function_is_measured_as_usual_that(
    tmp_path: Path, digests: tuple[str, ...], what: str, strategy: Strategy
) -> None:
    sample = outcome(laboratory(tmp_path, ODD[what][0]), strategy)
    assert isinstance(sample, Sample), sample
    assert sample.digests == digests


LEAVES_BEHIND = {
    "a daemon thread": (
        "threading.Thread(target=time.sleep, args=(300,), daemon=True).start()",
        (SERIAL, THREADS, FORK, SPAWN),
    ),
    # a worker process waits for its threads before it ends, in the user's own pool as well
    "a thread": ("threading.Thread(target=time.sleep, args=(300,)).start()", (SERIAL, THREADS)),
    "a process": ("sleep_in_a_child()", (SERIAL, FORK)),
    "a process in a session of its own": (
        "sleep_in_a_child(start_new_session=True, stdin=-3, stdout=-3, stderr=-3)",
        (SERIAL, THREADS, SPAWN),
    ),
    "a daemon": ("sleep_as_a_daemon()", EACH),
}


@pytest.mark.parametrize(
    ("what", "strategy"),
    [pytest.param(what, s, id=f"{what}-{s.id}") for what, (_, strategies) in LEAVES_BEHIND.items() for s in strategies],
)
def test_nothing_is_left_of_a_function_that_starts(tmp_path: Path, what: str, strategy: Strategy) -> None:
    sample = outcome(laboratory(tmp_path, f"note()\n{LEAVES_BEHIND[what][0]}"), strategy)
    assert isinstance(sample, Sample), sample
    assert left_of(tmp_path) == []


@pytest.mark.parametrize("strategy", EACH, ids=lambda strategy: strategy.id)
def test_a_function_that_hangs_is_cut_with_its_whole_tree(tmp_path: Path, strategy: Strategy) -> None:
    body = "note()\nsleep_in_a_child()\nsleep_as_a_daemon()\nif number == 2:\n    while True: time.sleep(1)"
    limit_s = 1.5 if strategy in {SPAWN, FORKSERVER} else 0.75  # some time to start workers, even on a busy machine
    failure = outcome(laboratory(tmp_path, body), strategy, limit_s)
    assert isinstance(failure, Failure)
    assert failure.trouble is Trouble.CUT
    assert f"within {limit_s:.3g} s" in failure.message
    assert left_of(tmp_path) == []


@pytest.mark.parametrize(
    "body",
    [
        "note()\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\nwhile True: pass",
        "note()\nos.kill(os.getpid(), signal.SIGSTOP)",
        "note()\nctypes.PyDLL(None).sleep(300)",
        "note()\nos.close(2)\nthreading.Lock().acquire()\nthreading.Event().wait()",
    ],
    ids=["ignores every signal", "stops itself", "holds the GIL", "waits for ever"],
)
def test_no_function_can_refuse_to_be_cut_that(tmp_path: Path, body: str) -> None:
    failure = outcome(laboratory(tmp_path, body), SERIAL, limit_s=0.3)
    assert isinstance(failure, Failure)
    assert failure.trouble is Trouble.CUT
    assert left_of(tmp_path) == []


def test_a_module_that_hangs_while_it_is_imported_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whichpool.lab.listening._TO_LOAD_S", 1.0)  # as patient as it is by default, a test need not be
    lab = laboratory(tmp_path, "pass")
    (tmp_path / "odd_target.py").write_text(f"{HEAD}    pass\nnote()\nsleep_as_a_daemon()\ntime.sleep(300)\n")
    failure = lab.dissect(THIS_PYTHON, Options(), 0.1, 1.0)
    assert isinstance(failure, Failure)
    assert failure.trouble is Trouble.CUT
    assert "was not loaded within 1 s" in failure.message
    assert left_of(tmp_path) == []


@pytest.mark.parametrize(
    ("body", "trouble", "words"),
    [
        ("os._exit(3)", Trouble.DIED, "ended with exit code 3"),
        ("os.kill(os.getpid(), signal.SIGKILL)", Trouble.DIED, "was killed by SIGKILL"),
        ("os.killpg(0, signal.SIGKILL)", Trouble.DIED, "was killed by SIGKILL"),
        ("os.abort()", Trouble.DIED, "was killed by SIGABRT"),
        ("ctypes.string_at(0)", Trouble.DIED, "was killed by SIGSEGV"),
        ("sys.exit('that is all')", Trouble.EXITED, "called sys.exit('that is all')"),
        ("raise KeyboardInterrupt", Trouble.EXITED, "raised KeyboardInterrupt"),
        ("class Odd(BaseException): pass\nraise Odd('one')", Trouble.RAISED, "Odd: one"),
        ("raise ValueError('one')", Trouble.RAISED, "item 0 (0) raised ValueError: one (4 of 4 items failed)"),
        ("if number == 2: raise ValueError('two')", Trouble.RAISED, "item 2 (2) raised ValueError: two"),
        ("return threading.Lock()", None, ""),
    ],
)
def test_how_a_function_fails_is_told(tmp_path: Path, body: str, trouble: Trouble | None, words: str) -> None:
    seen = outcome(laboratory(tmp_path, body), SERIAL)
    assert (seen.trouble if isinstance(seen, Failure) else None) is trouble
    assert words in (seen.message if isinstance(seen, Failure) else "")


def test_the_last_words_on_standard_error_are_kept(tmp_path: Path) -> None:
    failure = outcome(laboratory(tmp_path, "os.write(2, b'x' * 100_000 + b' last words')\nos._exit(3)"), SERIAL)
    assert isinstance(failure, Failure)
    assert failure.traceback.endswith("x last words")
    assert len(failure.traceback) < 10_000


def test_a_function_that_closes_every_descriptor_is_told_without_a_traceback_of_ours(tmp_path: Path) -> None:
    seen = outcome(laboratory(tmp_path, "os.closerange(3, 1000)"), SERIAL)
    assert isinstance(seen, Failure)
    assert "whichpool" not in seen.traceback


def caller() -> tuple[object, ...]:
    """Note what a target could change in the process that measures it."""
    descriptors = sorted(path.name for path in Path("/proc/self/fd").iterdir() if path.exists())
    return list(sys.path), Path.cwd(), dict(os.environ), descriptors


@pytest.mark.parametrize("strategy", EACH, ids=lambda strategy: strategy.id)
def test_the_caller_is_not_touched_by_what_it_measures(tmp_path: Path, strategy: Strategy) -> None:
    before = caller()
    assert isinstance(outcome(laboratory(tmp_path, "pass"), strategy), Sample)
    assert caller() == before
    assert "odd_target" not in sys.modules


def test_what_was_drawn_is_what_runs(tmp_path: Path) -> None:
    lab = laboratory(tmp_path, "(HERE / f'{number}.ran').touch()", items=100)
    sample = lab.measure(SERIAL, Draw(4, seed=5), 3, 20)
    assert isinstance(sample, Sample)
    assert (sample.items, sample.seed, sample.round) == (4, 5, 3)
    assert sorted(int(path.stem) for path in tmp_path.glob("*.ran")) == list(Draw(4, 5).places(100))


@pytest.mark.parametrize("strategy", EACH, ids=lambda strategy: strategy.id)
def test_native_libraries_are_told_their_limit_wherever_the_function_runs(
    tmp_path: Path, digests: tuple[str, ...], strategy: Strategy
) -> None:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    lab = laboratory(tmp_path, f"assert {{os.environ.get(name) for name in {names}}} == {{'1'}}, os.environ")
    sample = outcome(lab, replace(strategy, native_threads=1))
    assert isinstance(sample, Sample), sample
    assert sample.digests == digests


def test_a_limit_of_native_threads_that_the_user_set_is_left_alone_where_no_other_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    sample = outcome(laboratory(tmp_path, "assert os.environ['OMP_NUM_THREADS'] == '3'"), SERIAL)
    assert isinstance(sample, Sample), sample


def test_a_first_look_that_hangs_is_cut_and_keeps_the_facts(tmp_path: Path) -> None:
    lab = laboratory(tmp_path, "note()\nsleep_in_a_child()\nsleep_as_a_daemon()\nwhile True: time.sleep(1)")
    seen = lab.dissect(THIS_PYTHON, Options(), 0.1, 1.0)
    assert isinstance(seen, Dissection)
    assert (seen.anatomy, seen.facts.items) == (None, 4)
    assert seen.failure is not None
    assert seen.failure.trouble is Trouble.CUT
    assert left_of(tmp_path) == []


def test_nothing_is_left_of_a_first_look(tmp_path: Path) -> None:
    seen = laboratory(tmp_path, "note()\nsleep_in_a_child()\nsleep_as_a_daemon()\ntime.sleep(0.05)").dissect(
        THIS_PYTHON, Options(), 0.1, 20
    )
    assert isinstance(seen, Dissection)
    assert seen.anatomy is not None
    assert left_of(tmp_path) == []


@pytest.mark.parametrize("python", each_python(*NEWER))
def test_another_version_of_python_is_measured_with_every_pool(
    tmp_path: Path, digests: tuple[str, ...], python: Python
) -> None:
    assert_measured_with(laboratory(tmp_path, "pass"), python, digests)


def test_a_python_without_any_package_is_measured_with_every_pool(tmp_path: Path, digests: tuple[str, ...]) -> None:
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    path = tmp_path / "bare/bin/python"
    for package in ("whichpool", "click"):
        assert subprocess.run([path, "-c", f"import {package}"], capture_output=True, check=False).returncode
    lab = laboratory(tmp_path, "assert '.venv' not in ''.join(sys.path)")
    assert_measured_with(lab, Python(str(path)), digests)


def assert_measured_with(lab: Laboratory, python: Python, digests: tuple[str, ...]) -> None:
    """Measure with a Python by every pool and start method, and hold the results against those of this Python."""
    seen = lab.dissect(python, Options(), 0.1, 20)
    assert isinstance(seen, Dissection), seen
    assert seen.failure is None
    assert seen.facts.python == ask(python.path).version
    strategies = [SERIAL, THREADS, *[Strategy("processes", 2, 1, method) for method in seen.facts.start_methods]]
    if "interpreters" not in seen.facts.unavailable:
        strategies.append(Strategy("interpreters", 2, 1))
    for strategy in strategies:
        sample = outcome(lab, replace(strategy, python=python))
        assert isinstance(sample, Sample), sample
        assert sample.digests == digests


def test_the_whichpool_of_a_child_brings_nothing_that_lies_beside_it(tmp_path: Path) -> None:
    lab = laboratory(tmp_path, "import whichpool\nassert HERE.parent not in sys.path, sys.path")
    home = Path(sys.modules["whichpool"].__file__ or "").parents[1]
    (tmp_path / "odd_target.py").write_text(
        f"import sys\ndef run(number):\n    assert {str(home)!r} not in sys.path\n", encoding="utf-8"
    )
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    seen = lab.dissect(Python(str(tmp_path / "bare/bin/python")), Options(), 0.1, 20)
    assert isinstance(seen, Dissection)
    assert seen.failure is None, seen.failure


@pytest.mark.parametrize(
    ("python", "words"),
    [
        ("/no/such/python", "/no/such/python cannot be started as a Python: No such file or directory"),
        ("no-such-python", "no-such-python cannot be started as a Python: No such file or directory"),
        ("/", "/ cannot be started as a Python: Permission denied"),
        ("/etc/passwd", "/etc/passwd cannot be started as a Python: Permission denied"),
        ("/dev/null", "/dev/null cannot be started as a Python: Permission denied"),
    ],
)
def test_a_python_that_cannot_be_started_is_refused(tmp_path: Path, python: str, words: str) -> None:
    with pytest.raises(WrongCall, match=f"^{re.escape(words)}$"):
        laboratory(tmp_path, "pass").dissect(Python(python), Options(), 0.1, 10)


@pytest.mark.parametrize("program", ["true", "false", "cat", "echo"])
def test_a_program_that_is_no_python_is_told(tmp_path: Path, program: str) -> None:
    path = shutil.which(program)
    assert path
    with pytest.raises(ChildFailed, match="does not work as a Python: it never got to the workload"):
        laboratory(tmp_path, "pass").dissect(Python(path), Options(), 0.1, 10)


def test_a_python_that_says_why_it_does_not_work_is_quoted(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'I am too old' >&2\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(ChildFailed, match="I am too old"):
        laboratory(tmp_path, "pass").dissect(Python(str(python)), Options(), 0.1, 10)


def test_a_python_on_path_is_found_by_its_name(
    tmp_path: Path, digests: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "python-of-mine").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    sample = outcome(laboratory(tmp_path, "pass"), Strategy("serial", chunksize=4, python=Python("python-of-mine")))
    assert isinstance(sample, Sample)
    assert sample.digests == digests


def test_a_large_workload_reaches_the_child(tmp_path: Path) -> None:
    items = pickle.dumps([b"x" * (8 << 20), b"y"])
    (tmp_path / "odd_target.py").write_text("def run(data):\n    return len(data)\n", encoding="utf-8")
    lab = Laboratory(Workload("odd", ("odd_target.py:run",), items_pickle=items, folder=str(tmp_path)))
    assert isinstance(lab.measure(SERIAL, Draw(2), 1, 20), Sample)
