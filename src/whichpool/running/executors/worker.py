"""A worker process of an executor, on the caller's side."""

import multiprocessing
import os
import select
import sys
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from whichpool.pools.exits import how_it_ended
from whichpool.running.crew import NotBegun
from whichpool.running.executors import surroundings
from whichpool.running.executors.remote_call import END, Returned, serve

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_TO_DIE_S = 1.0
"""Its line is closed some moments before a process has ended."""


def safe_context() -> BaseContext:
    """Choose how to start processes while threads are alive: never by ``fork``, which may copy a lock that is held."""
    method: str | None = multiprocessing.get_start_method(allow_none=True)
    if method is None or method == "fork":
        has_server = "forkserver" in multiprocessing.get_all_start_methods() and sys.platform == "linux"
        method = "forkserver" if has_server else "spawn"
    return multiprocessing.get_context(method)


_lifelines: "WeakSet[Connection]" = WeakSet()
"""The caller's ends of lines that end with it: workers hear of that, unless a fork of the caller holds them as well."""


def _close_lifelines() -> None:
    for lifeline in list(_lifelines):
        lifeline.close()


os.register_at_fork(after_in_child=_close_lifelines)


class Worker:
    """Makes calls in a process of its own, for one thread at a time."""

    def __init__(
        self, context: BaseContext, initializer: Callable[..., object] | None, initargs: tuple[Any, ...]
    ) -> None:
        """Start the process.

        Raises:
            NotBegun: It cannot be started.
        """
        self._exit_code = 0
        self._process: BaseProcess | None = None
        self._has_begun = False
        try:
            self._line, theirs = context.Pipe()
            their_lifeline, self._lifeline = context.Pipe(duplex=False)
            _lifelines.add(self._lifeline)
            with theirs, their_lifeline:
                args = theirs, their_lifeline, surroundings.taken(), initializer, initargs
                process: BaseProcess = context.Process(target=serve, args=args)  # type: ignore[attr-defined]
                process.start()
            self._process, self._sentinel = process, _sentinel(process)
        except Exception as error:  # anything may be raised by the __reduce__ of what the initializer is called with
            message = f"a worker process could not be started: {type(error).__name__}: {error}"
            raise NotBegun(message) from None
        self._events = select.poll()
        for descriptor in (self._line.fileno(), self._sentinel):
            self._events.register(descriptor, select.POLLIN)

    def begin(self) -> None:
        """Wait until it has begun; may be called again.

        Raises:
            NotBegun: It died as it began.
        """
        if self._has_begun:
            return
        try:
            self._await_word()
            self._line.recv_bytes()
        except (EOFError, OSError):
            message = f"worker processes die as they begin: the last one {self._how_it_died()}"
            raise NotBegun(message) from None
        self._has_begun = True

    def is_alive(self) -> bool:
        """Tell whether it can be called, while it has nothing to do, and nothing to say."""
        return not self._events.poll(0)

    def call(self, pickled: bytes) -> tuple[Returned, bytes]:
        """Make a pickled call.

        Returns:
            How it went, and what came of it, pickled.

        Raises:
            BrokenProcessPool: It died during the call.
        """
        try:
            self._line.send_bytes(pickled)
            self._await_word()
            returned: Returned = self._line.recv()
            return returned, self._line.recv_bytes()
        except (EOFError, OSError):
            message = f"the worker process that the call ran in {self._how_it_died()}"
            raise BrokenProcessPool(message) from None

    def dismiss(self) -> None:
        """Tell it that there is no more to do; it ends by itself."""
        try:
            self._line.send_bytes(END)
        except OSError:  # it is gone already
            return

    def kill(self) -> None:
        """End it at once, unless it is known to be gone."""
        process = self._process
        if process is not None:
            process.kill()

    def join(self) -> None:
        """Wait until it is gone, and keep nothing of it: who has an exception of its has this object, too."""
        process = self._process
        if process is not None:
            process.join()
            self._exit_code = process.exitcode or 0
            self._line.close()
            self._lifeline.close()
            if self._sentinel != process.sentinel:
                os.close(self._sentinel)
            self._process = None  # not closed: multiprocessing may be waiting for it as well, at exit

    def _await_word(self) -> None:
        """Wait until it says something, or dies: what it has started may keep its end of the line open.

        Raises:
            EOFError: It died.
        """
        if self._line.fileno() not in dict(self._events.poll()):
            raise EOFError

    def _how_it_died(self) -> str:
        process = self._process
        if process is not None:
            process.join(_TO_DIE_S)
        closed_its_line = process is not None and process.is_alive()
        self.kill()
        self.join()
        return "closed its line to the caller, and was ended" if closed_its_line else how_it_ended(self._exit_code)


def _sentinel(process: BaseProcess) -> int:
    """Give what can be read from when a process has ended.

    That of ``multiprocessing`` is a pipe, which a process keeps open that a spawned worker has started.
    """
    try:
        return os.pidfd_open(process.pid or 0)
    except (AttributeError, OSError):  # macOS; an old kernel, or a sandbox
        return process.sentinel
