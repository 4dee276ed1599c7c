"""The share of time for which the GIL is held, felt by a thread that keeps asking for it.

The thread sleeps for exponentially distributed times, so it wakes at instants that know nothing of what the others do,
and finds the GIL held as often as it is held (Wolff 1982, "Poisson arrivals see time averages"). Only the time it then
waits is seen at other than random instants; all of it the GIL is held. With ``free`` the share of wakes that found it
free, the GIL is free for ``free`` times the time slept, out of the time slept and waited.

Whether a wake waited is not guessed from its lateness. Going to sleep takes a thread off its core once; waiting for
the GIL does so once more, and Linux counts that (``ru_nvcsw``). So holds down to a few microseconds are seen, and a
busy machine, which makes wakes late without taking the thread off its core by its own will, is not taken for a GIL.
"""

import contextlib
import ctypes
import itertools
import os
import random
import resource
import signal
import time
from _thread import allocate_lock, get_ident, get_native_id, start_new_thread
from collections.abc import Callable, Iterator
from pathlib import Path
from resource import getrusage
from time import perf_counter, sleep
from types import TracebackType
from typing import Self

from whichpool.lab.wakes import Wake, estimate
from whichpool.machine.gil import gil_is_on
from whichpool.values import Band

_MEAN_SLEEP_S = 1e-3
_LATE_S = 300e-6
_MOMENT_S = 50e-6
_clock_of: Callable[[int], int] | None = getattr(time, "pthread_getcpuclockid", None)  # not on macOS
_read_clock = time.clock_gettime
_THIS_THREAD: int | None = getattr(resource, "RUSAGE_THREAD", None)  # Linux and FreeBSD


class GilProbe:
    """Feels how long the GIL is held, by whichever thread, while its block runs.

    Assumed of the GIL: a thread that has slept must take it before it goes on, and blocks while another holds it; a
    thread that computes in Python is asked to let go every switch interval (5 ms), and then does.

    Guaranteed: none of the interpreter's settings is changed. The probe's thread takes no signals, and is done when
    the block is left, whatever the way; exceptions pass. Sleep and clock are those of the time this module was
    imported, so code in the block may replace them. The block is slowed by about a switch of threads a millisecond.
    """

    def __init__(self) -> None:
        """Get ready; nothing is felt before the block begins."""
        self._wakes: list[Wake] = []
        self._counted = False
        self._over = False
        self._done = allocate_lock()

    def __enter__(self) -> Self:
        """Start to feel."""
        self._done.acquire()
        # not a threading.Thread: code in the block may have replaced that, and finds no stranger among its threads
        start_new_thread(self._feel, (get_ident(), get_native_id()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and wait until the thread is done."""
        self._over = True
        self._done.acquire()

    def held(self, cpu_share: float) -> Band:
        """Tell the share of time for which the GIL was held.

        Args:
            cpu_share: The share of time for which the running thread computes. It bounds the answer where the system
                does not count how often a thread blocks: short holds escape the probe then, but a thread that is off
                its core hardly ever holds the GIL.
        """
        if not gil_is_on():
            return Band(0.0, 0.0)
        band = estimate(self._wakes)
        return band if self._counted else Band(band.low, max(band.high, min(1.0, cpu_share)))

    def _feel(self, ident: int, native_id: int) -> None:
        try:
            # a signal that the block waits for must not end up here
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            _wake_on_time()
            with _Glimpse("/proc/thread-self/schedstat") as own, _Glimpse(f"/proc/self/task/{native_id}/stat") as its:
                self._sleep_and_wake(own, _Holder(ident, its))
        finally:
            self._done.release()

    def _sleep_and_wake(self, own: "_Glimpse", holder: "_Holder") -> None:
        chance = random.Random(0)  # noqa: S311 - no secret
        cores = _cores()
        next(cores)
        while True:
            asked_s = chance.expovariate(1 / _MEAN_SLEEP_S)
            holder.mark()
            blocks, queued_s, begun_s = _blocks(), own.queued_s(), perf_counter()
            sleep(asked_s)
            woken_s = perf_counter()
            late_s = woken_s - begun_s - asked_s
            blocks = _blocks() - blocks
            queued_s, cpu_s = own.queued_s() - queued_s, holder.since_mark_s()
            if self._over:
                return
            self._counted = self._counted or blocks > 0
            # so short a sleep may be over before it begins, and then it is the wait alone that blocks
            by_time = not self._counted or asked_s < _MOMENT_S
            found_held = blocks > 1 or (by_time and late_s - queued_s > _LATE_S)
            blocked_view = queued_s > _MOMENT_S and 2 * cpu_s > queued_s
            if queued_s > _MOMENT_S:
                next(cores)
            wake = Wake(asked_s, late_s, queued_s, found_held, blocked_view, perf_counter() - woken_s)
            after_wait = bool(self._wakes) and self._wakes[-1].found_held
            if after_wait and not found_held and cpu_s < _MOMENT_S and holder.wants_a_core():
                wake = self._wakes.pop().prolonged(wake)
            self._wakes.append(wake)


class _Holder:
    """The thread that runs the block, as the probe sees it."""

    def __init__(self, ident: int, stat: "_Glimpse") -> None:
        self._clock = _clock_of(ident) if _clock_of else None
        self._stat = stat
        self._marked_s = 0.0

    def mark(self) -> None:
        self._marked_s = self._cpu_s()

    def since_mark_s(self) -> float:
        """Tell its CPU time since the mark; 0 where the system does not tell that of another thread."""
        return self._cpu_s() - self._marked_s

    def _cpu_s(self) -> float:
        return 0.0 if self._clock is None else _read_clock(self._clock)

    def wants_a_core(self) -> bool:
        """Whether it computes, or would if it had a core."""
        return self._stat.read().rpartition(b")")[2].split()[:1] == [b"R"]


class _Glimpse:
    """A file of the system's, to be read without letting go of the GIL: taking it back would have to be waited for."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._text = ctypes.create_string_buffer(512)
        self._queued_s = 0.0
        self._pread = ctypes.PyDLL(None).pread
        self._pread.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_long)

    def __enter__(self) -> Self:
        try:
            self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._file = -1
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            os.close(self._file)

    def read(self) -> bytes:
        """Read the file's beginning; nothing where there is no such file."""
        length = self._pread(self._file, self._text, len(self._text), 0)
        return self._text.raw[: max(0, length)]

    def queued_s(self) -> float:
        """Tell from a ``schedstat`` for how long its thread has waited for a core; 0 where Linux does not say."""
        if fields := self.read().split():
            self._queued_s = int(fields[1]) / 1e9
        return self._queued_s


def _blocks() -> int:
    """Tell how often this thread has left its core to wait for something; 0 where the system does not count it."""
    return 0 if _THIS_THREAD is None else getrusage(_THIS_THREAD).ru_nvcsw


def _wake_on_time() -> None:
    """Ask Linux not to put this thread's wakes together with those of others: they would be at random no more."""
    with contextlib.suppress(OSError):
        Path(f"/proc/{get_native_id()}/timerslack_ns").write_text("1", encoding="ascii")


def _cores() -> Iterator[None]:
    """Move this thread to another core at each step: on that of a busy thread it would wait for it, and see nothing."""
    if not hasattr(os, "sched_setaffinity"):
        yield from itertools.repeat(None)
    for core in itertools.cycle(sorted(os.sched_getaffinity(0))):
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {core})
        yield
