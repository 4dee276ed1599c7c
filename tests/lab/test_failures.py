"""What a sample tells of a function that one pool cannot run, and of results that are not what they should be."""

from pathlib import Path

import pytest

from whichpool.errors import Trouble
from whichpool.lab.launch import Laboratory
from whichpool.values import Draw, Failure, Sample, Strategy, Workload

SERIAL = Strategy("serial", chunksize=4)
THREADS = Strategy("threads", 2, 1)
FORK = Strategy("processes", 2, 1, "fork")
ITEMS = 10

TARGET = r"""
import ctypes, functools, multiprocessing, os, random, resource, sys, threading

LOCKS = [threading.Lock() for _ in range(10)]

class TwoPartError(Exception):
    def __init__(self, place, why):
        super().__init__(f"{place}: {why}")

def in_worker():
    return multiprocessing.parent_process() is not None

def in_thread():
    return threading.current_thread() is not threading.main_thread()

loud = lambda number: number

def make_closure():
    def inner(number):
        return number
    return inner

closure = make_closure()
partial_of_lambda = functools.partial(lambda number, by: number * by, by=2)

def take(lock):
    with lock:
        return 1

def give_lock(number):
    return threading.Lock()

def raise_own_in_worker(number):
    if in_worker():
        raise TwoPartError(number, "two parts")
    return number

def die_in_worker(number):
    if in_worker():
        os._exit(7)
    return number

def crash_in_worker(number):
    if in_worker():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        ctypes.string_at(0)
    return number

def leave_in_worker(number):
    if in_worker():
        sys.exit(5)
    return number

def leave_in_thread(number):
    if in_thread():
        sys.exit(5)
    return number

def interrupt_in_thread(number):
    if in_thread():
        raise KeyboardInterrupt
    return number

def tell_worker(number):
    return number == 3 and in_worker()

def tell_thread(number):
    return number == 3 and in_thread()

def chance(number):
    return random.random()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the functions."""
    folder = tmp_path_factory.mktemp("failing")
    (folder / "failing.py").write_text(TARGET, encoding="utf-8")
    return folder


def outcome(folder: Path, function: str, strategy: Strategy, limit_s: float = 20, items: str = "") -> Sample | Failure:
    """Take one sample of all items."""
    workload = Workload(function, (f"failing.py:{function}",), items or f"range({ITEMS})", folder=str(folder))
    return Laboratory(workload).measure(strategy, Draw(ITEMS), 1, limit_s)


def digests_of(folder: Path, function: str, strategy: Strategy) -> tuple[str, ...]:
    """Take one sample, and tell its results' digests."""
    sample = outcome(folder, function, strategy)
    assert isinstance(sample, Sample), sample
    return sample.digests


@pytest.mark.parametrize(
    ("function", "strategy", "trouble", "words"),
    [
        ("give_lock", FORK, Trouble.UNPICKLABLE, ["item 0 (0)", "lock", "return plain data"]),
        ("loud", FORK, Trouble.UNPICKLABLE, ["<lambda> cannot be pickled", "top level of a module"]),
        ("closure", FORK, Trouble.UNPICKLABLE, ["make_closure.<locals>.inner", "top level of a module"]),
        ("partial_of_lambda", FORK, Trouble.UNPICKLABLE, ["cannot be pickled"]),
        ("raise_own_in_worker", FORK, Trouble.RAISED, ["item 0 (0) raised TwoPartError: 0: two parts"]),
        ("die_in_worker", FORK, Trouble.DIED, ["a worker process ended with exit code 7"]),
        ("crash_in_worker", FORK, Trouble.DIED, ["a worker process was killed by SIGSEGV"]),
        ("leave_in_worker", FORK, Trouble.EXITED, ["sys.exit(5)"]),
        ("leave_in_thread", THREADS, Trouble.EXITED, ["sys.exit(5)"]),
        ("interrupt_in_thread", THREADS, Trouble.EXITED, ["KeyboardInterrupt"]),
    ],
)
def test_a_pool_that_cannot_run_the_function_tells_what_went_wrong(
    folder: Path, function: str, strategy: Strategy, trouble: Trouble, words: list[str]
) -> None:
    failure = outcome(folder, function, strategy)
    assert isinstance(failure, Failure)
    assert failure.trouble is trouble
    assert [word for word in words if word not in failure.message] == [], failure.message


def test_items_that_cannot_be_pickled_are_told_with_the_first_of_them(folder: Path) -> None:
    failure = outcome(folder, "take", FORK, items="LOCKS")
    assert isinstance(failure, Failure)
    assert failure.trouble is Trouble.UNPICKLABLE
    words = ["item 0", "lock", "10 of 10 items", "inside the function"]
    assert [word for word in words if word not in failure.message] == [], failure.message


@pytest.mark.parametrize(("function", "strategy"), [("tell_worker", FORK), ("tell_thread", THREADS)])
def test_only_the_item_whose_result_depends_on_the_pool_has_another_digest(
    folder: Path, function: str, strategy: Strategy
) -> None:
    here, there = (digests_of(folder, function, each) for each in (SERIAL, strategy))
    assert [place for place, (one, other) in enumerate(zip(here, there, strict=True)) if one != other] == [3]


def test_results_that_vary_by_themselves_have_other_digests_in_every_sample(folder: Path) -> None:
    one, other = (digests_of(folder, "chance", SERIAL) for _ in range(2))
    assert set(one).isdisjoint(other)
