"""A child that has been started: the caller hears it out, and sees to it that nothing is left of it."""

import contextlib
import json
import os
import random
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from types import MappingProxyType

from whichpool.errors import WrongCall
from whichpool.lab.wire import Answer, Dissect, MeasureCosts, Request, TryClaim, pack_request, read_answer
from whichpool.pools.catalogue import CATALOGUE
from whichpool.pools.exits import how_it_ended
from whichpool.values import Examination, Facts

_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
_KEPT_STDERR_BYTES = 8_192
_TO_LOAD_S = 30.0  # slow imports are common, and are not what is measured
_TO_EXIT_S = 0.5
_TO_TRY_A_POOL_S = 2.0
_TO_TRY_A_CLUSTER_S = 30.0
_TO_HANG_UP_S = 5.0
_PIECE_BYTES = 65_536
_HASH_SEED = str(random.randrange(2**32))  # noqa: S311 - no secret


def listened(
    python: str, request: Request, limit_s: float, environment: Mapping[str, str] = MappingProxyType({})
) -> "Child":
    """Let a child answer a request, and hand it back when nothing is left of it but what it said.

    Args:
        python: The interpreter; empty for the one that runs whichpool.
        request: What is asked of it.
        limit_s: When it is stopped; loading a workload may take longer.
        environment: What it finds in its environment besides the caller's.

    Raises:
        WrongCall: The interpreter cannot be started.
    """
    with _started(python or sys.executable, environment) as child:
        child.listen(request, limit_s)
    return child


@contextmanager
def _started(python: str, environment: Mapping[str, str]) -> Iterator["Child"]:
    """Start a supervised child; on the way out, whatever the way, hang up and wait until its supervisor has cleaned up.

    Raises:
        WrongCall: The interpreter cannot be started.
    """
    control, control_of_child = socket.socketpair()
    events, events_of_child = os.pipe()
    with contextlib.ExitStack() as ends:
        ends.callback(os.close, events)
        ends.enter_context(control)
        try:
            process = subprocess.Popen(
                [python, str(_BOOTSTRAP), str(control_of_child.fileno()), str(events_of_child)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                # one hash seed for all: what a set's order decides does not differ by chance
                env={"PYTHONHASHSEED": _HASH_SEED, **os.environ, **environment},
                pass_fds=(control_of_child.fileno(), events_of_child),
                start_new_session=True,
            )
        except OSError as error:
            message = f"{python} cannot be started as a Python: {error.strerror}"
            raise WrongCall(message) from None
        finally:
            control_of_child.close()
            os.close(events_of_child)
        child = Child(python, process, control, events)
        try:
            yield child
        finally:
            child.hang_up()
            child.wait()


class Child:
    """A child that has been started, as seen from the ends that the caller holds.

    Attributes:
        python: The interpreter.
        facts: What it found out about the workload, once it has loaded it.
        answer: What it ended with, if it got so far.
        was_cut: Whether its time ran out before it had said all.
        pid: Its process, once its supervisor has told.
        exit_code: Its exit code, or minus the number of the signal that ended it; None until its supervisor tells.
        peak_pss_bytes: The most memory that it and its descendants had at one instant, where that was asked for.
    """

    def __init__(self, python: str, process: subprocess.Popen[bytes], control: socket.socket, events: int) -> None:
        """Take hold of the ends: the process, the control socket and the pipe of its answers."""
        if process.stderr is None:
            raise TypeError(process)
        self.python = python
        self.facts: Facts | None = None
        self.answer: Answer | None = None
        self.was_cut = False
        self.pid: int | None = None
        self.exit_code: int | None = None
        self.peak_pss_bytes: int | None = None
        self._process = process
        self._allowed = "", 0.0
        self._control = control
        self._stderr = process.stderr
        self._last_words, self._lines, self._errors = bytearray(), bytearray(), bytearray()
        self._heard = {control.fileno(): self._last_words, events: self._lines, process.stderr.fileno(): self._errors}
        self._events = events

    @property
    def stderr(self) -> str:
        """The end of what the child wrote to standard error."""
        return self._errors.decode(errors="replace").strip()

    def listen(self, request: Request, limit_s: float) -> None:
        """Send the request and gather what comes until all has ended; stop what takes longer than it may.

        The limit is that of the work itself; loading the workload may take longer.
        """
        deadline = monotonic() + self._allow_s(request, limit_s)
        self._control.settimeout(max(limit_s, _TO_LOAD_S))
        with contextlib.suppress(OSError):  # a Python that does not start reads nothing; its end tells more
            self._control.sendall(pack_request(request))
        hung_up = False
        with selectors.DefaultSelector() as selector:
            for descriptor in self._heard:
                selector.register(descriptor, selectors.EVENT_READ)
            while self._control.fileno() in selector.get_map():
                for key, _ in selector.select(max(0.0, deadline - monotonic())):
                    if not self._hear(key.fd):
                        selector.unregister(key.fd)
                    elif key.fd == self._events and self._understand() and not hung_up:
                        deadline = monotonic() + self._allow_s(request, limit_s)
                if monotonic() >= deadline:
                    if hung_up:
                        break
                    self.was_cut = not self._has_finished
                    self.hang_up()
                    hung_up = True
                    deadline = monotonic() + _TO_HANG_UP_S
        self._hear_the_rest()

    @property
    def _has_finished(self) -> bool:
        return self.answer is not None and not (isinstance(self.answer, Examination) and not self.answer.finished)

    def _allow_s(self, request: Request, limit_s: float) -> float:
        """How long it may go on from now, when it has said something new.

        A dissection is told before the pools are tried, and again after each of them. After any other answer that is
        the last the child only has to exit, and multiprocessing to put its things away.
        """
        if self._has_finished:
            if isinstance(request, Dissect) and self.facts is not None:
                return _TO_EXIT_S + _to_try_a_pool_s(request) + 2 * self.facts.load_s
            return _TO_EXIT_S
        is_loading = self.facts is None and not isinstance(request, TryClaim | MeasureCosts)
        self._allowed = ("was not loaded", max(limit_s, _TO_LOAD_S)) if is_loading else ("gave no result", limit_s)
        return self._allowed[1]

    def how_it_broke_off(self) -> str:
        """Say how it ended before it had said all."""
        if self.was_cut:
            what, within_s = self._allowed
            return f"{what} within {within_s:.3g} s, and was stopped; if it does not hang but is slow, raise --timeout"
        if self.exit_code is None:
            return "the process that looks after it was killed"
        return f"the process {how_it_ended(self.exit_code)}"

    def _understand(self) -> bool:
        """Look at the whole lines that have come; True if one of them says something new."""
        *lines, rest = self._lines.split(b"\n")
        self._lines[:] = rest
        is_news = False
        for line in lines:
            said = read_answer(bytes(line))
            if isinstance(said, Facts):
                self.facts, is_news = said, True
            elif said is not None:
                self.answer, is_news = said, True
        return is_news

    def _hear(self, descriptor: int) -> bool:
        """Read a piece of what was said; False when nothing will follow."""
        try:
            piece = os.read(descriptor, _PIECE_BYTES)
        except ConnectionResetError:  # the other end went without reading the request
            return False
        heard = self._heard[descriptor]
        heard += piece
        if heard is self._errors:
            del heard[:-_KEPT_STDERR_BYTES]
        return bool(piece)

    def _hear_the_rest(self) -> None:
        """Read what still lies in the pipes once everything has ended, and how it ended."""
        for descriptor in (self._events, self._stderr.fileno()):
            os.set_blocking(descriptor, False)
            with contextlib.suppress(BlockingIOError):
                while self._hear(descriptor):
                    pass
        self._understand()
        told: dict[str, int | None] = {}
        with contextlib.suppress(ValueError):  # the supervisor may have been killed while it wrote
            for line in self._last_words.splitlines():
                told |= json.loads(line)
        self.pid, self.exit_code = told.get("child"), told.get("status")
        self.peak_pss_bytes = told.get("peak_pss_bytes")

    def hang_up(self) -> None:
        """Tell the supervisor to end everything."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)

    def wait(self) -> None:
        """Wait until the supervisor has ended, which it does within seconds once it is hung up on; else end its group.

        A function may kill the supervisor itself, its parent. Then what is known of the child is killed from here.
        """
        try:
            self._process.wait(_TO_HANG_UP_S)
        except subprocess.TimeoutExpired:
            _kill_group(self._process.pid)
            self._process.wait()
        if self.exit_code is None and self.pid is not None:
            _kill_group(self.pid)
        self._stderr.close()


def _to_try_a_pool_s(request: Dissect) -> float:
    started = set(request.pools) - set(request.addresses)
    if any(row.is_cluster and row.name in started for row in CATALOGUE):
        return _TO_TRY_A_CLUSTER_S
    return min(_TO_TRY_A_POOL_S, request.box_s)


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
