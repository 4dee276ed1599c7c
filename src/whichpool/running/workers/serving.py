"""What a worker process does: it takes batches from its line until there are no more, or no caller."""

from __future__ import annotations

import os
import pickle
import select
import signal
import socket
import sys
from _thread import start_new_thread
from contextlib import suppress
from functools import partial
from math import inf
from time import perf_counter, thread_time
from typing import cast

from whichpool.pools.sharing import hold_unopened
from whichpool.running import place as whereabouts
from whichpool.running.hang_up import kill_at_hang_up
from whichpool.running.workers import world
from whichpool.running.workers.black_box import SIZE_BYTES, BlackBox
from whichpool.running.workers.line import Line, Packed, keep_apart
from whichpool.running.workers.outcomes import packed_failure, packed_unsendable, recorded, recorded_pickle
from whichpool.wording import size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, ParamSpec, TypeVar

    from whichpool.running.crew import Task

    P = ParamSpec("P")
    T = TypeVar("T")

_TELL_AFTER_S = 0.08
_LOOK_FOR_CALLER_MS = 1000
_HUNG_UP = getattr(select, "POLLRDHUP", select.POLLHUP)


def serve(line: Line, box: BlackBox, task: Task, *, by_value: bool) -> None:
    """Serve until the caller hangs up or says that there is no more.

    Args:
        line: The worker's end of the line.
        box: Where what is finished is noted.
        task: What is done with every item.
        by_value: Whether what is of the main program goes by value, because this process did not run that.
    """
    whereabouts.enter_process()
    os.register_at_fork(after_in_child=partial(_keep_out, line, box))
    limit = _MemoryLimit(task.memory_limit_bytes)
    try:
        if task.initializer is not None:
            task.initializer()
    except BaseException as error:  # a user's function may raise anything
        line.send(("refused",), Packed(limit.spare(packed_failure, error)))
        return
    line.send(("ready",))
    server = _Server(line, box, task, limit, by_value=by_value)
    while True:
        head, packed = line.receive()
        match head:
            case ("batch", number, first, count):
                server.run(number, first, count, packed)
            case ("hold", key):
                hold_unopened(key, packed.load)
            case _:
                return


def main(line_descriptor: int, lifeline_descriptor: int, box_descriptor: int, caller: int) -> None:
    """Serve in a process that was started anew: its task is the first message."""
    for descriptor in (line_descriptor, lifeline_descriptor, box_descriptor):
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - it takes no keyword
    line = Line(socket.socket(fileno=line_descriptor), socket.socket(fileno=lifeline_descriptor))
    box = BlackBox(box_descriptor)
    reset_signals()
    end_with_caller(line, caller)

    def work() -> None:
        task, around = line.receive()[1].load()
        world.restore(around)
        serve(line, box, task, by_value=True)

    end_by_itself(work)


def end_with_caller(line: Line, caller: int) -> None:
    """See that this worker is gone when its caller is, with all that it has started, whatever it is at.

    Args:
        line: Its end of the line.
        caller: The caller's process.
    """
    kill_at_hang_up(line.lifeline.fileno(), -os.getpid())
    start_new_thread(_watch_caller, (line.lifeline.fileno(), caller))


def _watch_caller(lifeline: int, caller: int) -> None:
    """Wait until the caller is gone, and end this worker's group when the GIL can be had."""
    poll = select.poll()
    poll.register(lifeline, _HUNG_UP)
    while not poll.poll(_LOOK_FOR_CALLER_MS):
        if os.getppid() != caller:  # someone else holds a copy of the caller's end of the line
            break
    os.killpg(0, signal.SIGKILL)


def end_by_itself(work: Callable[[], None]) -> None:
    """Work, and end this process without going back to whatever it was forked from."""
    code = 1
    try:
        work()
        code = 0
    except (EOFError, BrokenPipeError, ConnectionResetError):  # the caller is gone
        code = 0
    except KeyboardInterrupt:  # the caller says what there is to say
        code = 128 + signal.SIGINT
    except BaseException:  # what goes wrong here is a bug of ours, and should be seen
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, OSError, ValueError):
                stream.flush()
        os._exit(code)


def reset_signals() -> None:
    """Forget the caller's handlers: they would act on a copy of it."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, _interrupt)


class _Interrupted(KeyboardInterrupt):
    """Someone has interrupted this worker, which is another thing than what a function raises by that name."""


def _interrupt(*_: object) -> None:
    raise _Interrupted


class _Server:
    """Runs batches, one after the other."""

    def __init__(self, line: Line, box: BlackBox, task: Task, limit: _MemoryLimit, *, by_value: bool) -> None:
        self._line = line
        self._box = box
        self._task = task
        self._limit = limit
        self._by_value = by_value
        self._dumps: Callable[..., bytes] = pickle.dumps  # several times as fast, where it does
        self._buffers: list[memoryview] = []
        self._told_s = self._told_cpu_s = 0.0

    def run(self, number: int, first: int, count: int, packed: Packed) -> None:
        """Run a batch, and send its results: at its end, and now and then before.

        A result goes into the black box at once, and over the line together with others. What is left when the batch
        has taken too long is given back: another worker may have nothing to do.
        """
        box, function, is_unpacked = self._box, self._task.function, self._task.unpacked
        # a worker may die of its items' own constructors: the caller is to know what it was at
        box.begin_batch(number, perf_counter())
        try:
            items = self._items(first, count, packed)
        except Exception as error:  # anything may be raised by a user's constructor
            self._line.send(("unreadable", number, f"{type(error).__name__}: {error}"))
            box.end_batch()
            return
        unsent = 0
        self._told_s, self._told_cpu_s = perf_counter(), thread_time()
        longest_s = self._task.longest_batch_s
        until_s = inf if longest_s is None else self._told_s + longest_s
        due_s = min(self._told_s + _TELL_AFTER_S, until_s)
        for place, item in enumerate(items):
            now_s = perf_counter()
            if now_s > due_s and place:
                self._tell(number, unsent, place - unsent)
                if now_s > until_s:
                    self._line.send(("rest", number))
                    break
                unsent, due_s = place, min(now_s + _TELL_AFTER_S, until_s)
            box.begin_item(place, now_s)
            data: bytes | None = None
            try:
                value = function(*item) if is_unpacked else function(item)
                record = recorded(value)
            except _Interrupted:
                raise
            except BaseException as error:  # a user's function may raise anything
                value = record = None
                data = self._packed_failure(error)
            if record is None:
                data = self._packed(value) if data is None else data
                if not self._buffers and len(data) <= SIZE_BYTES:
                    record = self._limit.spare(recorded_pickle, data)
            if record is None or not box.add(record, place + 1 - unsent):  # what does not fit goes at once
                self._tell(number, unsent, place - unsent)
                self._tell_one(number, place, self._packed(value) if data is None else data)
                unsent = place + 1
        else:
            self._tell(number, unsent, len(items) - unsent)
        box.end_batch()

    def _items(self, first: int, count: int, packed: Packed) -> Sequence[Any]:
        """Give the items of a batch: those that were sent, or those that this process has had since it was forked."""
        source = self._task.source
        items: Sequence[Any] = packed.load() if len(packed) or source is None else source[first : first + count]
        if len(items) != count:
            message = f"the list of the items has changed its length since item {first} was given out"
            raise IndexError(message)
        return items

    def _tell(self, number: int, first: int, count: int) -> None:
        """Send the results that are in the black box, if there are any, and go on behind them."""
        if count:
            self._send("row", number, first, count, Packed(self._limit.spare(self._box.records)))

    def _tell_one(self, number: int, place: int, data: bytes) -> None:
        """Send one result that has not been in the black box, and go on behind it."""
        packed = Packed(data, self._buffers)
        self._buffers = []
        self._send("one", number, place, 1, packed)

    def _send(self, what: str, number: int, first: int, count: int, packed: Packed) -> None:
        now_s, cpu_s = perf_counter(), thread_time()
        head = (what, number, first, count, now_s - self._told_s, cpu_s - self._told_cpu_s)
        self._limit.spare(self._line.send, head, packed)
        packed.release()
        self._told_s, self._told_cpu_s = now_s, cpu_s
        self._box.empty(first + count)

    def _packed_failure(self, error: BaseException) -> bytes:
        self._limit.explain(error)
        return self._limit.spare(packed_failure, error, _cloudpickle_dumps() if self._by_value else pickle.dumps)

    def _packed(self, value: object) -> bytes:
        try:
            return self._dumps(value, protocol=5, buffer_callback=self._is_small)
        except MemoryError as error:
            self._buffers = []
            return self._packed_failure(error)
        except _Interrupted:
            raise
        except BaseException as error:  # anything may be raised by a user's __reduce__
            self._buffers = []
            if self._dumps is pickle.dumps:
                try:  # lambdas, and what is of the main program
                    data = _cloudpickle_dumps()(value, protocol=5, buffer_callback=self._is_small)
                except _Interrupted:
                    raise
                except BaseException:  # as above; plain pickle's reason is the clearer one
                    self._buffers = []
                else:
                    self._dumps = _cloudpickle_dumps() if self._by_value else pickle.dumps
                    return data
            return packed_unsendable(value, error)

    def _is_small(self, buffer: pickle.PickleBuffer) -> bool:
        """Keep a large buffer out of the pickle."""
        return keep_apart(buffer, self._buffers)


def _cloudpickle_dumps() -> Callable[..., bytes]:
    import cloudpickle  # noqa: PLC0415 - slow to import, and seldom needed

    return cast("Callable[..., bytes]", cloudpickle.dumps)


class _MemoryLimit:
    """Has an allocation fail that takes this process's own data beyond what it has now by a limit, if there is one."""

    def __init__(self, limit_bytes: int | None) -> None:
        self._limits: tuple[tuple[int, int], tuple[int, int]] | None = None
        self._limit_bytes = limit_bytes
        if limit_bytes is None:
            return
        import resource  # noqa: PLC0415 - seldom needed

        with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123 - pathlib is slow to import
            used_bytes = next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmData:"))
        before = resource.getrlimit(resource.RLIMIT_DATA)
        self._limits = before, (used_bytes + limit_bytes, before[1])
        self._set = partial(resource.setrlimit, resource.RLIMIT_DATA)
        self._set(self._limits[1])

    def explain(self, error: BaseException) -> None:
        """Give words to an error for which Python has none."""
        if isinstance(error, MemoryError) and not error.args and self._limit_bytes is not None:
            error.args = (f"the worker may use {size(self._limit_bytes)} more than when it began, by its memory limit",)

    def spare(self, act: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something beyond the limit where it cannot be done within: what leaves no room is to be told of."""
        try:
            return act(*args, **kwargs)
        except MemoryError:
            if self._limits is None:
                raise
        before, limited = self._limits
        self._set(before)
        try:
            return act(*args, **kwargs)
        finally:
            self._set(limited)


def _keep_out(line: Line, box: BlackBox) -> None:
    """Have a copy of this worker end as soon as it would take part: the user's code has forked, and came back twice."""
    line.lifeline.close()  # what does not come back may outlive the job
    for used, names in ((line, ("send", "receive")), (box, ("begin_batch", "begin_item", "add", "end_batch"))):
        for name in names:
            setattr(used, name, _leave)


def _leave(*_: object) -> None:
    os._exit(0)
