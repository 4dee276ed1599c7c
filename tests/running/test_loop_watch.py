"""What the loop shows, told apart from what those who watch it do themselves."""

import hashlib
import time
from threading import Event

import pytest

from whichpool.running.account import Stage
from whichpool.running.loop_watch import LoopWatch
from whichpool.running.recent import Spent
from whichpool.running.source import Source

LARGE = bytes(20_000_000)


@pytest.mark.skipif(not hasattr(time, "pthread_getcpuclockid"), reason="this system has no clocks of threads")
def test_what_the_thread_that_listens_computes_is_not_the_items() -> None:
    has_computed = Event()

    def compute() -> None:
        if not has_computed.is_set():
            hashlib.sha256(LARGE)
            has_computed.set()

    watch = LoopWatch(Source((range(10),)))
    watch.begin(Stage("serial", 1, "", 0.0), compute)
    begun_s, begun_cpu_s = time.perf_counter(), time.process_time()
    assert has_computed.wait(timeout=60)
    busy_s, cpu_s = time.perf_counter() - begun_s, time.process_time() - begun_cpu_s
    within = watch.seen_within(busy_s, cpu_s)
    watch.note(Spent(1, busy_s, 0.0, cpu_s), last_is_long=False)
    watch.clear()
    assert cpu_s > 1e-3
    assert within.cpu_s < cpu_s / 2
    assert watch.seen(fewest=1).cpu_s < cpu_s / 2


def test_what_the_loop_computes_stays_the_items_whoever_listens() -> None:
    watch = LoopWatch(Source((range(10),)))
    watch.begin(Stage("serial", 1, "", 0.0), None)
    time.sleep(0.02)
    watch.note(Spent(1, busy_s=0.02, own_cpu_s=0.015, cpu_s=0.015), last_is_long=False)
    watch.clear()
    assert watch.seen(fewest=1).cpu_s == pytest.approx(0.015)
