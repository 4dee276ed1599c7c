"""Where the calls of each function run, in an executor that chooses."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Event, Lock
from types import CodeType, MethodType
from typing import Any, TypeVar

from whichpool.running.executors.gil_watch import GilWatch
from whichpool.wording import count

Key = object
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FunctionReport:
    """Where the calls of one function ran.

    Attributes:
        function: The function's name.
        in_threads: How many calls began in threads.
        in_processes: How many calls were given to processes.
        why: Why its calls moved, or stay where they are; empty as long as nothing has been decided.
    """

    function: str
    in_threads: int
    in_processes: int
    why: str

    def __str__(self) -> str:
        """Tell it in a line."""
        where = [("threads", self.in_threads), ("processes", self.in_processes)]
        told = " and ".join(f"{count(calls, 'call')} in {pool}" for pool, calls in where if calls) or "no call yet"
        return f"{self.function}: {told}{f'; {self.why}' if self.why else ''}"


@dataclass(frozen=True, slots=True)
class ExecutorReport:
    """Where the calls of an executor ran, function by function; ``print`` shows it.

    Attributes:
        functions: One for each function that was called, in the order of their first calls.
    """

    functions: tuple[FunctionReport, ...]

    @property
    def in_threads(self) -> int:
        """How many calls began in threads."""
        return sum(function.in_threads for function in self.functions)

    @property
    def in_processes(self) -> int:
        """How many calls were given to processes."""
        return sum(function.in_processes for function in self.functions)

    def __str__(self) -> str:
        """Tell it for people, a line for each function."""
        return "\n".join(map(str, self.functions)) or "No function has been called."

    def _repr_pretty_(self, printer: Any, *_: object) -> None:  # noqa: ANN401 - IPython's
        printer.text(str(self))


class Course:
    """What is known of one function, by its calls.

    Attributes:
        name: The function's name for people.
        pool: Where its next call runs.
        watch: Looks at its calls in threads; None once it has been decided where they run.
        lock: Is held by whoever changes any of these.
        is_settled: Not set while it is being decided where the calls to come run.
        seen: What was seen of calls that keep each other waiting.
        is_to_be_tried: Whether one more call is to show that the function leaves its arguments as they are.
        was_tried: Whether one has; as long as calls were given nothing that they could change, there was no need.
    """

    def __init__(self, function: Callable[..., Any], watch: GilWatch | None) -> None:
        """Begin in threads."""
        self.name = _told(_named(function), "__qualname__", str) or type(function).__name__
        self.pool = "threads"
        self.watch = watch
        self.lock = Lock()
        self.is_settled = Event()
        self.is_settled.set()
        self.seen = ""
        self.is_to_be_tried = self.was_tried = False
        self._why = ""
        self._submitted = 0
        self._in_threads = 0
        self._in_processes = 0

    @property
    def waiting(self) -> int:
        """How many calls wait to begin; those that were cancelled meanwhile are still counted."""
        return max(0, self._submitted - self._in_threads - self._in_processes)

    def takes_the_trial(self) -> bool:
        """Tell whether a call that begins is the one to be looked at."""
        with self.lock:
            is_the_one, self.is_to_be_tried = self.is_to_be_tried, False
            return is_the_one

    def submit(self) -> None:
        """Count a call that waits to begin."""
        with self.lock:
            self._submitted += 1

    def count(self, pool: str, calls: int = 1) -> None:
        """Count a call that begins, or take it back."""
        with self.lock:
            if pool == "threads":
                self._in_threads += calls
            else:
                self._in_processes += calls

    def settle(self, pool: str, why: str) -> bool:
        """Decide where the calls to come run, and stop watching.

        Returns:
            Whether that is new.
        """
        with self.lock:
            is_new = self.pool != pool or not self._why
            self.pool, self._why, self.watch = pool, why if is_new else self._why, None
            return is_new

    def report(self) -> FunctionReport:
        """Tell what has come of it so far."""
        with self.lock:
            return FunctionReport(self.name, self._in_threads, self._in_processes, self._why)


def key_of(function: Callable[..., Any]) -> Key:
    """Tell functions apart without keeping what they are bound to alive; closures of the same code are one function."""
    named = _named(function)
    return _told(named, "__code__", CodeType), _told(named, "__module__", str), _told(named, "__qualname__", str)


def _named(function: Callable[..., Any]) -> object:
    """Find what has a name: the function of a partial or a method, the class of an object that can be called."""
    while isinstance(function, partial):
        function = function.func
    inner = function.__func__ if isinstance(function, MethodType) else function
    return type(inner) if _told(inner, "__qualname__", str) is None else inner


def _told(value: object, name: str, kind: type[T]) -> T | None:
    """Give an attribute of a kind; a proxy may have an answer to any name, and be asked in vain."""
    try:
        told = getattr(value, name, None)
    except Exception:  # as __getattr__ may raise anything
        return None
    return told if isinstance(told, kind) else None
