"""Makes the calls of an executor: each in the thread that it came to, or in a process by way of that thread."""

import logging
import pickle
import sys
from collections.abc import Callable
from operator import is_
from threading import Lock
from time import perf_counter, process_time, thread_time
from types import ModuleType
from typing import Any, TypeVar

from whichpool.errors import Unsendable
from whichpool.running.crew import NotBegun
from whichpool.running.executors import main_guard
from whichpool.running.executors.course import Course, ExecutorReport, Key, key_of
from whichpool.running.executors.gil_watch import Call, GilWatch
from whichpool.running.executors.idle import IdleClock
from whichpool.running.executors.process_calls import ProcessCalls
from whichpool.running.trial import Trial, could_change

log = logging.getLogger("whichpool")

T = TypeVar("T")

_LONGEST_LOOK_S = 1.0
_CHEAP_PICKLING_S = 0.25e-3
_DEAREST_PICKLING = 1 / 3


class Imports:
    """Tells whether a module is being imported: pickling what it defines would wait for the thread that imports it.

    And that thread may be waiting for the call that pickles.
    """

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._quiet_with: list[object] = []

    def are_under_way(self) -> bool:
        """Look at all modules, but for when they are those of last time, and none was being imported."""
        known: list[object] = list(sys.modules.values())  # any object may stand among the modules
        # an import begins by putting one there
        if len(known) == len(self._quiet_with) and all(map(is_, known, self._quiet_with)):
            return False
        modules = [module for module in known if isinstance(module, ModuleType)]
        # asking a lazy module itself would load it
        specs = [object.__getattribute__(module, "__dict__").get("__spec__") for module in modules]
        if any(getattr(spec, "_initializing", False) for spec in specs):
            return True
        self._quiet_with = known
        return False


class Dispatch:
    """Knows where the calls of each function run, and moves a function when that pays."""

    def __init__(self, processes: ProcessCalls | None, watch: Callable[[], GilWatch]) -> None:
        """Begin in threads.

        Args:
            processes: Where functions may move to; None if they are to stay in threads.
            watch: Makes what looks at the calls of one function.
        """
        self._processes = processes
        self._watch = watch
        self._idle = IdleClock()
        self._imports = Imports()
        self._lock = Lock()
        self._courses: dict[Key, Course] = {}
        self._running = 0

    def report(self) -> ExecutorReport:
        """Tell what has run where so far, and why."""
        with self._lock:
            courses = tuple(self._courses.values())
        return ExecutorReport(tuple(course.report() for course in courses))

    def course(self, function: Callable[..., Any]) -> Course:
        """Give what is known of a function."""
        key = key_of(function)
        course = self._courses.get(key)
        if course is None:
            with self._lock:
                course = self._courses.setdefault(key, Course(function, self._watch() if self._processes else None))
        return course

    def call(self, course: Course, function: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        """Make a call of a function whose course is known; a thread of the executor does so."""
        if not course.is_settled.is_set():
            course.is_settled.wait(_LONGEST_LOOK_S)  # a look among calls that hold the GIL takes many times as long
        if course.pool == "processes" and self._processes is not None:
            if not course.was_tried and could_change(function, [*args, *kwargs.values()]):
                course.count("threads")
                return self._tried(course, function, args, kwargs)
            try:
                result: T = self._hand_over(self._processes, course, function, args, kwargs)
            except NotBegun as reason:
                if reason.args:
                    self._settle(course, "threads", str(reason))
            else:
                return result
        course.count("threads")
        if course.takes_the_trial():
            return self._tried(course, function, args, kwargs)
        watch = course.watch
        if watch is None or watch.is_resting():
            return function(*args, **kwargs)
        return self._watched(course, watch, function, args, kwargs)

    def _hand_over(self, processes: ProcessCalls, course: Course, *call: object) -> Any:  # noqa: ANN401 - the result
        """Make a call in a process.

        Raises:
            NotBegun: It has to run here; without a word if that says nothing of other calls.
        """
        if self._imports.are_under_way():
            raise NotBegun
        try:
            pickled = pickle.dumps(call, pickle.HIGHEST_PROTOCOL)
        except Exception:  # arguments of another kind than those that were tried
            raise NotBegun from None
        course.count("processes")
        try:
            return processes.call(pickled)
        except NotBegun:
            course.count("processes", -1)
            raise
        except Unsendable as reason:
            self._settle(course, "threads", str(reason))
            raise

    def _watched(
        self,
        course: Course,
        watch: GilWatch,
        function: Callable[..., T],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> T:
        with self._lock:
            self._running += 1
            beside = self._running
        begun_s, cpu_s, process_s, idle_s = perf_counter(), thread_time(), process_time(), self._idle()
        try:
            result = function(*args, **kwargs)
        finally:
            ended_idle_s = self._idle()
            call = Call(
                elapsed_s=perf_counter() - begun_s,
                cpu_s=thread_time() - cpu_s,
                process_cpu_s=process_time() - process_s,
                idle_s=None if idle_s is None or ended_idle_s is None else ended_idle_s - idle_s,
                beside=beside,
                behind=course.waiting,
            )
            with self._lock:
                self._running -= 1
        with course.lock:
            is_held_up = course.watch is watch and watch.add(call) and not self._imports.are_under_way()
            if is_held_up:
                course.watch = None  # whatever comes of it is for good
                course.is_settled.clear()
        if is_held_up:
            try:
                why_stay = _why_stay(function, args, kwargs, result, watch.call_s)
                self._decide(course, watch, why_stay, is_to_be_tried=could_change(function, [*args, *kwargs.values()]))
            except BaseException as error:  # it takes nothing from the call that has been made
                self._settle(course, "threads", f"whether it may move could not be found out: {type(error).__name__}")
            finally:
                course.is_settled.set()
        return result

    def _decide(self, course: Course, watch: GilWatch, why_stay: str | None, *, is_to_be_tried: bool) -> None:
        if why_stay is not None:
            self._settle(course, "threads", why_stay)
        elif is_to_be_tried:
            course.seen, course.is_to_be_tried = watch.seen, True
        else:
            self._settle(course, "processes", watch.seen)

    def _tried(self, course: Course, function: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        """Make a call, and see whether it changes its arguments: in another process the caller would not see that."""
        trial = Trial(function, [*args, *kwargs.values()])
        try:
            return function(*args, **kwargs)
        finally:
            course.was_tried = True
            why_not = trial.why_not()
            if why_not is None:
                self._settle(course, "processes", course.seen)
            else:
                self._settle(course, "threads", why_not)

    def _settle(self, course: Course, pool: str, why: str) -> None:
        verb = "stays in threads" if pool == "threads" and course.pool == pool else f"moves to {pool}"
        if course.settle(pool, f"{verb}: {why}"):
            log.info("%s %s: %s", course.name, verb, why)


def _why_stay(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    result: object,
    cpu_s: float,
) -> str | None:
    """Say why a function must stay in threads, whatever it would gain in processes; None if it may move.

    Whether a call can be pickled is tried with one that has just been made.
    """
    most_s = max(_CHEAP_PICKLING_S, _DEAREST_PICKLING * cpu_s)
    for _ in range(2):  # the first time is slow, where what pickles is not in the core's cache
        begun_s = thread_time()
        try:
            pickled = pickle.dumps((function, args, kwargs), pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            return f"the call cannot be pickled: {error}"
        try:
            pickle.loads(pickle.dumps(result, pickle.HIGHEST_PROTOCOL))  # noqa: S301 - it was pickled here
        except Exception as error:
            return f"its result cannot be pickled: {error}"
        if thread_time() - begun_s <= most_s:
            break
    else:
        return "pickling its arguments and its result, and unpickling that, takes more than a third as long as the call"
    from whichpool.running.safety import why_not  # noqa: PLC0415 - slow to import, and most functions stay in threads

    return why_not(function, [*args, *kwargs.values()], forks=False).get("processes") or main_guard.why_not_processes(
        pickled
    )
