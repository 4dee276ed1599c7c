"""Where the workers' time went in a job."""

import os
from dataclasses import asdict
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.lab.breakdown import break_down
from whichpool.lab.launch import Laboratory
from whichpool.pools.chunk import ChunkEnd, Clocks
from whichpool.pools.parcel import Parcel
from whichpool.values import Breakdown, Draw, Sample, Strategy, Workload

HERE = os.getpid()
ELSEWHERE = HERE + 1

TARGET = """
import asyncio, time

def sleep(number):
    time.sleep(0.02)

def spin(number):
    end = time.thread_time() + 0.02
    while time.thread_time() < end:
        pass

def megabytes(number):
    return [str(number)] * 300_000

async def rest(number):
    await asyncio.sleep(0.02)

async def spin_awaited(number):
    spin(number)

def linger(number):
    time.sleep(0.3 if number == 0 else 0.02)
"""
ITEMS = 12

SERIAL = Strategy("serial", chunksize=ITEMS)
THREADS = Strategy("threads", 2, 2)
FORK = Strategy("processes", 2, 2, "fork")
SPAWN = Strategy("processes", 2, 2, "spawn")
FORKSERVER = Strategy("processes", 2, 2, "forkserver")
EACH = (SERIAL, THREADS, FORK, SPAWN, FORKSERVER)

every_pool = pytest.mark.parametrize("strategy", EACH, ids=lambda strategy: strategy.id)


def clocks(thread: int, cpu_s: float, queued_s: float) -> Clocks:
    read = Clocks.__new__(Clocks)
    read.thread, read.cpu_s, read.queued_s = thread, cpu_s, queued_s
    return read


def end(  # noqa: PLR0913 - all that a chunk tells of its time
    begun_s: float,
    ended_s: float,
    *,
    worker: int = ELSEWHERE,
    thread: int = 1,
    cpu_s: float = 0.0,
    queued_s: float = 0.0,
    unpacked_s: float = 0.0,
    packed_s: float = 0.0,
) -> ChunkEnd:
    """Make the end of a chunk, as a worker tells of it; its clocks stood at seven before."""
    told = ChunkEnd.__new__(ChunkEnd)
    told.begun_s, told.ended_s, told.worker, told.unpacked_s = begun_s, ended_s, worker, unpacked_s
    told.results = Parcel([])
    told.results.packed_s = packed_s
    told.clocks = clocks(thread, 7.0, 7.0), clocks(thread, 7.0 + cpu_s, 7.0 + queued_s)
    return told


def parts(breakdown: Breakdown) -> dict[str, float]:
    """List the parts that make up the job's time."""
    told = asdict(breakdown)
    return {name: value for name, value in told.items() if name not in {"workers", "parent_s"}}


def test_the_time_of_one_worker_is_split_at_its_chunks() -> None:
    first = end(11.0, 14.0, cpu_s=1.0, queued_s=0.5, unpacked_s=0.25, packed_s=0.125)
    second = end(15.0, 16.0, cpu_s=0.5, unpacked_s=0.25)
    breakdown = break_down([second, first], opened_s=10.0, closed_s=18.0, own_cpu_s=0.75)
    assert breakdown.workers == 1
    assert parts(breakdown) == {
        "startup_s": pytest.approx(0.75),
        "computing_s": pytest.approx(1.5),
        "blocked_s": pytest.approx(2.0),
        "queued_s": pytest.approx(0.5),
        "handing_s": pytest.approx(0.25 + 0.125 + 0.25),
        "idle_s": pytest.approx(1 - 0.125 - 0.25),
        "tail_s": pytest.approx(0.0),
        "closing_s": pytest.approx(2.0),
    }
    assert breakdown.parent_s == pytest.approx(0.75)


def test_a_worker_is_a_thread_and_the_parts_are_those_of_an_average_one() -> None:
    one, other = end(1.0, 2.0, worker=HERE, thread=1, cpu_s=0.5), end(1.0, 4.0, worker=HERE, thread=2, cpu_s=3.0)
    breakdown = break_down([one, other], opened_s=0.0, closed_s=4.0, own_cpu_s=3.75)
    assert breakdown.workers == 2
    assert breakdown.startup_s == pytest.approx(1.0)
    assert breakdown.computing_s == pytest.approx((0.5 + 3.0) / 2)
    assert breakdown.tail_s == pytest.approx((2.0 + 0.0) / 2)


def test_what_workers_in_the_parent_computed_is_not_the_parents_own_time() -> None:
    here, elsewhere = end(0.0, 2.0, worker=HERE, cpu_s=2.0), end(0.0, 2.0, worker=ELSEWHERE, cpu_s=2.0)
    assert break_down([here], 0.0, 2.0, own_cpu_s=2.5).parent_s == pytest.approx(0.5)
    assert break_down([elsewhere], 0.0, 2.0, own_cpu_s=0.5).parent_s == pytest.approx(0.5)
    assert break_down([here], 0.0, 2.0, own_cpu_s=1.9).parent_s == 0


def test_chunks_that_overlap_in_one_thread_are_one_workers_time_between_the_first_clock_and_the_last() -> None:
    first, second = end(1.0, 4.0, worker=HERE, cpu_s=0.5), end(2.0, 5.0, worker=HERE, cpu_s=0.75)
    third = end(6.0, 7.0, worker=HERE, cpu_s=0.25)
    breakdown = break_down([third, second, first], opened_s=0.0, closed_s=8.0, own_cpu_s=1.25)
    assert breakdown.workers == 1
    assert parts(breakdown) == {
        "startup_s": pytest.approx(1.0),
        "computing_s": pytest.approx(0.75 + 0.25),
        "blocked_s": pytest.approx(4.0 + 1.0 - 1.0),
        "queued_s": 0.0,
        "handing_s": 0.0,
        "idle_s": pytest.approx(1.0),
        "tail_s": pytest.approx(0.0),
        "closing_s": pytest.approx(1.0),
    }
    assert breakdown.parent_s == pytest.approx(0.25)


seconds = st.floats(min_value=0, max_value=10)


@st.composite
def jobs(draw: st.DrawFn) -> tuple[list[ChunkEnd], float, float]:
    """Any job of a few workers whose clocks, being different ones, need not agree."""
    ends = []
    for worker in range(draw(st.integers(1, 3))):
        now_s = draw(seconds)
        overlapping = draw(st.booleans())
        for _ in range(draw(st.integers(1, 4))):
            begun_s = draw(seconds) if overlapping else now_s + draw(seconds)
            now_s = begun_s + draw(seconds)
            ends.append(
                end(
                    begun_s,
                    now_s,
                    worker=ELSEWHERE + worker,
                    cpu_s=draw(seconds),
                    queued_s=draw(seconds),
                    unpacked_s=draw(seconds),
                    packed_s=draw(seconds),
                )
            )
    return ends, 0.0, max(told.ended_s for told in ends) + draw(seconds)


@given(jobs())
def test_the_parts_of_any_job_sum_up_to_its_time_and_none_is_negative(
    job: tuple[list[ChunkEnd], float, float],
) -> None:
    ends, opened_s, closed_s = job
    found = parts(break_down(ends, opened_s, closed_s, own_cpu_s=1.0))
    assert sum(found.values()) == pytest.approx(closed_s - opened_s)
    assert min(found.values()) >= -1e-9


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the functions to explain."""
    folder = tmp_path_factory.mktemp("explained")
    (folder / "explained_target.py").write_text(TARGET, encoding="utf-8")
    return folder


@cache
def explained(folder: Path, function: str, strategy: Strategy) -> tuple[Sample, Breakdown]:
    """Take an explained sample of all items in a child, one for all tests that look at it."""
    lab = Laboratory(Workload("explained", (f"explained_target.py:{function}",), f"range({ITEMS})", folder=str(folder)))
    sample = lab.measure(strategy, Draw(ITEMS), 3, 30, explained=True)
    assert isinstance(sample, Sample), sample
    assert sample.breakdown is not None
    return sample, sample.breakdown


@every_pool
@pytest.mark.parametrize("function", ["sleep", "spin"])
def test_the_parts_of_a_real_job_sum_up_to_its_time_within_a_twentieth(
    folder: Path, function: str, strategy: Strategy
) -> None:
    sample, breakdown = explained(folder, function, strategy)
    assert sum(parts(breakdown).values()) == pytest.approx(sample.job_s, rel=0.05)
    assert min(parts(breakdown).values()) >= -1e-6
    assert breakdown.workers == strategy.workers


@every_pool
def test_a_function_that_sleeps_is_blocked_and_neither_computes_nor_waits_for_a_core(
    folder: Path, strategy: Strategy
) -> None:
    _, breakdown = explained(folder, "sleep", strategy)
    assert breakdown.blocked_s >= 0.02 * ITEMS / strategy.workers * 0.9
    assert breakdown.computing_s < breakdown.blocked_s / 4


@pytest.mark.parametrize("strategy", [SERIAL, FORK, SPAWN], ids=lambda strategy: strategy.id)
def test_a_function_that_computes_is_on_a_core_or_waits_for_one(folder: Path, strategy: Strategy) -> None:
    _, breakdown = explained(folder, "spin", strategy)
    assert breakdown.computing_s == pytest.approx(0.02 * ITEMS / strategy.workers, rel=0.2)
    assert breakdown.blocked_s < 0.5 * (breakdown.computing_s + breakdown.queued_s)


def test_threads_that_compute_in_python_block_each_other(folder: Path) -> None:
    _, breakdown = explained(folder, "spin", THREADS)
    assert breakdown.computing_s == pytest.approx(0.02 * ITEMS / 2, rel=0.2)
    assert breakdown.blocked_s + breakdown.queued_s > 0.25 * breakdown.computing_s


def test_large_results_are_handed_over_between_processes_and_not_between_threads(folder: Path) -> None:
    assert explained(folder, "megabytes", FORK)[1].handing_s > 1e-3
    assert explained(folder, "megabytes", THREADS)[1].handing_s == 0


def test_who_waits_for_another_at_the_end_has_a_tail(folder: Path) -> None:
    _, breakdown = explained(folder, "linger", Strategy("threads", 2, ITEMS // 2))
    assert breakdown.tail_s > 0.05


def test_tasks_that_wait_side_by_side_have_one_worker_that_waits(folder: Path) -> None:
    sample, breakdown = explained(folder, "rest", Strategy("asyncio", 3, 1))
    assert breakdown.workers == 1
    assert sum(parts(breakdown).values()) == pytest.approx(sample.job_s, rel=0.05)
    assert breakdown.blocked_s >= 0.02 * ITEMS / 3 * 0.9
    assert breakdown.computing_s < breakdown.blocked_s / 4


def test_tasks_that_compute_take_turns(folder: Path) -> None:
    sample, breakdown = explained(folder, "spin_awaited", Strategy("asyncio", 3, 1))
    assert sum(parts(breakdown).values()) == pytest.approx(sample.job_s, rel=0.05)
    assert breakdown.computing_s == pytest.approx(0.02 * ITEMS, rel=0.2)
    assert breakdown.blocked_s < 0.5 * (breakdown.computing_s + breakdown.queued_s)


@pytest.mark.parametrize("strategy", [SERIAL, FORK], ids=lambda strategy: strategy.id)
def test_only_an_explained_sample_tells_where_its_time_went(folder: Path, strategy: Strategy) -> None:
    lab = Laboratory(Workload("explained", ("explained_target.py:sleep",), "range(4)", folder=str(folder)))
    sample = lab.measure(strategy, Draw(4), 3, 30)
    assert isinstance(sample, Sample)
    assert (sample.breakdown, sample.peak_pss_bytes) == (None, None)
