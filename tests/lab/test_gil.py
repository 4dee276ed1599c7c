"""The GIL probe: what it feels of code that holds the GIL and of code that does not; and that it leaves no trace."""

import ctypes
import hashlib
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.lab import gil
from whichpool.lab.gil import GilProbe
from whichpool.lab.wakes import Wake, estimate
from whichpool.values import Band

MEAN_S = 1e-3
SECONDS = 0.4
DATA = bytes(1 << 20)
seconds = st.floats(0, 0.01)
wakes = st.builds(Wake, st.floats(1e-6, 0.01), seconds, seconds, st.booleans(), st.booleans(), seconds)


def spin(for_s: float) -> None:
    until_s = time.perf_counter() + for_s
    while time.perf_counter() < until_s:
        pass


def felt(call: Callable[[], object], for_s: float = SECONDS) -> Band:
    """Call something again and again beside a probe."""
    until_s = time.perf_counter() + for_s
    with GilProbe() as probe:
        while time.perf_counter() < until_s:
            call()
    return probe.held(1.0)


def threads() -> int:
    """Count the threads that the system knows."""
    return len(list(Path("/proc/self/task").iterdir()))


def simulated(hold_s: float, rest_s: float, sleeps: int = 1_500) -> list[Wake]:
    """Sleep beside a thread that holds the GIL and rests in turns, where nothing else takes any time."""
    chance, now_s, found = random.Random(1), 0.0, []  # noqa: S311 - no secret
    for _ in range(sleeps):
        asked_s = chance.expovariate(1 / MEAN_S)
        now_s += asked_s
        wait_s = max(0.0, hold_s - now_s % (hold_s + rest_s))
        now_s += wait_s
        found.append(Wake(asked_s, wait_s, 0.0, found_held=wait_s > 0))
    return found


def test_python_code_holds_the_gil_all_the_time() -> None:
    band = felt(lambda: spin(0.01))
    assert band.low > 0.5
    assert band.high > 0.9


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda: time.sleep(0.01), id="sleeping"),
        pytest.param(lambda: hashlib.sha256(DATA), id="hashing"),
    ],
)
def test_what_lets_go_of_the_gil_is_not_taken_for_holding_it(call: Callable[[], object]) -> None:
    assert felt(call).low < 0.1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts how often a thread blocks")
def test_holds_of_a_tenth_of_a_millisecond_are_felt() -> None:
    held, held_not = ctypes.PyDLL(None).usleep, ctypes.CDLL(None).usleep
    band = felt(lambda: [held(100), held_not(100)])
    assert band.low > 0.1


def test_another_thread_that_holds_the_gil_is_felt_as_well() -> None:
    thread = threading.Thread(target=spin, args=(SECONDS,))
    thread.start()
    band = felt(lambda: time.sleep(0.01))
    thread.join()
    assert band.low > 0.3


@pytest.mark.parametrize(("hold_s", "rest_s"), [(1e-4, 3e-4), (5e-4, 5e-4), (2e-3, 8e-3), (20e-3, 20e-3), (0.05, 0.01)])
def test_the_estimate_of_a_simulated_thread_holds_its_share(hold_s: float, rest_s: float) -> None:
    band = estimate(simulated(hold_s, rest_s))
    assert band.low <= hold_s / (hold_s + rest_s) <= band.high
    assert band.width < 0.2


@given(st.lists(wakes, max_size=60))
def test_the_estimate_is_a_band_whatever_was_seen(seen: list[Wake]) -> None:
    band = estimate(seen)
    assert 0 <= band.low <= band.high <= 1


def test_more_sleeps_make_the_band_narrower() -> None:
    assert estimate(simulated(5e-4, 5e-4, 4_000)).width < estimate(simulated(5e-4, 5e-4, 200)).width


def test_a_probe_that_saw_nothing_knows_nothing() -> None:
    assert estimate([]) == Band(0.0, 1.0)


def test_where_blocks_are_not_counted_the_cpu_share_bounds_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gil, "_THIS_THREAD", None)
    with GilProbe() as probe:
        time.sleep(0.1)
    assert probe.held(0.8).high >= 0.8


def test_without_a_gil_it_is_never_held(monkeypatch: pytest.MonkeyPatch) -> None:
    with GilProbe() as probe:
        spin(0.05)
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)
    assert probe.held(1.0) == Band(0.0, 0.0)


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_an_exception_passes_and_the_thread_is_gone() -> None:
    before = threads()
    with pytest.raises(MemoryError), GilProbe():
        fail(threads() - before)
    until_s = time.perf_counter() + 20  # the thread has said goodbye; the system takes a moment to bury it
    while threads() > before and time.perf_counter() < until_s:
        time.sleep(0.001)
    assert threads() == before


def fail(threads_more: int) -> None:
    """Raise what is looked for only if there is one thread more, the probe's."""
    raise {1: MemoryError}[threads_more]


def test_code_that_replaces_the_clock_and_sleep_does_not_fool_it(monkeypatch: pytest.MonkeyPatch) -> None:
    until_s = time.perf_counter() + SECONDS
    clock = time.perf_counter
    with GilProbe() as probe, monkeypatch.context() as patch:
        patch.setattr(time, "sleep", lambda _: None)
        patch.setattr(time, "perf_counter", lambda: 0.0)
        patch.setattr(threading, "Thread", None)
        while clock() < until_s:
            pass
    assert probe.held(1.0).low > 0.5


def test_the_block_finds_nothing_changed() -> None:
    before = sys.getswitchinterval(), threading.active_count(), signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with GilProbe():
        time.sleep(0.01)
        assert before == (
            sys.getswitchinterval(),
            threading.active_count(),
            signal.pthread_sigmask(signal.SIG_BLOCK, ()),
        )


def test_a_signal_that_the_block_waits_for_arrives_there() -> None:
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    try:
        with GilProbe():
            time.sleep(0.01)
            signal.raise_signal(signal.SIGUSR1)
            assert signal.sigwait({signal.SIGUSR1}) == signal.SIGUSR1
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
