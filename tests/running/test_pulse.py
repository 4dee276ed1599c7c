"""A thread that keeps waking up tells how much of the time the GIL is held."""

import hashlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import pytest

from whichpool.running.pulse import Pulse, ThreadClock, computes_without_gil, wait_for_the_leaving


def held_while(work_s: float, *, spins: bool) -> float | None:
    pulse = Pulse()
    pulse.start()
    until_s = time.perf_counter() + work_s
    while time.perf_counter() < until_s:
        if not spins:
            time.sleep(0.01)
    pulse.stop()
    wait_for_the_leaving()
    return pulse.held()


needs_gil = pytest.mark.skipif(
    not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="this Python runs without the GIL"
)


@needs_gil
def test_what_computes_in_python_holds_the_gil() -> None:
    held = held_while(0.3, spins=True)
    assert held is not None
    assert held > 0.7


def test_what_sleeps_does_not_hold_the_gil() -> None:
    held = held_while(0.3, spins=False)
    assert held is not None
    assert held < 0.4


def test_nothing_is_told_before_it_has_woken_up_a_few_times() -> None:
    pulse = Pulse()
    pulse.start()
    assert pulse.held() is None
    pulse.stop()
    pulse.stop()
    wait_for_the_leaving()


def test_a_pulse_that_was_waited_for_is_no_thread_of_the_process_any_more() -> None:
    tasks = Path("/proc/self/task")
    before = len(list(tasks.iterdir()))
    for _ in range(50):
        pulse = Pulse()
        pulse.start()
        pulse.stop()
        wait_for_the_leaving()
        assert len(list(tasks.iterdir())) == before


def test_a_pulse_that_never_began_need_not_be_waited_for() -> None:
    pulse = Pulse()
    pulse.stop()
    wait_for_the_leaving()


def test_a_pulse_that_is_stopped_as_it_beats_does_not_wait_for_itself() -> None:
    has_waited = threading.Event()

    def beat() -> None:
        pulse.stop()
        wait_for_the_leaving()
        has_waited.set()

    pulse = Pulse(beat)
    pulse.start()
    assert has_waited.wait(10)


def test_a_pulse_that_dozes_still_beats_and_ends_at_once() -> None:
    beats = threading.Semaphore(0)
    pulse = Pulse(beats.release)
    pulse.start()
    pulse.doze()
    assert pulse.dozes
    for _ in range(5):
        assert beats.acquire(timeout=10)
    pulse.stop()
    wait_for_the_leaving()


@contextmanager
def always_at(work: Callable[[], object]) -> Iterator[ThreadClock]:
    """Have a thread do something all the time, and give the thread's clock."""
    is_over = threading.Event()
    clocks: SimpleQueue[ThreadClock] = SimpleQueue()

    def go_on() -> None:
        clocks.put(ThreadClock())
        while not is_over.is_set():
            work()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield clocks.get()
    finally:
        is_over.set()
        thread.join()


LARGE, SMALL = bytes(50_000_000), bytes(5000)


@pytest.mark.skipif(not hasattr(time, "pthread_getcpuclockid"), reason="this system has no clocks of threads")
def test_a_thread_that_computes_in_native_code_goes_on_while_another_holds_the_gil() -> None:
    with always_at(lambda: hashlib.sha256(LARGE)) as clock:
        until_s = time.perf_counter() + 30  # others may have its core for a while
        while not (computes := computes_without_gil(clock)) and time.perf_counter() < until_s:
            time.sleep(0.001)
    assert computes


@needs_gil
@pytest.mark.parametrize(
    "work", [lambda: sum(range(9)), lambda: hashlib.sha256(SMALL), lambda: time.sleep(1e-5), lambda: time.sleep(1)]
)
def test_a_thread_that_needs_the_gil_for_moments_or_only_waits_hardly_ever_does(work: Callable[[], object]) -> None:
    seemed_to = 0
    with always_at(work) as clock:
        for _ in range(20):
            time.sleep(0.01)  # asked again at once, it would have the GIL before, for having asked for it so long
            seemed_to += computes_without_gil(clock)
    # a virtual machine that loses its core just as the thread goes to sleep counts the loss as the thread's computing
    assert seemed_to <= 2


def test_the_clock_of_a_thread_that_has_ended_stands_still() -> None:
    clocks: SimpleQueue[ThreadClock] = SimpleQueue()
    thread = threading.Thread(target=lambda: clocks.put(ThreadClock()))
    thread.start()
    thread.join()
    clock = clocks.get()
    assert clock.cpu_s == clock.cpu_s
    assert not computes_without_gil(clock)
