"""The caller's side: start a child, wait for its answer, and see to it that nothing is left of it."""

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
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from types import MappingProxyType

from whichpool.errors import ChildFailed, Trouble, WrongCall
from whichpool.lab.wire import (
    Answer,
    Dissect,
    Examine,
    Measure,
    Refused,
    Request,
    Tried,
    TryClaim,
    pack_request,
    read_answer,
)
from whichpool.pools.exits import how_it_ended
from whichpool.values import (
    Dissection,
    Draw,
    Examination,
    Facts,
    Failure,
    PoolKind,
    Sample,
    Strategy,
    Unseen,
    Workload,
)

_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
_KEPT_STDERR_BYTES = 8_192
_TO_LOAD_S = 30.0  # slow imports are common, and are not what is measured
_TO_EXIT_S = 0.5
_TO_TRY_A_POOL_S = 2.0
_TO_HANG_UP_S = 5.0
_PIECE_BYTES = 65_536
_HASH_SEED = str(random.randrange(2**32))  # noqa: S311 - no secret


@dataclass(frozen=True, slots=True)
class Laboratory:
    """Runs user code in children, one a request.

    Attributes:
        workload: What the children run.
    """

    workload: Workload

    def dissect(
        self,
        python: str,
        box_s: float,
        limit_s: float,
        pools: tuple[str, ...] = (),
        start_methods: tuple[str, ...] = (),
    ) -> Dissection | Failure:
        """Load the workload in a child and find out where an item's time goes, in about ``box_s`` seconds.

        Args:
            python: The interpreter; empty for the one that runs whichpool.
            box_s: When this much time is spent, no further item is begun.
            limit_s: When the run of items is cut; loading the workload may take longer.
            pools: Which pools to try for what they cost by themselves; empty for all.
            start_methods: How to start their processes; empty for every way that this Python has.

        Returns:
            What was seen; a failure where the workload could not even be loaded.

        Raises:
            WrongCall: The workload cannot be run as it was written.
            ChildFailed: The interpreter does not work.
        """
        child = _listened(python, Dissect(self.workload, box_s, pools, start_methods), limit_s)
        match _answer(child):
            case Dissection() as dissection:
                return dissection
            case Failure() as failure if child.facts is not None:
                return Dissection(child.facts, None, failure)
            case Failure() as failure:
                return failure
            case other:
                raise TypeError(other)

    def measure(
        self, strategy: Strategy, draw: Draw, round_number: int, limit_s: float, *, explained: bool = False
    ) -> Sample | Failure:
        """Take one sample of a strategy in a child of its own.

        Args:
            strategy: The pool and its settings; its chunk size is set.
            draw: Which items to run.
            round_number: What the sample will say of itself.
            limit_s: When the job is cut; loading the workload may take longer.
            explained: Whether to tell where its time and memory went, which slows it.

        Raises:
            WrongCall: The workload cannot be run as it was written.
            ChildFailed: The interpreter does not work.
        """
        request = Measure(self.workload, strategy, draw, round_number, explained)
        child = _listened(strategy.python, request, limit_s, strategy.environment)
        match _answer(child):
            case Sample() as sample:
                return replace(sample, peak_pss_bytes=child.peak_pss_bytes)
            case Failure() as failure:
                return failure
            case other:
                raise TypeError(other)

    def examine(self, python: str, limit_s: float, *, trial: bool) -> Examination:
        """Look for hazards in a child: read the code, of which nothing is executed, and then perhaps try a few calls.

        Args:
            python: The interpreter; empty for the one that runs whichpool.
            limit_s: When a step of the trial is cut; loading the workload may take longer.
            trial: Whether to load the workload and call the function.

        Returns:
            What was seen; where the trial was broken off, what was seen by then, and how it ended.

        Raises:
            WrongCall: The target or its items do not exist.
            ChildFailed: The interpreter does not work.
        """
        child = _listened(python, Examine(self.workload, trial), limit_s)
        match child.answer:
            case Examination(finished=True) as examination:
                return examination
            case Examination() as examination:
                message = f"the trial calls were broken off: {child.how_it_broke_off()}"
                return replace(examination, unseen=(*examination.unseen, Unseen(tuple(PoolKind), message)))
            case _:
                answer = _answer(child)
        if isinstance(answer, Failure):
            return Examination("", unseen=(Unseen(tuple(PoolKind), answer.message),), finished=False)
        raise TypeError(answer)


def try_claim(number: int, python: str, limit_s: float) -> Tried | Failure:
    """Run a claim's experiment in a child of its own; nothing that it starts outlives it.

    Args:
        number: The claim's number.
        python: The interpreter; empty for the one that runs whichpool.
        limit_s: When it is cut.

    Raises:
        WrongCall: The interpreter cannot be started.
        ChildFailed: The interpreter does not work.
    """
    match _answer(_listened(python, TryClaim(number), limit_s)):
        case Tried() | Failure() as answer:
            return answer
        case other:
            raise TypeError(other)


def _listened(
    python: str, request: Request, limit_s: float, environment: Mapping[str, str] = MappingProxyType({})
) -> "_Child":
    """Let a child answer a request, and hand it back when nothing is left of it but what it said."""
    with _started(python or sys.executable, environment) as child:
        child.listen(request, limit_s)
    return child


def _answer(child: "_Child") -> Answer:
    """Give a child's answer; one that could not answer is a failure, told by what was seen of it.

    Raises:
        WrongCall: The workload cannot be run as it was written.
        ChildFailed: The interpreter does not work.
    """
    answer = child.answer
    if isinstance(answer, Refused):
        raise WrongCall(answer.message)
    if isinstance(answer, Failure) and answer.trouble is Trouble.DIED:
        return replace(answer, traceback=child.stderr)
    if answer is not None:
        return answer
    if not child.was_cut and child.exit_code is None and child.pid is None:
        message = f"{child.python} does not work as a Python: it never got to the workload\n{child.stderr}"
        raise ChildFailed(message.rstrip())
    return Failure(Trouble.CUT if child.was_cut else Trouble.DIED, child.how_it_broke_off(), child.stderr)


@contextmanager
def _started(python: str, environment: Mapping[str, str]) -> Iterator["_Child"]:
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
        child = _Child(python, process, control, events)
        try:
            yield child
        finally:
            child.hang_up()
            child.wait()


class _Child:
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
                return _TO_EXIT_S + min(_TO_TRY_A_POOL_S, request.box_s) + 2 * self.facts.load_s
            return _TO_EXIT_S
        is_loading = self.facts is None and not isinstance(request, TryClaim)
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


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
