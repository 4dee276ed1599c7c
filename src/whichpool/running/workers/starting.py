"""Starting a worker process: a fork where that is safe, else a Python that is started anew."""

from __future__ import annotations

import os
import signal
import sys
import threading
import weakref
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial

from whichpool.native_limits import are_limited, native_limits
from whichpool.pools.exits import how_it_ended
from whichpool.running.workers.black_box import BlackBox
from whichpool.running.workers.line import Line, both_ends
from whichpool.running.workers.serving import end_by_itself, end_with_caller, main, reset_signals, serve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from whichpool.running.crew import Task

_INTERRUPTS = (signal.SIGTERM, signal.SIGINT)
_ends: weakref.WeakSet[Line] = weakref.WeakSet()
"""The caller's ends of all lines, which no fork of it may keep open: workers are to hear when the caller is gone."""


def _close_ends() -> None:
    for end in list(_ends):
        end.close()


os.register_at_fork(after_in_child=_close_ends)


class Process:
    """A worker process, seen from the caller.

    Attributes:
        pid: Its process id, which is the id of its process group as well.
        line: The caller's end of the line to it.
        box: What survives it.
        sentinel: A descriptor that can be read from when it has ended; None where the system has no such thing.
        how_it_ended: How it ended, in words; None as long as it runs.
    """

    def __init__(self, pid: int, line: Line, box: BlackBox) -> None:
        """Take charge of a process that was started."""
        self.pid = pid
        self.line = line
        self.box = box
        self.how_it_ended: str | None = None
        self.sentinel: int | None = None
        if hasattr(os, "pidfd_open"):
            try:
                self.sentinel = os.pidfd_open(pid)
            except OSError:  # an old kernel, or a sandbox
                self.sentinel = None

    @property
    def descriptors(self) -> list[int]:
        """What can be read from when it has something to say, or has ended."""
        return [each for each in (self.line.socket.fileno(), self.sentinel) if each is not None]

    def has_ended(self) -> bool:
        """Tell whether it has ended; does not wait."""
        return self._wait(os.WNOHANG)

    def end(self) -> None:
        """End it at once, with all that it started, and wait until it is gone."""
        if self.how_it_ended is None:
            for kill in (partial(os.killpg, self.pid), partial(os.kill, self.pid)):
                try:
                    kill(signal.SIGKILL)
                except (ProcessLookupError, PermissionError):  # it has no group of its own yet, or is gone
                    continue
            self._wait(0)

    def pause(self) -> bool:
        """Stop it where it is; tell whether it stands still, and has not ended."""
        try:
            os.kill(self.pid, signal.SIGSTOP)
            status = os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        except (ProcessLookupError, ChildProcessError):
            return False
        return status is not None and status.si_code == os.CLD_STOPPED

    def go_on(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def close(self) -> None:
        """Let go of everything that joins the caller to it."""
        self.line.close()
        self.box.close()
        if self.sentinel is not None:
            os.close(self.sentinel)
            self.sentinel = None

    def _end_what_it_left(self) -> None:
        """End what it had started, if it died: the group's number is its own until somebody has waited for it."""
        if not hasattr(os, "waitid"):  # macOS, before Python 3.13
            return
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is not None and (ended.si_code, ended.si_status) != (os.CLD_EXITED, 0):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def _wait(self, options: int) -> bool:
        if self.how_it_ended is None:
            try:
                self._end_what_it_left()
                pid, status = os.waitpid(self.pid, options)
            except ChildProcessError:  # such as the system itself, where SIGCHLD is ignored
                self.how_it_ended = "ended; how is not known, because somebody else waited for it"
            else:
                if pid:
                    self.how_it_ended = how_it_ended(os.waitstatus_to_exitcode(status))
        return self.how_it_ended is not None


def can_fork(*, beside: bool = False) -> bool:
    """Tell whether this process has one thread alone, Python's or native, so that its fork finds no lock held.

    Args:
        beside: Whether a thread of ours listens, which will be gone before the fork.
    """
    try:
        return len(os.listdir("/proc/self/task")) == 1 + beside  # noqa: PTH208 - pathlib is slow to import
    except OSError:  # no such folder: macOS, whose own libraries do not survive a fork
        return False


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold an interrupt back until what is being done is done; its handler is called then.

    Blocking the signals would not do beside other threads: one of those would take them, for the main thread to handle.
    """
    # no handler interrupts another thread; asking for the current one would make threading count a bare one for good
    if threading.get_ident() != threading.main_thread().ident:
        yield
        return
    held_back: list[int] = []  # the numbers alone: a frame would keep alive whatever it was at, such as views of memory
    handlers = {int(number): handler for number in _INTERRUPTS if callable(handler := signal.getsignal(number))}

    def hold(number: int, _: object) -> None:
        held_back.append(number)

    def let_go() -> None:
        for number, handler in handlers.items():
            if signal.getsignal(number) is hold:
                signal.signal(number, handler)

    try:
        for number in handlers:
            signal.signal(number, hold)
        yield
    finally:
        try:
            let_go()
        except BaseException:  # the first may be called, and raise, before the others are there again
            let_go()
            raise
        finally:
            with ExitStack() as heard:  # each of them, whatever the handler of another raises
                for number in reversed(held_back):
                    heard.callback(signal.raise_signal, number)


def fork(task: Task) -> Process:
    """Fork a worker, which has the task and the caller's memory as they are now.

    Raises:
        OSError: The system has no more processes.
    """
    ours, theirs = both_ends()
    _ends.add(ours)
    with closing(theirs), ExitStack() as failed:
        failed.callback(ours.close)
        box = BlackBox()
        failed.callback(box.close)
        for stream in (sys.stdout, sys.stderr):
            _flush(stream)
        # a Ctrl-C that comes between the two would have the child run the caller's program
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTS)
        caller = os.getpid()
        try:
            pid = os.fork()
            if not pid:
                end_by_itself(partial(_begin_forked, caller, theirs, box, task, before))
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        failed.pop_all()
    _in_its_own_group(pid)
    return Process(pid, ours, box)


def start_anew(native_threads: int) -> Process:
    """Start a worker in a Python of its own, which does not run the main program, and waits for its task.

    Args:
        native_threads: To how many threads native libraries are held there, unless the environment says so already:
            they would take as many as there are cores, in every worker.

    Raises:
        OSError: The system has no more processes.
    """
    import subprocess  # noqa: PLC0415 - slow to import, and seldom needed

    from whichpool.pools import giving  # noqa: PLC0415 - as above

    ours, theirs = both_ends()
    _ends.add(ours)
    with closing(theirs), ExitStack() as failed:
        failed.callback(ours.close)
        box = BlackBox.that_travels()
        failed.callback(box.close)
        assert box.descriptor is not None  # noqa: S101 - it travels
        descriptors = (*theirs.descriptors, box.descriptor)
        begin = partial(main, *descriptors, os.getpid())
        code = f"exec({giving.SCRIPT!r}, {giving.names(begin)!r})"
        flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001 - as multiprocessing does
        process = subprocess.Popen(
            [sys.executable, *flags, "-c", code],
            env=os.environ | ({} if are_limited(os.environ) else native_limits(native_threads)),
            stdin=subprocess.DEVNULL,
            pass_fds=descriptors,
            process_group=0,
        )
        process.returncode = 0  # whoever waits for it is not subprocess
        failed.pop_all()
    box.close_descriptor()
    return Process(process.pid, ours, box)


def _begin_forked(caller: int, line: Line, box: BlackBox, task: Task, signals: set[int | signal.Signals]) -> None:
    os.setpgid(0, 0)
    end_with_caller(line, caller)
    reset_signals()
    signal.pthread_sigmask(signal.SIG_SETMASK, signals)
    _read_nothing()
    serve(line, box, task, by_value=False)


def _read_nothing() -> None:
    """Have nothing to read, for whoever reads would take the caller's input, or be stopped by its terminal."""
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - open for as long as the process is
    if sys.stdin.fileno():
        os.dup2(sys.stdin.fileno(), 0)


def _in_its_own_group(pid: int) -> None:
    """Do what the worker does itself, in case that it is killed before."""
    try:
        os.setpgid(pid, pid)
    except (PermissionError, ProcessLookupError):  # it has done so, or it is gone
        return


def _flush(stream: Any) -> None:  # noqa: ANN401 - anything may stand in for standard output
    flush: Callable[[], None] | None = getattr(stream, "flush", None)
    if flush is not None:
        try:
            flush()
        except (OSError, ValueError):
            return
