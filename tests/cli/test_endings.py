"""After every way of ending: no process of ours is left, no file, no semaphore, and the terminal is whole."""

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import termios
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

MARK = "WHICHPOOL_TEST_MARK"
COMMAND = "from whichpool.cli import main; main()"
# A session leader makes the terminal on its descriptor 0 its own, so that Ctrl-C typed there reaches it as a signal.
COMMAND_AT_A_TERMINAL = f"import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); {COMMAND}"

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux keeps named semaphores; nothing is made there
GONE_WITHIN_S = 5.0
PATIENCE_S = 30.0
ANSWERED = {0, 3}
# Before the command has so much as started, Python itself answers a signal, by ending from it.
INTERRUPTED = {130, -signal.SIGINT}
TERMINATED = {143, -signal.SIGTERM}

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to find processes")

WORK = '''
import multiprocessing, os, signal, subprocess, sys, time
from pathlib import Path

def note():
    """Leave word that an item was begun, where, and in which process."""
    where = "worker" if multiprocessing.parent_process() else "child"
    with open(Path(__file__).with_name("begun"), "a") as begun:
        begun.write(f"{where} {os.getpid()}\\n")

def wait(number):
    note()
    time.sleep(0.03)
    return number

def daemonise():
    """Start a process that has nothing to do with us any more: other session, orphan, deaf to polite signals."""
    if os.fork() == 0:
        os.setsid()
        for polite in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(polite, signal.SIG_IGN)
        if os.fork() == 0:
            for descriptor in range(256):
                try:
                    os.close(descriptor)
                except OSError:
                    pass
            time.sleep(120)
        os._exit(0)

def litter(number):
    note()
    daemonise()
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"])
    return number

def litter_and_wait(number):
    litter(number)
    return wait(number)

def litter_and_fail(number):
    litter(number)
    raise ValueError("as it was bound to")

def hang_in_workers(number):
    if multiprocessing.parent_process():
        note()
        time.sleep(120)
    return wait(number)

def die_in_workers(number):
    if multiprocessing.parent_process():
        os.kill(os.getpid(), signal.SIGKILL)
    return wait(number)
'''


def bytes_of(process: Path, name: str) -> bytes:
    """Read what /proc tells of a process; nothing where it has gone or belongs to somebody else."""
    with contextlib.suppress(OSError):
        return (process / name).read_bytes()
    return b""


def processes() -> Iterator[Path]:
    return Path("/proc").glob("[0-9]*")


def semaphores_of(process: Path) -> set[str]:
    """List the named semaphores that a process has open, by what is mapped into its memory."""
    return {name.decode() for name in re.findall(rb" /dev/shm/(sem\.\S+)\n", bytes_of(process, "maps"))}


def comes_true(condition: Callable[[], object], within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


class Session:
    """A run of the command in a folder of its own, with everything that belongs to it marked.

    Attributes:
        folder: Where it runs.
        record: Its ``--json`` file.
        process: The command's own process, once it has been started.
    """

    process: subprocess.Popen[bytes]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.record = folder / "record.json"
        self._mark = f"{MARK}={uuid.uuid4().hex}"
        self._temporary = folder / "tmp"
        self._temporary.mkdir()
        (folder / "work.py").write_text(WORK, encoding="utf-8")
        self._semaphores: set[str] = set()
        self._descriptors: list[int] = []

    def start(
        self, function: str, *options: str, items: str = "range(4)", budget: str = "7", script: str = COMMAND
    ) -> "Session":
        """Start it with its output going to files."""
        with (self.folder / "out").open("wb") as out, (self.folder / "err").open("wb") as err:
            self.process = subprocess.Popen(
                self._argv(script, function, options, items, budget),
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        return self

    def start_at_a_terminal(self, function: str, *options: str) -> "Terminal":
        """Start it in a terminal of its own."""
        master, slave = os.openpty()
        self._descriptors += [master, slave]
        termios.tcsetwinsize(slave, (30, 100))
        terminal = Terminal(master, slave)
        self.process = subprocess.Popen(
            self._argv(COMMAND_AT_A_TERMINAL, function, options, "range(4)", "7"),
            cwd=self.folder,
            env=self._environment(),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        return terminal

    def _argv(self, script: str, function: str, options: tuple[str, ...], items: str, budget: str) -> list[str]:
        fixed = ["--items", items, "--budget", budget, "--json", str(self.record), "--workers", "2"]
        return [sys.executable, "-c", script, "compare", f"work.py:{function}", *fixed, *options]

    def _environment(self) -> dict[str, str]:
        name, _, value = self._mark.partition("=")
        plain = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
        return {**plain, name: value, "TMPDIR": str(self._temporary), "TERM": "xterm-256color"}

    def processes(self) -> list[int]:
        """List every process that inherited the mark, whatever became of its parents."""
        mark = self._mark.encode()
        marked = [process for process in processes() if mark in bytes_of(process, "environ").split(b"\0")]
        self._semaphores.update(*(semaphores_of(process) for process in marked))
        return [int(process.name) for process in marked]

    def wait_until(self, condition: Callable[["Session"], object]) -> None:
        """Wait for a moment of the run."""
        assert comes_true(lambda: condition(self) or self.process.poll() is not None, PATIENCE_S)
        assert self.process.poll() is None, f"it ended before that moment: {self.err}"
        self.processes()

    def ends(self) -> int:
        """Wait for the command's own end, and note down meanwhile which semaphores it makes."""
        assert comes_true(lambda: (self.processes(), self.process.poll() is not None)[1], PATIENCE_S)
        return self.process.wait()

    @property
    def out(self) -> str:
        """What it wrote to standard output."""
        return (self.folder / "out").read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        """What it wrote to standard error."""
        file = self.folder / "err"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    @property
    def begun(self) -> list[list[str]]:
        """Where each item was begun, and in which process."""
        file = self.folder / "begun"
        return [line.split() for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []

    def leaves_nothing(self) -> None:
        """Check that nothing is left of it after five seconds."""
        assert comes_true(lambda: not self.processes(), GONE_WITHIN_S), [
            bytes_of(Path(f"/proc/{process}"), "cmdline") for process in self.processes()
        ]
        assert list(self._temporary.iterdir()) == []
        known = {"work.py", "tmp", "out", "err", "begun", "record.json", "__pycache__"}
        assert {path.name for path in self.folder.iterdir()} <= known
        assert comes_true(lambda: not self._semaphores_left(), GONE_WITHIN_S), self._semaphores_left()

    def _semaphores_left(self) -> set[str]:
        """List those of its semaphores that are there; other programs share the machine, and theirs come and go."""
        return {name for name in self._semaphores if (SHARED_MEMORY / name).exists()}

    def read_record(self) -> dict[str, Any]:
        """Read the ``--json`` file as strictly as JSON can be taken."""

        def refuse(constant: str) -> None:
            raise AssertionError(constant)

        text = self.record.read_text(encoding="utf-8")
        record: dict[str, Any] = json.loads(text, parse_constant=refuse)
        assert record["schema"] == "whichpool.report/1"
        return record

    def clean_up(self) -> None:
        """End what a failed test has left."""
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        if hasattr(self, "process"):
            self.process.wait(PATIENCE_S)
        for name in self._semaphores_left():
            (SHARED_MEMORY / name).unlink(missing_ok=True)
        for descriptor in self._descriptors:
            os.close(descriptor)


class Terminal:
    """A pseudo-terminal, with somebody at it who types and reads."""

    def __init__(self, master: int, slave: int) -> None:
        self._master = master
        self._slave = slave
        self._before = termios.tcgetattr(slave)
        self._shown = bytearray()

    def types(self, keys: bytes) -> None:
        """Type."""
        os.write(self._master, keys)

    def shows(self) -> str:
        """Read what has been written by now."""
        while select.select([self._master], [], [], 0)[0]:
            self._shown += os.read(self._master, 65_536)
        return self._shown.decode(errors="replace")

    def is_whole(self) -> None:
        """Check that whoever comes next finds the terminal as it was."""
        assert termios.tcgetattr(self._slave) == self._before
        shown = self.shows()
        assert shown.rfind("\x1b[?25l") <= shown.rfind("\x1b[?25h")
        assert shown.rfind("\x1b[?1049h") <= shown.rfind("\x1b[?1049l")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A session, and its remains taken away even where the test fails."""
    session = Session(tmp_path)
    try:
        yield session
    finally:
        session.clean_up()


def has_started(session: Session) -> bool:
    return bool(session.processes())


def has_a_child(session: Session) -> bool:
    return len(session.processes()) > 1


def looks_at_the_first_items(session: Session) -> bool:
    return bool(session.begun)


def is_in_a_round(session: Session) -> bool:
    return "the warm-up round has ended" in session.err


def has_kept_a_round(session: Session) -> bool:
    return session.record.exists() and session.read_record()["rounds"] >= 1


def runs_workers(session: Session) -> bool:
    return any(where == "worker" for where, _ in session.begun)


@pytest.mark.parametrize("methods", ["fork", "spawn", "forkserver"])
def test_a_run_that_is_done_leaves_nothing(session: Session, methods: str) -> None:
    session.start("litter_and_wait", "--pools", "processes", "--start-method", methods, budget="1.5")
    assert session.ends() in ANSWERED, session.err
    assert runs_workers(session)
    session.leaves_nothing()


def test_a_workload_that_fails_leaves_nothing(session: Session) -> None:
    session.start("litter_and_fail")
    assert session.ends() == 1
    assert "as it was bound to" in session.err
    session.leaves_nothing()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_that_are_killed_leave_nothing(session: Session, method: str) -> None:
    session.start("die_in_workers", "--pools", "processes", "--start-method", method, budget="5")
    assert session.ends() == 0
    assert "SIGKILL" in session.out
    session.leaves_nothing()


# its very start is a matter of its own, below, and so is a round, in which something is known
@pytest.mark.parametrize("moment", [has_a_child, looks_at_the_first_items, runs_workers])
def test_ctrl_c_before_anything_is_known_ends_it_cleanly(session: Session, moment: Callable[[Session], bool]) -> None:
    session.start("litter_and_wait", "--pools", "processes").wait_until(moment)
    session.process.send_signal(signal.SIGINT)
    assert session.ends() in INTERRUPTED
    session.leaves_nothing()


@pytest.mark.parametrize("moment", [looks_at_the_first_items, is_in_a_round])
def test_an_impatient_second_ctrl_c_changes_nothing(session: Session, moment: Callable[[Session], bool]) -> None:
    session.start("litter_and_wait", "--pools", "processes").wait_until(moment)
    for _ in range(3):
        session.process.send_signal(signal.SIGINT)
        time.sleep(0.02)
    assert session.ends() in INTERRUPTED
    session.leaves_nothing()


@pytest.mark.parametrize("delay_s", [0.0, 0.05, 0.1, 0.2])
def test_ctrl_c_shortly_after_the_start_leaves_nothing(session: Session, delay_s: float) -> None:
    session.start("wait", budget="1")
    time.sleep(delay_s)
    session.process.send_signal(signal.SIGINT)
    # a Python that is just starting may swallow it, in the import of a .pth file for one; then the run goes on
    assert session.ends() in {*INTERRUPTED, *ANSWERED, 1}
    session.leaves_nothing()


# Python is at these modules' imports when Ctrl-C is pressed.
INTERRUPTED_AT = """
import os, signal, sys

class PressesCtrlC:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, PressesCtrlC())
"""


@pytest.mark.parametrize(
    "name",
    [
        "click",
        "whichpool.cli.command",
        "whichpool.cli.compare",
        "rich.console",
        "whichpool.comparison.race",
        "whichpool.lab.launch",
    ],
)
def test_ctrl_c_while_modules_load_has_the_exit_code_of_ctrl_c(session: Session, name: str) -> None:
    session.start("wait", script=INTERRUPTED_AT.format(name=name) + COMMAND)
    assert session.ends() == 130
    assert session.err.strip() == ""
    session.leaves_nothing()


@pytest.mark.parametrize("send", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_shows_and_keeps_what_is_known(session: Session, send: signal.Signals) -> None:
    session.start("wait", "--pools", "threads").wait_until(has_kept_a_round)
    session.process.send_signal(send)
    assert session.ends() == (130 if send is signal.SIGINT else 143)
    assert "interrupted: this is what was known by then" in session.out
    assert "threads ×2" in session.out
    assert "Traceback" not in session.err
    record = session.read_record()
    assert "interrupted" in {caveat["code"] for caveat in record["verdict"]["caveats"]}
    assert record["rounds"] >= 1
    session.leaves_nothing()


def test_an_interruption_before_anything_is_known_says_nothing(session: Session) -> None:
    session.start("wait").wait_until(looks_at_the_first_items)
    session.process.send_signal(signal.SIGINT)
    assert session.ends() == 130
    assert session.out == ""
    assert "Traceback" not in session.err
    assert not session.record.exists()


@pytest.mark.parametrize("moment", [has_started, looks_at_the_first_items])
def test_sigterm_before_anything_is_known_ends_it_cleanly(session: Session, moment: Callable[[Session], bool]) -> None:
    session.start("litter_and_wait", "--pools", "processes").wait_until(moment)
    session.process.terminate()
    assert session.ends() in TERMINATED
    session.leaves_nothing()


@pytest.mark.parametrize("moment", [has_started, has_a_child, looks_at_the_first_items, runs_workers, is_in_a_round])
def test_sigkill_at_any_moment_leaves_nothing(session: Session, moment: Callable[[Session], bool]) -> None:
    session.start("litter_and_wait", "--pools", "processes").wait_until(moment)
    session.process.kill()
    assert session.ends() == -signal.SIGKILL
    session.leaves_nothing()


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
@pytest.mark.parametrize("send", [signal.SIGINT, signal.SIGKILL])
def test_workers_of_any_start_method_go_with_it(session: Session, method: str, send: signal.Signals) -> None:
    session.start("hang_in_workers", "--pools", "processes", "--start-method", method).wait_until(runs_workers)
    session.process.send_signal(send)
    assert session.ends() in {*INTERRUPTED, -signal.SIGKILL}
    session.leaves_nothing()


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_cut_sample_leaves_nothing_whatever_the_start_method(session: Session, method: str) -> None:
    session.start("hang_in_workers", "--pools", "processes", "--start-method", method, "--timeout", "0.7", budget="5")
    assert session.ends() == 0
    assert session.read_record()["strategies"][1]["failure"]["trouble"] == "cut"
    session.leaves_nothing()


def test_a_killed_run_keeps_the_record_of_the_last_round_that_ended(session: Session) -> None:
    session.start("wait", "--pools", "threads").wait_until(has_kept_a_round)
    session.process.kill()
    session.ends()
    record = session.read_record()
    ended = [int(number) for number in re.findall(r"round (\d+) has ended", session.err)]
    assert record["rounds"] in {ended[-1], ended[-1] - 1}
    counted = [sample["round"] for strategy in record["strategies"] for sample in strategy["samples"]]
    assert max(counted) == record["rounds"]
    session.leaves_nothing()


def test_a_terminal_that_is_closed_takes_everything_with_it(session: Session) -> None:
    session.start("litter_and_wait").wait_until(is_in_a_round)
    session.process.send_signal(signal.SIGHUP)
    session.ends()
    session.leaves_nothing()


def test_the_terminal_is_whole_when_it_is_done(session: Session) -> None:
    terminal = session.start_at_a_terminal("wait", "--pools", "threads", "--margin", "40%")
    assert comes_true(lambda: (terminal.shows(), session.process.poll() is not None)[1], PATIENCE_S)
    assert session.process.returncode in ANSWERED
    assert "threads ×2 against serial" in terminal.shows()
    terminal.is_whole()
    session.leaves_nothing()


AT_A_TERMINAL: dict[str, Callable[[Session, Terminal], bool]] = {
    "the first look": lambda session, _: looks_at_the_first_items(session),
    "workers": lambda session, _: runs_workers(session),
    "a round": lambda _, terminal: "round 1:" in terminal.shows(),
}


@pytest.mark.parametrize("moment", AT_A_TERMINAL)
def test_ctrl_c_typed_at_a_terminal_leaves_it_whole(session: Session, moment: str) -> None:
    terminal = session.start_at_a_terminal("wait", "--pools", "processes")
    session.wait_until(lambda session: (terminal.shows(), AT_A_TERMINAL[moment](session, terminal))[1])
    terminal.types(b"\x03")
    assert comes_true(lambda: (terminal.shows(), session.process.poll() is not None)[1], PATIENCE_S)
    assert session.process.returncode == 130
    terminal.is_whole()
    assert "Traceback" not in terminal.shows()
    session.leaves_nothing()


@pytest.mark.parametrize(
    ("moment", "send"),
    [("the first look", signal.SIGKILL), ("a round", signal.SIGKILL), ("a round", signal.SIGTERM)],
)
def test_signals_leave_the_terminal_whole(session: Session, moment: str, send: signal.Signals) -> None:
    terminal = session.start_at_a_terminal("wait", "--pools", "processes")
    session.wait_until(lambda session: (terminal.shows(), AT_A_TERMINAL[moment](session, terminal))[1])
    session.process.send_signal(send)
    assert comes_true(lambda: (terminal.shows(), session.process.poll() is not None)[1], PATIENCE_S)
    assert session.process.returncode in {143, -signal.SIGKILL}
    terminal.is_whole()
    session.leaves_nothing()
