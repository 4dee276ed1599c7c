"""A thread that keeps waking up tells how much of the time the GIL is held."""

import sys
import threading
import time
from pathlib import Path

import pytest

from whichpool.running.pulse import Pulse, wait_for_the_leaving


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


@pytest.mark.skipif(not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="this Python runs without the GIL")
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
