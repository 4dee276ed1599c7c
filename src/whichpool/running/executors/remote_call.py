"""Calls of the executor in a worker process, from bytes to bytes.

A call travels as one pickle and comes back as one. What cannot be read is the failure of that call, not of the worker.
"""

import os
import pickle
import signal
from _thread import start_new_thread
from collections.abc import Callable
from multiprocessing.connection import Connection
from time import perf_counter
from typing import Any, NamedTuple

from whichpool.pools.chunk import Clocks
from whichpool.running import place
from whichpool.running.executors import surroundings
from whichpool.running.hang_up import kill_at_hang_up
from whichpool.running.workers.outcomes import packed_failure, packed_unsendable

READY = END = b""
"""What a worker says when it has begun, and what it is told when there is no more."""

Call = tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]
"""A function with its positional and its keyword arguments."""


class Returned(NamedTuple):
    """How a call went; its outcome follows.

    Attributes:
        why_not_begun: Why the call could not be read here; empty if it was made.
        elapsed_s: How long it took in the worker, and pickling what came of it.
        cpu_s: How much of that it computed or waited for a core.
    """

    why_not_begun: str
    elapsed_s: float = 0.0
    cpu_s: float = 0.0


def begin_thread(initializer: Callable[..., object] | None, initargs: tuple[Any, ...]) -> None:
    """Begin the work of a worker thread."""
    place.enter_thread()
    if initializer is not None:
        initializer(*initargs)


def begin_process(initializer: Callable[..., object] | None, initargs: tuple[Any, ...]) -> None:
    """Begin the work of a worker process."""
    place.enter_process()
    if initializer is not None:
        initializer(*initargs)


def serve(
    line: Connection,
    lifeline: Connection,
    around: surroundings.Surroundings,
    initializer: Callable[..., object] | None,
    initargs: tuple[Any, ...],
) -> None:
    """Make calls, one after the other, until there are no more, or no caller.

    Args:
        line: Where they come from.
        lifeline: What ends when the caller is gone.
        around: What the program had set when this process was started.
        initializer: What is called first.
        initargs: What that is called with.

    Raises:
        BaseException: What the initializer raised.
    """
    # a call goes on at Ctrl-C, as it does in a thread; a handler, because what a function starts would keep SIG_IGN
    signal.signal(signal.SIGINT, _go_on)
    kill_at_hang_up(lifeline.fileno(), os.getpid())
    start_new_thread(_end_with_caller, (lifeline,))
    # what a function starts must not keep the line open, nor take part, where it is a copy of this process
    for end in (line, lifeline):
        os.set_inheritable(end.fileno(), False)  # noqa: FBT003 - it takes no keyword
        os.register_at_fork(after_in_child=end.close)
    pid = os.getpid()
    surroundings.restore(around)
    begin_process(initializer, initargs)
    try:
        _leave_to(pid)
        line.send_bytes(READY)
        while _serve_one(line, pid):
            continue
    except (EOFError, OSError):  # the caller is gone
        return


def _serve_one(line: Connection, pid: int) -> bool:
    """Make the next call; tell whether there was one. Nothing of it is left when the worker waits for another."""
    pickled = line.recv_bytes()
    if pickled == END:
        return False
    try:
        call: Call = pickle.loads(pickled)  # noqa: S301 - it comes from the caller
    except BaseException as error:  # anything may be raised by a user's constructor
        why = f"a worker process cannot unpickle the call: {type(error).__name__}: {error}"
        returned, outcome = Returned(why), b""
    else:
        del pickled
        returned, outcome = _make(*call)
    _leave_to(pid)
    line.send(returned)
    line.send_bytes(outcome)
    return True


def _make(function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Returned, bytes]:
    clocks, begun_s = Clocks(), perf_counter()
    outcome = _outcome(function, args, kwargs)
    elapsed_s, ended = perf_counter() - begun_s, Clocks()
    return Returned("", elapsed_s, ended.cpu_s - clocks.cpu_s + ended.queued_s - clocks.queued_s), outcome


def _outcome(function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    try:
        result = function(*args, **kwargs)
    except BaseException as error:  # a user's function may raise anything
        return packed_failure(error)
    try:
        return pickle.dumps(result, pickle.HIGHEST_PROTOCOL)
    except BaseException as error:  # as may pickling what it returned
        return packed_unsendable(result, error)


def _leave_to(pid: int) -> None:
    """End a copy of the worker: the user's code has forked, and came back twice."""
    if os.getpid() != pid:
        os._exit(0)


def _go_on(*_: object) -> None:
    """Heed no interrupt: the caller says when there is no more to do."""


def _end_with_caller(lifeline: Connection) -> None:
    """Wait until the caller is gone, and end this process when the GIL can be had."""
    lifeline.poll(None)
    os.kill(os.getpid(), signal.SIGKILL)
