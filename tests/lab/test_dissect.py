"""The first look: where an item's time goes, and what the pools cost by themselves."""

import contextlib
import multiprocessing
import os
from functools import cache
from pathlib import Path

import pytest

from whichpool.errors import Trouble
from whichpool.lab.launch import Laboratory
from whichpool.pools.catalogue import CATALOGUE, find
from whichpool.values import THIS_PYTHON, Anatomy, Dissection, Options, Workload

TARGET = """
import _thread, asyncio, hashlib, multiprocessing, os, pathlib, threading, time

HERE = pathlib.Path(__file__).parent
LOCKS = [threading.Lock(), threading.Lock()]
DATA = bytes(1 << 20)

def same(number):
    return number

def count(number):
    for _ in range(20):
        number += 1
    return number

def sleep(number):
    time.sleep(0.005)

def spin(number):
    end = time.thread_time() + 0.004
    while time.thread_time() < end:
        pass

def spin_slowly(number):
    end = time.thread_time() + 0.3
    while time.thread_time() < end:
        pass
    (HERE / f"{number}.ran").touch()

def fail(number):
    if number >= 2:
        raise ValueError(f"no luck with {number}")

def end(number):
    os._exit(3)

def linger(number):
    time.sleep(0.02 if number == 3 else 0.001)

def lock(number):
    return threading.Lock()

def megabyte(number):
    return b"x" * 1_000_000

def take(number):
    memory = b"y" * 50_000_000
    return len(memory)

def locked(lock):
    return lock.locked()

def add(one, other):
    return one + other

def hang_in_a_worker(number):
    if multiprocessing.parent_process():
        (HERE / f"{os.getpid()}.pid").touch()
        time.sleep(300)
    return number

def fork(number):
    (HERE / f"{os.getpid()}.forking").touch()
    if len(list(HERE.glob("*.forking"))) < 10:
        os.fork()

async def rest(number):
    await asyncio.sleep(0.005)

async def spin_awaited(number):
    spin(number)

async def fork_awaited(number):
    fork(number)

async def fail_awaited(number):
    fail(number)

def die_in_a_worker(number):
    if multiprocessing.parent_process():
        os._exit(3)
    return number

def compute_beside(number):
    done = threading.Event()

    def compute():
        for _ in range(10):
            hashlib.sha256(DATA)
        done.set()

    _thread.start_new_thread(compute, ())
    done.wait()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the functions to look at."""
    folder = tmp_path_factory.mktemp("dissected")
    (folder / "looked_at.py").write_text(TARGET, encoding="utf-8")
    return folder


@cache
def look(
    folder: Path, function: str, items: str = "range(20)", pools: tuple[str, ...] = ("threads",), box_s: float = 0.2
) -> Dissection:
    """Look at a function of the target in a child, once for all tests that ask for the same."""
    lab = Laboratory(Workload(function, (f"looked_at.py:{function}",), items, folder=str(folder)))
    seen = lab.dissect(THIS_PYTHON, Options(pools=pools), box_s, 20)
    assert isinstance(seen, Dissection), seen
    return seen


def anatomy_of(folder: Path, function: str, items: str = "range(20)", pools: tuple[str, ...] = ("threads",)) -> Anatomy:
    """Look at a function that does nothing to prevent it."""
    seen = look(folder, function, items, pools)
    assert seen.failure is None, seen.failure
    assert seen.anatomy is not None
    return seen.anatomy


def test_an_item_that_sleeps_neither_computes_nor_holds_the_gil(folder: Path) -> None:
    anatomy = anatomy_of(folder, "sleep")
    assert anatomy.item_s > 0.004  # of 5 ms: clocks of virtual machines are not exact
    assert anatomy.cpu_share < 0.3
    assert anatomy.gil_held.high < 0.7
    assert anatomy.native is None
    assert anatomy.native_cpu_s < 0.3 * anatomy.item_s


def test_an_item_that_computes_in_python_holds_the_gil(folder: Path) -> None:
    anatomy = anatomy_of(folder, "spin")
    assert anatomy.item_s >= 0.004
    assert anatomy.cpu_share > 0.9
    assert anatomy.gil_held.high > 0.9
    assert anatomy.native is None


def test_what_an_item_waits_for_a_core_is_not_its_own_time(folder: Path) -> None:
    # on a busy machine an item of 4 ms CPU time may take far longer by the clock on the wall
    anatomy = anatomy_of(folder, "spin")
    assert anatomy.cpu_s <= anatomy.item_s <= 1.5 * anatomy.cpu_s


def test_items_that_take_a_microsecond_are_timed_in_blocks(folder: Path) -> None:
    anatomy = anatomy_of(folder, "count", "range(100_000)")
    gaps = [later.place - timing.place for timing, later in zip(anatomy.timings, anatomy.timings[1:], strict=False)]
    assert min(gaps) >= 8
    assert anatomy.item_s == pytest.approx(sum(t.wall_s for t in anatomy.timings) / len(anatomy.timings), rel=0.2)


def test_reading_the_clocks_is_no_part_of_an_item(folder: Path) -> None:
    # twenty times round a loop take ten times as long as nothing, but both are far below what reading clocks takes
    one, other = (anatomy_of(folder, function, "range(100_000)") for function in ("same", "count"))
    assert other.item_s > 3 * one.item_s
    assert other.native_cpu_s < 0.05 * other.item_s


def test_many_quick_items_hold_the_gil_as_one_long_item_does(folder: Path) -> None:
    assert anatomy_of(folder, "count", "range(100_000)").gil_held.high > 0.9


def test_the_item_that_takes_longest_is_told_by_its_place(folder: Path) -> None:
    timings = anatomy_of(folder, "linger", "range(8)").timings
    assert [timing.place for timing in timings] == list(range(8))
    assert max(timings, key=lambda timing: timing.wall_s).place == 3


def test_a_single_item_is_enough(folder: Path) -> None:
    anatomy = anatomy_of(folder, "sleep", "range(1)")
    assert [timing.place for timing in anatomy.timings] == [0]


def test_at_least_one_item_runs_however_long_it_takes_and_no_other_then(folder: Path) -> None:
    anatomy = anatomy_of(folder, "spin_slowly", pools=("threads",))
    assert [timing.place for timing in anatomy.timings] == [0]
    assert anatomy.gil_held.low == 0
    assert anatomy.gil_held.high == anatomy.cpu_share > 0.9
    assert {path.name for path in folder.glob("[1-9]*.ran")} == set()


def test_an_item_that_raises_is_told_with_its_traceback_in_place_of_an_anatomy(folder: Path) -> None:
    seen = look(folder, "fail")
    assert seen.anatomy is None
    assert seen.failure is not None
    assert seen.failure.trouble is Trouble.RAISED
    assert " raised ValueError: no luck with " in seen.failure.message
    assert "in fail" in seen.failure.traceback
    assert seen.facts.items == 20


def test_the_facts_are_kept_of_a_function_that_ends_its_process(folder: Path) -> None:
    seen = look(folder, "end")
    assert (seen.anatomy, seen.facts.items) == (None, 20)
    assert seen.failure is not None
    assert seen.failure.trouble is Trouble.DIED


def test_what_pickling_takes_is_told_a_value(folder: Path) -> None:
    anatomy = anatomy_of(folder, "megabyte")
    assert anatomy.arguments is not None
    assert anatomy.arguments.size_bytes < 100
    assert anatomy.results is not None
    assert 1_000_000 <= anatomy.results.size_bytes < 1_000_200
    assert anatomy.results.dump_s > 0
    assert anatomy.results.load_s > 0


def test_results_and_arguments_that_cannot_be_pickled_are_told_as_such(folder: Path) -> None:
    unsendable = anatomy_of(folder, "lock")
    assert unsendable.arguments is not None
    assert unsendable.results is None
    unsendable = anatomy_of(folder, "locked", "LOCKS")
    assert unsendable.arguments is None
    assert unsendable.results is not None


def test_tuples_are_unpacked_in_the_first_look_as_in_the_race(folder: Path) -> None:
    assert anatomy_of(folder, "add", "[(1, 2), (3, 4)]", pools=("threads", "processes")).results is not None


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="this system does not tell of memory")
def test_the_memory_that_an_item_needs_while_it_runs_is_told(folder: Path) -> None:
    anatomy = anatomy_of(folder, "take")
    assert anatomy.item_bytes is not None
    assert anatomy.base_bytes is not None
    assert anatomy.item_bytes >= 45_000_000
    assert anatomy.base_bytes > 5_000_000
    idle = anatomy_of(folder, "sleep").item_bytes
    assert idle is not None
    assert idle < 10_000_000


def test_every_pool_is_opened_once_in_every_way_that_this_python_can(folder: Path) -> None:
    anatomy = look(folder, "same", "range(3)", pools=(), box_s=3.0).anatomy
    assert anatomy is not None
    methods = look(folder, "same").facts.start_methods
    assert [(trial.pool, trial.start_method) for trial in anatomy.trials] == [
        (row.name, method)
        for row in CATALOGUE
        if row.name != "serial" and not (row.is_async_only or row.is_cluster or row.why_missing())
        for method in (methods if row.has_start_methods else [None])
    ]
    for trial in anatomy.trials:
        assert min(trial.ready_s, trial.handover_s, trial.close_s) > 0
        assert trial.worker_bytes is None or not find(trial.pool).shares_memory
        assert trial.worker_bytes is None or trial.worker_bytes > 100_000


def test_only_the_pools_and_start_methods_that_were_named_are_opened(folder: Path) -> None:
    lab = Laboratory(Workload("same", ("looked_at.py:same",), "range(3)", folder=str(folder)))
    seen = lab.dissect(THIS_PYTHON, Options(pools=("processes",), start_methods=("spawn", "no such method")), 3.0, 20)
    assert isinstance(seen, Dissection)
    assert seen.anatomy is not None
    assert [(trial.pool, trial.start_method) for trial in seen.anatomy.trials] == [("processes", "spawn")]


def test_a_function_that_hangs_in_a_worker_only_does_not_cost_the_anatomy(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whichpool.lab.listening._TO_TRY_A_POOL_S", 0.5)  # a test need not be as patient
    anatomy = anatomy_of(folder, "hang_in_a_worker", pools=("threads", "processes"))
    assert [trial.pool for trial in anatomy.trials] == ["threads"]
    workers = [int(path.stem) for path in folder.glob("*.pid")]
    assert workers
    for worker in workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, 0)
            pytest.fail(f"worker {worker} is left")


def test_a_process_that_the_function_forks_runs_no_further_item(folder: Path) -> None:
    # else each item doubles their number, for as long as the look takes
    anatomy_of(folder, "fork", "range(4)")
    assert len(list(folder.glob("*.forking"))) == 1


def test_an_async_item_that_waits_neither_computes_nor_holds_the_gil(folder: Path) -> None:
    anatomy = anatomy_of(folder, "rest", pools=("asyncio",))
    assert anatomy.item_s > 0.004
    assert anatomy.cpu_share < 0.3
    assert anatomy.gil_held.high < 0.7
    assert [trial.pool for trial in anatomy.trials] == ["asyncio"]
    assert look(folder, "rest", pools=("asyncio",)).facts.is_async


def test_an_async_item_that_computes_holds_the_gil(folder: Path) -> None:
    anatomy = anatomy_of(folder, "spin_awaited")
    assert anatomy.item_s >= 0.004
    assert anatomy.cpu_share > 0.9
    assert anatomy.gil_held.high > 0.9


def test_an_async_item_that_raises_is_told_with_its_traceback(folder: Path) -> None:
    seen = look(folder, "fail_awaited")
    assert seen.failure is not None
    assert "raised ValueError: no luck with " in seen.failure.message
    assert "in fail_awaited" in seen.failure.traceback


def test_a_process_that_an_async_function_forks_runs_no_further_item(folder: Path) -> None:
    for path in folder.glob("*.forking"):
        path.unlink()
    anatomy_of(folder, "fork_awaited", "range(4)")
    assert len(list(folder.glob("*.forking"))) == 1


def test_a_function_that_ends_its_worker_tells_nothing_of_that_pool(folder: Path) -> None:
    anatomy = anatomy_of(folder, "die_in_a_worker", pools=("processes", "threads"))
    assert [trial.pool for trial in anatomy.trials] == ["threads"]


def test_threads_that_compute_beside_the_function_are_native_threads(folder: Path) -> None:
    anatomy = anatomy_of(folder, "compute_beside")
    assert anatomy.native_cpu_s > 0.2 * anatomy.item_s  # all of it, were the cores free
    assert anatomy.cpu_share < 0.5


def test_nothing_of_it_happens_in_the_process_that_asks(folder: Path) -> None:
    before = multiprocessing.active_children()
    lab = Laboratory(Workload("same", ("looked_at.py:same",), "range(3)", folder=str(folder)))
    assert isinstance(lab.dissect(THIS_PYTHON, Options(), 0.1, 20), Dissection)
    assert multiprocessing.active_children() == before
