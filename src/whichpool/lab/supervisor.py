"""The process between the caller and the child: it lets nothing of a sample outlive the sample.

The user's function may start processes, put them in sessions of their own, and be killed at any moment; so may the
caller. The supervisor forks the child and then only waits: for the child to end, or for the caller to hang up. Both
lead to the same end: the child and every process that descends from it is killed and reaped. Hanging up is the one
way to stop a sample, and it works just as well when the caller was killed by SIGKILL.

Guarantees: on Linux no descendant escapes, because the supervisor is their "child subreaper" (prctl(2)): orphans
become its children. Elsewhere those in the child's process group are caught.
"""

import contextlib
import ctypes
import json
import multiprocessing.util
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path

from whichpool.lab.descendants import PeakMemory
from whichpool.lab.wire import Measure, read_request

_PR_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")
_GRACE_S = 2.0
_POLL_S = 0.002
_LOOK_UP_S = 1.0


def supervise(control_descriptor: int, events_descriptor: int) -> None:
    """Read a request, let a forked child answer it, and report the child's end on the control socket."""
    control = socket.socket(fileno=control_descriptor)
    control.set_inheritable(False)
    os.set_inheritable(events_descriptor, False)  # noqa: FBT003 - positional only
    try:
        request = read_request(control)
    except EOFError:
        return
    # made by the process that outlives the child, so that it is removed whatever becomes of the child
    multiprocessing.util.get_temp_dir()
    _adopt_orphans()
    child = os.fork()
    if child == 0:
        control.close()
        os.setsid()
        from whichpool.lab.child import answer_request  # noqa: PLC0415 - the supervisor itself stays small

        answer_request(request, events_descriptor)
        return
    memory = PeakMemory() if isinstance(request, Measure) and request.explained else None
    del request
    os.close(events_descriptor)
    _tell(control, child=child)
    _let_go_of_the_terminal()
    status = _wait_for_end(child, control, memory)
    kill_descendants(child)
    _tell(control, status=status, peak_pss_bytes=memory.peak_bytes if memory else None)


def _tell(control: socket.socket, **what: int | None) -> None:
    with contextlib.suppress(OSError):  # the caller may have gone
        control.sendall(json.dumps(what).encode() + b"\n")


def _let_go_of_the_terminal() -> None:
    """Leave signals to the caller, and standard error to the child: it ends when the child's last process ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stderr.flush()
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


def _adopt_orphans() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _wait_for_end(child: int, control: socket.socket, memory: PeakMemory | None) -> int | None:
    """Wait until the child has ended (its exit status) or the caller has hung up (None); watch its memory if asked."""
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        # the time-out covers a SIGCHLD that came before the handler stood
        pause_s = memory.look() if memory else _LOOK_UP_S
        ready, _, _ = select.select([control.fileno(), wake], [], [], pause_s)
        if control.fileno() in ready:
            _kill(child)
            return None
        if wake in ready:
            os.read(wake, 4096)


def kill_descendants(child: int) -> None:
    """Kill and reap every process that descends from this one, round by round, as orphans come in.

    A resource tracker, multiprocessing's or loky's, gets a moment to end by itself, as it does when the last process
    that uses it has gone: it removes the named semaphores that killed processes leave behind.
    """
    if not _PROC.is_dir():
        _kill(child)
    deadline = time.monotonic() + _GRACE_S
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        in_grace = time.monotonic() < deadline
        for process in _children():
            if not (in_grace and _is_resource_tracker(process)):
                _kill(process)
        if not in_grace and time.monotonic() > deadline + _GRACE_S:
            return
        time.sleep(_POLL_S)


def _kill(process: int) -> None:
    """Kill a process; where there is no /proc to find its descendants, its whole group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if _PROC.is_dir():
            os.kill(process, signal.SIGKILL)
        else:
            os.killpg(process, signal.SIGKILL)


def _children() -> list[int]:
    """List this process's own children; empty where there is no /proc."""
    me = os.getpid()
    children = []
    for stat in _PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # the fields after the command's name, which may hold anything: state, parent
            if int(stat.read_text(errors="replace").rpartition(")")[2].split()[1]) == me:
                children.append(int(stat.parent.name))
    return children


def _is_resource_tracker(process: int) -> bool:
    with contextlib.suppress(OSError):
        return b".resource_tracker" in (_PROC / str(process) / "cmdline").read_bytes()
    return False
