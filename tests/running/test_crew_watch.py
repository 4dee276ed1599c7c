"""With how many workers a crew goes on that began without a loop to learn from."""

import logging
import math
import time
from threading import Semaphore

import pytest

from whichpool.machine.cores import usable_cores
from whichpool.running import loop_watch
from whichpool.running.account import JobReport, Stage
from whichpool.running.candidates import Candidates
from whichpool.running.crew import Answer
from whichpool.running.crew_watch import CrewWatch
from whichpool.running.options import Options
from whichpool.running.prospects import Prospects
from whichpool.running.recent import Spent
from whichpool.running.source import Source


def watch_after(spent: Spent | None, *, beats: int = 0) -> CrewWatch:
    """Watch a crew that begins after items which the loop has run, while a heart has beaten, or after none."""
    beaten = Semaphore(0)
    options, report, source = Options(pools=("threads", "processes")), JobReport(), Source((range(100_000),))
    batch = source.pull(1000)
    candidates = Candidates(abs, source, options.pools, report, logging.info)
    prospects = Prospects(candidates, source, options, report)
    if spent is not None:
        prospects.begin(Stage("serial", 1, "", 0.0, spent.items, elapsed_s=spent.busy_s), beaten.release)
        for _ in range(beats):
            assert beaten.acquire(timeout=60)
        prospects.note(batch, Answer(0, [None], {}), spent, last_is_long=False)
        prospects.clear()
    return CrewWatch(prospects, candidates, source, report, options.workers)


@pytest.fixture
def watch() -> CrewWatch:
    return watch_after(None)


@pytest.fixture
def cores() -> float:
    return usable_cores().usable


def after(elapsed_s: float, *, items: int, busy: float, computing: float) -> Stage:
    """Give what workers have done, and for how many of them all of the time they were at items, and computed."""
    busy_s, cpu_s = busy * elapsed_s, computing * elapsed_s
    return Stage("processes", 2, "", 0.0, items, elapsed_s=elapsed_s, busy_s=busy_s, cpu_s=cpu_s)


def test_workers_whose_items_wait_come_to_be_more(watch: CrewWatch, cores: float) -> None:
    assert watch.workers_wanted(after(1.0, items=200, busy=2.0, computing=0.02)) > 2 * cores


def test_the_queue_for_the_cores_is_no_waiting_that_more_workers_would_use(watch: CrewWatch, cores: float) -> None:
    assert watch.workers_wanted(after(1.0, items=200, busy=2 * cores, computing=0.9 * cores)) == 0


def test_the_first_moments_of_new_workers_prove_nothing(watch: CrewWatch) -> None:
    assert watch.workers_wanted(after(1e-3, items=2, busy=2.0, computing=0.1)) == 0


def test_workers_that_compute_are_no_more_than_the_cores_can_use(watch: CrewWatch, cores: float) -> None:
    assert watch.workers_wanted(after(1.0, items=200, busy=0.5, computing=0.5)) <= 2 * math.ceil(cores)


def test_by_what_threads_compute_it_is_told_how_much_faster_than_the_loop_they_are() -> None:
    watch = watch_after(Spent(10, busy_s=1.0, own_cpu_s=1.0, cpu_s=1.0))
    stage = Stage("threads", 2, "", 0.0, 20, elapsed_s=1.0, busy_s=2.0, cpu_s=2.0, process_cpu_s=2.1)

    assert watch.speedup(stage) == pytest.approx(2.0)


def test_where_native_threads_compute_as_well_it_is_not_told() -> None:
    watch = watch_after(Spent(10, busy_s=1.0, own_cpu_s=1.0, cpu_s=1.0))
    stage = Stage("threads", 2, "", 0.0, 10, elapsed_s=1.0, busy_s=2.0, cpu_s=1.5, process_cpu_s=2.1)

    assert watch.speedup(stage) is None


def test_nor_where_they_did_so_in_the_loop() -> None:
    watch = watch_after(Spent(10, busy_s=1.0, own_cpu_s=1.0, cpu_s=2.0))
    stage = Stage("processes", 2, "", 0.0, 10, elapsed_s=1.0, busy_s=2.0, cpu_s=2.0)

    assert watch.speedup(stage) is None


def test_what_the_consumer_of_the_results_computes_is_not_taken_for_native_threads() -> None:
    watch = watch_after(Spent(10, busy_s=1.0, own_cpu_s=1.0, cpu_s=1.0))
    stage = Stage("threads", 1, "", 0.0, 10, elapsed_s=1.0, busy_s=1.0, cpu_s=0.5, process_cpu_s=0.7, consumer_s=0.15)

    assert watch.speedup(stage) == pytest.approx(0.5)


@pytest.mark.parametrize(("queued", "claimed"), [(0.0, pytest.approx(2.0)), (0.5, None)])
def test_nothing_is_claimed_where_others_had_the_cores_while_the_loop_ran(
    monkeypatch: pytest.MonkeyPatch, queued: float, claimed: object
) -> None:
    begun_s = time.perf_counter()
    monkeypatch.setattr(loop_watch, "queued_s", lambda _thread: queued * (time.perf_counter() - begun_s))
    watch = watch_after(Spent(10, busy_s=1.0, own_cpu_s=1.0, cpu_s=1.0), beats=1)
    stage = Stage("threads", 2, "", 0.0, 20, elapsed_s=1.0, busy_s=2.0, cpu_s=2.0, process_cpu_s=2.1)

    assert watch.claim(stage) == claimed
