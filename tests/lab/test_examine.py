"""The trial of a function: what a few calls show that its code does not."""

import os
import pickle
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import pytest

from tests.lab.loading import forgetting
from whichpool.lab.examination import examinations
from whichpool.lab.examine import examine
from whichpool.lab.import_costs import import_costs
from whichpool.lab.launch import Laboratory
from whichpool.lab.target import load
from whichpool.values import Examination, Finding, Hazard, PoolKind, Workload

TARGET = r"""
import asyncio, collections, decimal, functools, itertools, locale, logging, os, random, signal, sqlite3, sys
import threading, warnings

CACHE, SEEN, LIMIT, TOTAL = {}, [], 3, 0
LOG = logging.getLogger(__name__)
LOG.propagate = False
DATABASE = sqlite3.connect(":memory:", check_same_thread=False)
LISTS = [[3, 1], [2, 1], [1, 0]]
HUGE = bytearray(60_000_000)

def clean(number):
    LOG.debug("at %s", number)
    return [number * LIMIT for _ in range(3)]

def remember(number):
    CACHE[number] = number
    return number

async def remember_awaited(number):
    await asyncio.sleep(0)
    return remember(number)

def count(number):
    global TOTAL
    TOTAL += number

def count_late(number):
    global LATE
    LATE = number

def in_default(number, seen=[]):
    seen.append(number)

def closed():
    hits = collections.Counter()
    def count_hits(number):
        hits[number] += 1
    return count_hits
count_hits = closed()

SQUARES, NUMBERS = (number * number for number in range(100)), itertools.count()

def take(number):
    return next(SQUARES) + next(NUMBERS)

class Account:
    opened = 0
    def __init__(self):
        self.sums = []
    @functools.cached_property
    def limit(self):
        return 3
    def read(self, number):
        return number + self.limit
    def add(self, number):
        self.sums.append(number)
        Account.opened += 1
ACCOUNT = Account()

@functools.lru_cache
def square(number):
    return number * number

def cached(number):
    return square(number)

def sort(numbers):
    numbers.sort()
    return numbers

def append(numbers, to):
    to.append(len(numbers))

PAIRS = [([1], []), ([2], [])]
ACCOUNTS = [Account(), Account()]

def limit_of(account):
    return account.limit

def settings(number):
    os.environ["WHICHPOOL_TRIED"] = str(number)
    os.chdir("/")
    sys.path.append(str(number))
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    decimal.getcontext().prec = 20 + number
    warnings.simplefilter("ignore", UserWarning)
    logging.getLogger().addHandler(logging.NullHandler())

def compute(number):
    decimal.Decimal(1) / decimal.Decimal(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
    return os.environ.get("HOME"), locale.setlocale(locale.LC_ALL)

def draw(number):
    return random.random()

def query(number):
    return DATABASE.execute("select 1").fetchone()

def read_huge(number):
    return HUGE[number]

def give_huge(number):
    return bytes(70 << 20)

class QuotaError(Exception):
    def __init__(self, code, text):
        super().__init__(text)

def fail(number):
    if number == 0:
        raise QuotaError(3, "full")
    remember(number)

def leave(number):
    sys.exit(number)

def interrupt(number):
    raise KeyboardInterrupt

def yield_each(number):
    return (number for _ in range(3))

def rows(number):
    return {"rows": [number, DATABASE]}

def end(number):
    remember(number)
    if number == 2:
        os._exit(3)

def fork(number):
    if os.fork() == 0:
        return None
    os.wait()

DONE = threading.Event()
def start_thread(number):
    threading.Thread(target=DONE.wait, name=f"waits {number}", daemon=True).start()

class Sly:
    def __reduce__(self):
        raise RuntimeError
    def __repr__(self):
        raise RuntimeError
    def __eq__(self, other):
        raise RuntimeError
    __hash__ = None
    def __sizeof__(self):
        raise RuntimeError
    def __len__(self):
        raise RuntimeError

class Proxy:
    @property
    def __class__(self):
        raise RuntimeError
SLY = Sly()
SLIES, PROXY = [SLY], Proxy()

def meet(one):
    return [SLIES, PROXY, one]
"""


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Put back what the functions that are tried change in this process."""
    import decimal  # noqa: PLC0415 - all of this is for this fixture only
    import logging  # noqa: PLC0415
    import signal  # noqa: PLC0415

    environment, folder, handlers = dict(os.environ), Path.cwd(), list(logging.getLogger().handlers)
    handler = signal.getsignal(signal.SIGUSR2)
    with forgetting(), decimal.localcontext():
        yield
        if "tried_target" in sys.modules:
            sys.modules["tried_target"].DATABASE.close()
    signal.signal(signal.SIGUSR2, handler)
    logging.getLogger().handlers[:] = handlers
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)


def steps(tmp_path: Path, *targets: str, items: str | None = "range(5)") -> list[Examination]:
    """Try a function of the target, here, and keep what is told after each step."""
    (tmp_path / "tried_target.py").write_text(TARGET)
    workload = Workload(
        "tried",
        tuple(f"tried_target.py:{target}" for target in targets),
        None if "(" in targets[0] else items,
        folder=str(tmp_path),
    )
    with import_costs() as costs:
        loaded = load(workload)
    return list(examine(loaded, Examination("3"), costs))


def tried(tmp_path: Path, target: str, items: str = "range(5)") -> dict[tuple[Hazard, str], Finding]:
    """Give the findings of a trial by hazard and subject.

    Left out is what other tests and a busy machine have a hand in: threads of their libraries, and the time of imports.
    """
    findings = steps(tmp_path, target, items=items)[-1].findings
    others = {Hazard.THREADS_AT_FORK, Hazard.MODULE_WORK}
    return {(one.hazard, one.subject): one for one in findings if one.hazard not in others}


@pytest.mark.parametrize("target", ["clean", "compute", "ACCOUNT.read"])
def test_nothing_is_found_in_a_function_that_only_computes(tmp_path: Path, target: str) -> None:
    assert tried(tmp_path, target) == {}


@pytest.mark.parametrize(
    ("target", "subject", "message"),
    [
        ("remember", "CACHE", "CACHE was a dict of 0 before a call and is a dict of 1 after it"),
        ("remember_awaited", "CACHE", "CACHE was a dict of 0 before a call and is a dict of 1 after it"),
        ("count", "TOTAL", "TOTAL was 0 before a call and is 2 after it"),
        ("count_late", "LATE", "LATE was not there before a call and is 0 after it"),
        ("in_default", "seen", "seen was a list of 0 before a call and is a list of 1 after it"),
        ("count_hits", "hits", "hits was a Counter of 0 before a call and is a Counter of 1 after it"),
        ("take", "SQUARES", "SQUARES holds something else after a call than before it"),
        ("take", "NUMBERS", "NUMBERS holds something else after a call than before it"),
        ("ACCOUNT.add", "self", "self holds something else after a call than before it"),
        ("ACCOUNT.add", "Account.opened", "Account.opened was 0 before a call and is 1 after it"),
    ],
)
def test_what_calls_change_is_told(tmp_path: Path, target: str, subject: str, message: str) -> None:
    found = tried(tmp_path, target)[Hazard.STATE_CHANGED_IN_TRIAL, subject]
    assert found.message == message
    assert set(found.effects) == set(PoolKind)
    assert found.tried


def test_an_argument_that_is_changed_concerns_pools_that_send_copies(tmp_path: Path) -> None:
    found = tried(tmp_path, "sort", "LISTS")[Hazard.STATE_CHANGED_IN_TRIAL, "numbers"]
    assert set(found.effects) == {PoolKind.FORK, PoolKind.SPAWN, PoolKind.INTERPRETERS}


def test_an_argument_that_remembers_what_it_computed_is_not_changed(tmp_path: Path) -> None:
    assert tried(tmp_path, "limit_of", "ACCOUNTS") == {}


def test_of_several_arguments_the_changed_one_is_named(tmp_path: Path) -> None:
    assert list(tried(tmp_path, "append", "PAIRS")) == [(Hazard.STATE_CHANGED_IN_TRIAL, "to")]


def test_what_belongs_to_the_process_is_watched(tmp_path: Path) -> None:
    found = tried(tmp_path, "settings")
    assert {subject for hazard, subject in found if hazard is Hazard.PROCESS_STATE} == {
        "os.environ",
        "os.chdir",
        "sys.path",
        "signal.signal",
        "decimal context",
        "warnings",
        "logging.basicConfig",
    }
    assert "WHICHPOOL_TRIED" in found[Hazard.PROCESS_STATE, "os.environ"].message


def test_drawing_random_numbers_is_a_note(tmp_path: Path) -> None:
    assert tried(tmp_path, "draw")[Hazard.RANDOM_STATE, "random"].effects == {}


def test_drawing_from_numpys_global_generator_is_a_hazard_in_forks(tmp_path: Path) -> None:
    pytest.importorskip("numpy")
    (tmp_path / "with_numpy.py").write_text("import numpy\ndef draw(n):\n    return float(numpy.random.rand())\n")
    workload = Workload("tried", ("with_numpy.py:draw",), "range(3)", folder=str(tmp_path))
    with import_costs() as costs:
        loaded = load(workload)
    *_, seen = examine(loaded, Examination("3"), costs)
    (found,) = [one for one in seen.findings if one.hazard is Hazard.RANDOM_STATE]
    assert (found.subject, list(found.effects)) == ("numpy.random", [PoolKind.FORK])


def test_a_function_that_remembers_results_is_a_note(tmp_path: Path) -> None:
    found = tried(tmp_path, "cached")
    assert list(found) == [(Hazard.PER_WORKER_CACHE, "square")]
    assert found[Hazard.PER_WORKER_CACHE, "square"].effects == {}


def test_an_open_connection_is_found_by_what_it_is(tmp_path: Path) -> None:
    assert list(tried(tmp_path, "query")) == [(Hazard.RESOURCE, "DATABASE")]


def test_what_cannot_be_sent_back_is_found_by_trying(tmp_path: Path) -> None:
    assert (Hazard.UNPICKLABLE, "result") in tried(tmp_path, "yield_each")
    assert (Hazard.UNPICKLABLE, "result['rows'][1]") in tried(tmp_path, "rows")
    assert (Hazard.UNPICKLABLE, "count_hits") in tried(tmp_path, "count_hits")


def test_what_is_too_large_to_look_at_is_said(tmp_path: Path) -> None:
    assert any("HUGE is too large" in unseen.message for unseen in steps(tmp_path, "read_huge")[-1].unseen)
    (unseen,) = [one for one in steps(tmp_path, "give_huge")[-1].unseen if "result of item 0" in one.message]
    assert PoolKind.THREADS not in unseen.kinds


def test_a_call_that_raises_costs_only_itself(tmp_path: Path) -> None:
    seen = steps(tmp_path, "fail")[-1]
    assert {(one.hazard, one.subject) for one in seen.findings} >= {
        (Hazard.UNPICKLABLE, "QuotaError"),
        (Hazard.STATE_CHANGED_IN_TRIAL, "CACHE"),
    }
    assert seen.unseen[0].message == "item 0 (0) raised QuotaError: full; what comes after that was not seen"
    assert seen.calls == 3


@pytest.mark.parametrize(("target", "name"), [("leave", "SystemExit"), ("interrupt", "KeyboardInterrupt")])
def test_a_call_that_wants_to_end_the_program_does_not(tmp_path: Path, target: str, name: str) -> None:
    assert len([one for one in steps(tmp_path, target)[-1].unseen if name in one.message]) == 3


def test_calls_that_are_written_out_are_all_tried(tmp_path: Path) -> None:
    seen = steps(tmp_path, "remember(1)", "count(2)", "clean(3)", "query(4)")[-1]
    assert seen.calls == 4
    assert {one.subject for one in seen.findings} >= {"CACHE", "TOTAL", "DATABASE"}


def test_every_step_tells_what_is_known_by_then(tmp_path: Path) -> None:
    told = steps(tmp_path, "rows")
    assert [one.calls for one in told if one.calls] == sorted(one.calls for one in told if one.calls)
    for before, after in pairwise(told):
        assert {(one.hazard, one.subject) for one in before.findings} <= {
            (one.hazard, one.subject) for one in after.findings
        }


def test_what_the_code_showed_stays(tmp_path: Path) -> None:
    (tmp_path / "tried_target.py").write_text(TARGET)
    with import_costs() as costs:
        loaded = load(Workload("tried", ("tried_target.py:remember",), "range(3)", folder=str(tmp_path)))
    known = Finding(Hazard.STATE_CHANGED, "CACHE", "CACHE is changed", {PoolKind.FORK: "lost"}, "return it")
    *_, seen = examine(loaded, Examination("3", ("remember",), (known,)), costs)
    assert seen.functions == ("remember",)
    assert [(one.hazard, one.tried) for one in seen.findings if one.subject == "CACHE"] == [
        (Hazard.STATE_CHANGED, True)
    ]


def test_what_a_function_by_value_imports_is_charged_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_sibling.py").write_text("import time\ntime.sleep(0.6)\ndef work(item):\n    return item\n")
    by_value = b"cslow_sibling\nwork\n."  # what pickle makes of it
    workload = Workload(
        "work", items_pickle=pickle.dumps([1]), function_pickle=by_value, folder=str(tmp_path), path=(str(tmp_path),)
    )
    monkeypatch.setattr("whichpool.lab.import_costs._now_s", perf_counter)  # also where it waits for a core
    *_, seen = examinations(workload, trial=True)
    assert isinstance(seen, Examination)
    assert any("slow_sibling" in one.message for one in seen.findings if one.hazard is Hazard.MODULE_WORK)


def test_objects_that_refuse_everything_do_not_end_the_trial(tmp_path: Path) -> None:
    assert steps(tmp_path, "meet", items="SLIES")[-1].calls == 1


def test_a_function_that_forks_comes_back_once(tmp_path: Path) -> None:
    assert steps(tmp_path, "fork")[-1].calls == 3


def test_threads_that_stay_are_named(tmp_path: Path) -> None:
    try:
        found = [one for one in steps(tmp_path, "start_thread")[-1].findings if one.subject == "threads"]
    finally:
        sys.modules["tried_target"].DONE.set()
    assert list(found[0].effects) == [PoolKind.FORK]
    assert "waits 0, waits 2, waits 4" in found[0].message


def test_a_call_that_ends_its_process_costs_only_what_comes_after_it(tmp_path: Path) -> None:
    (tmp_path / "tried_target.py").write_text(TARGET)
    lab = Laboratory(Workload("tried", ("tried_target.py:end",), "range(5)", folder=str(tmp_path)))
    seen = lab.examine("", 20, trial=True)
    assert (seen.calls, seen.finished) == (1, False)
    assert [one.tried for one in seen.findings if one.subject == "CACHE"] == [True]
    assert "exit code 3" in seen.unseen[-1].message
