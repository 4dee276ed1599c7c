"""How much of the time the loop holds the GIL, told by a thread that keeps waking up beside it."""

import math
import os
import time
from _thread import allocate_lock, get_ident, get_native_id, start_new_thread
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter, sleep

_MEAN_S = 2e-3
_DOZING_S = 50e-3
_LATE_S = 0.3e-3
_LEAST_WAKES = 2
_GOLDEN = (math.sqrt(5) - 1) / 2
_BETWEEN_S = 20e-6
_HOLD_S, _MOST = 1e-3, 0.8
_leaving: list["Pulse"] = []
"""Those that were stopped and that nobody has waited for."""


class Pulse:
    """Sleeps for short times, distributed exponentially, and measures by how much it wakes late.

    A thread that wakes has to wait for the GIL if another holds it, and wakes late by that. Of W seconds of waiting
    after S seconds of sleep, with a share P of the wake-ups that had to wait, ``(W + S·P) / (W + S)`` is the share of
    the time that the GIL was held: a wake-up comes at a random moment, so P estimates it for the time slept. What
    holds it for less than 0.3 ms at a time escapes it. The thread is a bare one, which takes 15 µs to start.
    """

    def __init__(self, beat: Callable[[], object] | None = None) -> None:
        """Prepare to listen.

        Args:
            beat: Is called by the thread whenever it has woken up.
        """
        self._beat = beat
        self._begun_s = perf_counter()
        self._mean_s = _MEAN_S
        self._end = allocate_lock()
        self._gone = allocate_lock()
        self._asleep_s = self._waited_s = 0.0
        self._wakes = self._late = 0
        self._is_started = self._stopped = False
        self._native_id = 0
        self._clock: ThreadClock | None = None
        self._pid = os.getpid()
        self._end.acquire()
        self._gone.acquire()

    def start(self) -> None:
        """Begin to listen; whoever starts it must know it by then, for that may be interrupted."""
        self._is_started = True
        try:
            start_new_thread(self._listen, ())
        except RuntimeError:  # the system has no more threads: nothing is heard
            self._is_started = False

    def held(self) -> float | None:
        """Give the share of the time so far that the GIL was held; None as long as there is too little to tell."""
        if self._wakes < _LEAST_WAKES:
            return None
        share = (self._late + 1) / (self._wakes + 1)  # a few wake-ups prove little: the rule of succession
        return (self._waited_s + self._asleep_s * share) / (self._waited_s + self._asleep_s)

    @property
    def listened_s(self) -> float:
        """How long it has listened."""
        return perf_counter() - self._begun_s

    @property
    def cpu_s(self) -> float:
        """How much its thread has computed, beats included."""
        return 0.0 if self._clock is None else self._clock.cpu_s

    @property
    def dozes(self) -> bool:
        """Whether it wakes up so seldom that it tells little of the GIL."""
        return self._mean_s == _DOZING_S

    def doze(self) -> None:
        """Wake up about every 50 ms from now on, for the sake of the beat: that disturbs nobody."""
        self._mean_s = _DOZING_S

    def stop(self) -> None:
        """End the thread; it is gone as soon as it gets its turn. May be called twice."""
        if not self._stopped:
            self._stopped = True
            self._beat = None  # until somebody has waited for it, it keeps nothing of the job alive
            if self._is_started:
                _leaving.append(self)
            self._end.release()  # where that is not reached, the thread sees at its next wake-up that it was stopped

    def _wait(self) -> None:
        """Wait until the thread is gone, for the system as well: a fork beside it would not be safe."""
        if os.getpid() != self._pid:  # a fork has the caller's thread alone
            return
        if get_native_id() == self._native_id:  # it was stopped just as it beat: nobody can wait for oneself
            return
        self._gone.acquire()
        self._gone.release()
        while self._native_id and os.path.exists(f"/proc/self/task/{self._native_id}"):  # noqa: PTH110 - pathlib is slow to import
            sleep(_BETWEEN_S)

    def _listen(self) -> None:
        self._native_id = get_native_id()
        self._clock = ThreadClock()
        chance = 0.5
        while True:
            chance = (chance + _GOLDEN) % 1.0  # spread evenly, with no generator of random numbers to import
            sleep_s = -self._mean_s * math.log(1.0 - chance)
            begun_s = perf_counter()
            if self._end.acquire(timeout=sleep_s) or self._stopped:
                self._gone.release()
                return
            late_s = perf_counter() - begun_s - sleep_s
            self._asleep_s += sleep_s
            self._wakes += 1
            if late_s > _LATE_S:
                self._late += 1
                self._waited_s += late_s
            beat = self._beat
            if beat is not None:
                beat()
                del beat


def wait_for_the_leaving(*, more_than: int = 0) -> None:
    """Wait until no thread is left of any pulse that was stopped, of this job or one before it.

    Args:
        more_than: How many may be left to their way out, none of which is waited for then.
    """
    if len(_leaving) > more_than:
        with suppress(IndexError):
            while True:
                _leaving.pop()._wait()  # noqa: SLF001 - of our own


class ThreadClock:
    """The CPU clock of the thread that makes it, for others to read; on systems without such clocks it stands still."""

    def __init__(self) -> None:
        """Begin at 0."""
        # asked for by the thread itself: the number of one that has ended may be anybody's, or nobody's
        self._clock = time.pthread_getcpuclockid(get_ident()) if hasattr(time, "pthread_getcpuclockid") else None
        self._begun_s = 0.0
        self._begun_s = self.cpu_s

    @property
    def cpu_s(self) -> float:
        """How much the thread has computed since."""
        try:
            return 0.0 if self._clock is None else time.clock_gettime(self._clock) - self._begun_s
        except OSError:  # the thread has ended
            return 0.0


def computes_without_gil(clock: ThreadClock) -> bool:
    """Hold the GIL for a millisecond, and tell whether another thread computes all the while.

    This hears what a pulse does not: whoever takes the GIL for moments only, but thousands of times, as SQLite does for
    each row, stands still meanwhile.

    Args:
        clock: That thread's.
    """
    begun_s, begun_cpu_s = perf_counter(), clock.cpu_s
    while (held_s := perf_counter() - begun_s) < _HOLD_S:
        continue
    # where it has taken longer, the GIL was given up meanwhile: to a thread that had been asking for it
    return held_s < 2 * _HOLD_S and clock.cpu_s - begun_cpu_s > _MOST * held_s
