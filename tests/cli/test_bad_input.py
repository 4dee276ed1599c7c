"""Bad input gets a few lines that say what, why and the next step, and costs nothing that other strategies measured."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import whichpool

ODD = r"""
import ctypes, functools, itertools, multiprocessing, os, pathlib, random, resource, sys, threading, time

TEN = list(range(10))
EMPTY = []
LOCKS = [threading.Lock() for _ in range(4)]
count = itertools.count

class TwoPartError(Exception):
    def __init__(self, place, why):
        super().__init__(f"{place}: {why}")

def in_worker():
    return multiprocessing.parent_process() is not None

def in_thread():
    return threading.current_thread() is not threading.main_thread()

def plain(number):
    return number * number

def quad():
    return 7 ** 4

def unlucky(number):
    if number in (3, 7):
        raise ValueError(f"no luck with {number}")
    return number

def unlucky_once(number):
    return 1 / (number - 4)

def raise_own(number):
    raise TwoPartError(number, "two parts")

def raise_own_in_worker(number):
    if in_worker():
        raise TwoPartError(number, "two parts")
    return number

def raise_long(data):
    raise ValueError("too long")

def raise_base(number):
    raise BaseException("the very base")

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

def leave(number):
    sys.exit(5)

def interrupt(number):
    raise KeyboardInterrupt

def die(number):
    os._exit(7)

def crash(number):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.string_at(0)

def hang(number):
    time.sleep(300)

def die_in_worker(number):
    if in_worker():
        os._exit(7)
    return number

def crash_in_worker(number):
    if in_worker():
        crash(number)
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

def hang_in_worker(number):
    if in_worker():
        time.sleep(300)
    return number

def hang_in_thread(number):
    if in_thread():
        time.sleep(300)
    return number

def die_alone(number):
    if not in_worker() and not in_thread():
        os._exit(7)
    return number

def tell_worker(number):
    return number == 3 and in_worker()

def tell_thread(number):
    return number == 3 and in_thread()

def chance(number):
    return random.random()

def noisy(number):
    print("loud and noisy" * 100_000)
    print("loud and noisy" * 100_000, file=sys.stderr)
    os.write(1, b"loud and noisy" * 1_000)
    return number

async def promise(number):
    return number

def ran(number):
    pathlib.Path("ran").touch()
    return number
"""

PACKAGE = str(Path(whichpool.__file__).parent)
MEASURED = {0, 3}
"""Answered, or undecided: how a race of two seconds ends is not what these tests are about."""


class Told(NamedTuple):
    """What the command said."""

    exit_code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What it said beside its progress."""
        return [line for line in self.err.splitlines() if " s · " not in line and "looking at the workload" not in line]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with the target."""
    (tmp_path / "odd.py").write_text(ODD, encoding="utf-8")
    (tmp_path / "broken.py").write_text("def run(n):\n    return (n\n", encoding="utf-8")
    (tmp_path / "latin.txt").write_bytes(b"one\n\xfc\n")
    (tmp_path / "broken.jsonl").write_text('1\n{"a" 3}\n', encoding="utf-8")
    (tmp_path / "sub").mkdir()
    return tmp_path


def compare(folder: Path, *arguments: str, stdin: bytes = b"") -> Told:
    """Run the command, and see to it that it never shows a traceback of its own."""
    command = [sys.executable, "-P", "-c", "from whichpool.cli import main; main()", "compare", *arguments]
    done = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, check=False, timeout=60)
    told = Told(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert f'File "{PACKAGE}' not in told.err + told.out, told.err
    return told


def assert_told(told: Told, words: list[str]) -> None:
    """Assert that the words stand in what was said, whatever the line breaks."""
    text = " ".join((told.out + told.err).split())
    assert [word for word in words if word not in text] == [], text


TEN = ["--items", "TEN"]

_TRACEBACK = "it ends in a traceback of ours"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], ["Missing argument 'TARGET...'"]),
        (["nap.py:plain", *TEN], ["there is no file nap.py"]),
        (["old.py:plain", *TEN], ["there is no file old.py", "did you mean odd.py?"]),
        (["no_such_module:plain", *TEN], ["there is no module 'no_such_module'", "with .py"]),
        (["odd.py:plian", *TEN], ["there is no function 'plian' in odd.py", "did you mean plain?"]),
        (["odd.py:TEN", *TEN], ["odd.py:TEN is no function but a list"]),
        (["odd.py", *TEN], ["'odd.py' names no function", "path/to/file.py:function"]),
        (["sub/:plain", *TEN], ["sub/ is a folder", "file.py:function"]),
        (["broken.py:run", *TEN], ["broken.py, line 2", "never closed"]),
        (["odd.py:promise", *TEN], ["async function", "asyncio.run"]),
        (["odd.py:quad(7)"], ["the call quad(7) does not fit", "def quad()"]),
        (["odd.py:quad", *TEN], ["does not fit its items: quad(0)", "def quad()"]),
        (["odd.py:plain"], ["plain needs items: add --items SPEC"]),
        (["odd.py:plain", "odd.py:quad", *TEN], ["several targets are compared as calls"]),
        (["odd.py:plain", "--items", "EMPTY"], ["there is no item to run: EMPTY is empty"]),
        (["odd.py:plain", "--items", "count"], ["--items count gives more than 100,000 items"]),
        (["odd.py:plain", "--items", "count()"], ["gives more than 100,000 items", "--max-items"]),
        (["odd.py:plain", "--items", "count()", "--max-items", "50"], ["gives more than 50 items"]),
        (["odd.py:plain", "--items", "7"], ["--items 7 is an int, which cannot be iterated over"]),
        (["odd.py:plain", "--items", "TEM"], ["'TEM' is not defined", "did you mean TEN?"]),
        (["odd.py:plain", "--items", "1 / 0"], ["failed while the items were made", "ZeroDivisionError"]),
        (["odd.py:plain", "--items", "lines:none.txt"], ["none.txt cannot be read: No such file"]),
        (["odd.py:plain", "--items", "lines:latin.txt"], ["latin.txt is not UTF-8 text: line 2"]),
        (["odd.py:plain", "--items", "jsonl:broken.jsonl"], ["broken.jsonl, line 2 is not JSON"]),
        (["odd.py:plain", "--items", "-"], ["there is no item to run: standard input holds no line"]),
        (["odd.py:plain", *TEN, "--workers", "0"], ["at least 1 worker, not 0"]),
        (["odd.py:plain", *TEN, "--workers", "-3"], ["at least 1 worker, not -3"]),
        (["odd.py:plain", *TEN, "--workers", "abc"], ["--workers", "'abc' is not whole numbers"]),
        (["odd.py:plain", *TEN, "--workers", "2,,4"], ["--workers", "whole numbers separated by commas"]),
        (["odd.py:plain", *TEN, "--chunksize", "0"], ["at least 1 item, not 0"]),
        (["odd.py:plain", *TEN, "--pools", "proceses"], ["no pool 'proceses'", "did you mean processes?"]),
        (["odd.py:plain", *TEN, "--pools", "x"], ["no pool 'x'", "serial, threads, processes"]),
        (["odd.py:plain", *TEN, "--start-method", "spwan"], ["no start method 'spwan'", "did you mean spawn?"]),
        (["odd.py:plain", *TEN, "--budget", "0"], ["a budget of 0 s leaves no time"]),
        (["odd.py:plain", *TEN, "--budget", "-1"], ["a budget of -1 s leaves no time"]),
        (["odd.py:plain", *TEN, "--budget", "nan"], ["a budget of nan s"]),
        (["odd.py:plain", *TEN, "--budget", "inf"], ["a budget of inf s"]),
        (["odd.py:plain", *TEN, "--budget", "soon"], ["--budget", "'soon' is not a valid float"]),
        (["odd.py:plain", *TEN, "--budget", "1e300"], ["a budget of 1e+300 s"]),
        (["odd.py:plain", *TEN, "--timeout", "inf"], ["a timeout of inf s"]),
        (["odd.py:plain", *TEN, "--timeout", "0"], ["a timeout of 0 s leaves no time"]),
        (["odd.py:plain", *TEN, "--margin", "0"], ["a margin of 0"]),
        (["odd.py:plain", *TEN, "--margin", "200%"], ["a margin of 2"]),
        (["odd.py:plain", *TEN, "--margin", "five"], ["--margin", "'five' is no share, such as 5%"]),
        (["odd.py:plain", *TEN, "--max-items", "0"], ["--max-items", "0 is not in the range"]),
        (["odd.py:plain", *TEN, "--json", "none/x.json"], ["none/x.json cannot be written: there is no folder none"]),
        (["odd.py:plain", *TEN, "--json", "sub"], ["sub cannot be written: it is a folder"]),
        (["odd.py:plain", *TEN, "--pyperf", "none/x.json"], ["none/x.json cannot be written"]),
        (["odd.py:plain", *TEN, "--python", "/no/such"], ["/no/such cannot be started as a Python: No such file"]),
        (["odd.py:plain", *TEN, "--python", "sub"], ["sub cannot be started as a Python"]),
        (["odd.py:plain", *TEN, "--python", "/bin/true"], ["/bin/true does not work as a Python"]),
        (["odd.py:plain", *TEN, "--wrkers", "2"], ["No such option", "--workers"]),
    ],
)
def test_a_wrong_call_ends_with_exit_code_2_and_says_why(folder: Path, argv: list[str], words: list[str]) -> None:
    told = compare(folder, *argv)
    assert told.exit_code == 2, told
    assert_told(told, words)
    assert told.out == ""
    assert len(told.lines) <= 6


def test_standard_input_that_is_not_utf_8_is_refused(folder: Path) -> None:
    told = compare(folder, "odd.py:plain", "--items", "-", stdin=b"one\n\xff\n")
    assert told.exit_code == 2
    assert_told(told, ["standard input is not UTF-8 text"])


@pytest.mark.parametrize("option", [("--json", "none/x.json"), ("--workers", "0"), ("--pools", "x"), ("--budget", "0")])
def test_a_wrong_option_is_refused_before_the_function_runs(folder: Path, option: tuple[str, str]) -> None:
    assert compare(folder, "odd.py:ran", *TEN, *option).exit_code == 2
    assert not (folder / "ran").exists()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (
            ["odd.py:unlucky", *TEN],
            ["item 3 (3) raised ValueError: no luck with 3 (2 of 10 items failed)", "in unlucky"],
        ),
        (["odd.py:unlucky_once", *TEN], ["item 4 (4) raised ZeroDivisionError: division by zero", "in unlucky_once"]),
        (["odd.py:unlucky(3)"], ["the call unlucky(3) raised ValueError: no luck with 3"]),
        (["odd.py:raise_own", *TEN], ["item 0 (0) raised TwoPartError: 0: two parts (10 of 10 items failed)"]),
        (["odd.py:raise_long", "--items", "['x' * 1000]"], ["item 0 ('xxxx", "…) raised ValueError: too long"]),
        (["odd.py:raise_base", *TEN], ["BaseException: the very base"]),
    ],
)
def test_a_function_that_raises_is_shown_by_item_with_the_users_traceback_only(
    folder: Path, argv: list[str], words: list[str]
) -> None:
    told = compare(folder, *argv, "--budget", "2", "--workers", "2")
    assert told.exit_code == 1, told
    assert_told(told, [*words, "Traceback (most recent call last)", "odd.py"])
    assert told.out == ""
    assert "x" * 100 not in told.err
    assert told.err.count("Traceback") == 1


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("leave", ["sys.exit(5)"]),
        ("interrupt", ["KeyboardInterrupt"]),
        ("die", ["exit code 7"]),
        ("crash", ["SIGSEGV"]),
    ],
)
def test_a_function_that_ends_its_process_under_every_strategy_fails_the_workload(
    folder: Path, function: str, words: list[str]
) -> None:
    told = compare(folder, f"odd.py:{function}", *TEN, "--budget", "3", "--workers", "2")
    assert told.exit_code == 1, told
    assert_told(told, ["it fails under every strategy", "serial", "threads ×2", "processes ×2", *words])
    assert len(told.lines) <= 8


def test_a_function_that_hangs_under_every_strategy_is_cut_each_time(folder: Path) -> None:
    told = compare(folder, "odd.py:hang", *TEN, "--budget", "6", "--workers", "2", "--timeout", "0.5")
    assert told.exit_code == 1, told
    assert_told(told, ["serial, threads ×2, processes ×2", "gave no result within 0.5 s"])


class Raced(NamedTuple):
    """What a comparison that was answered told."""

    told: Told
    states: dict[str, str]
    troubles: dict[str, str]
    caveats: dict[str, str]


def race(folder: Path, *arguments: str, budget: str = "1.5") -> Raced:
    """Compare, and read the record."""
    told = compare(folder, *arguments, "--workers", "2", "--budget", budget, "--json", "record.json")
    assert told.exit_code in MEASURED, told
    record: dict[str, Any] = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    strategies = record["strategies"]
    return Raced(
        told,
        {strategy["pool"]: strategy["state"] for strategy in strategies},
        {strategy["pool"]: strategy["failure"]["trouble"] for strategy in strategies if strategy["failure"]},
        {caveat["code"]: caveat["message"] for caveat in record["verdict"]["caveats"]},
    )


@pytest.mark.parametrize(
    ("argv", "failed", "trouble", "words"),
    [
        (["odd.py:take", "--items", "LOCKS"], "processes", "unpicklable", ["item 0", "lock", "inside the function"]),
        (["odd.py:give_lock", *TEN], "processes", "unpicklable", ["item 0 (0)", "lock", "return plain data"]),
        (["odd.py:loud", *TEN], "processes", "unpicklable", ["<lambda> cannot be pickled", "top level of a module"]),
        (["odd.py:closure", *TEN], "processes", "unpicklable", ["make_closure.<locals>.inner", "top level"]),
        (["odd.py:partial_of_lambda", *TEN], "processes", "unpicklable", ["cannot be pickled"]),
        (["odd.py:raise_own_in_worker", *TEN], "processes", "raised", ["item 0 (0) raised TwoPartError: 0: two parts"]),
        (["odd.py:die_in_worker", *TEN], "processes", "died", ["a worker process ended with exit code 7"]),
        (["odd.py:crash_in_worker", *TEN], "processes", "died", ["a worker process was killed by SIGSEGV"]),
        (["odd.py:leave_in_worker", *TEN], "processes", "exited", ["sys.exit(5)"]),
        (["odd.py:leave_in_thread", *TEN], "threads", "exited", ["sys.exit(5)"]),
        (["odd.py:interrupt_in_thread", *TEN], "threads", "exited", ["KeyboardInterrupt"]),
        (["odd.py:hang_in_worker", *TEN, "--timeout", "1"], "processes", "cut", ["gave no result within 1 s"]),
        (["odd.py:hang_in_thread", *TEN, "--timeout", "1"], "threads", "cut", ["gave no result within 1 s"]),
        (["odd.py:die_alone", *TEN], "serial", "died", ["exit code 7", "serial failed, so threads ×2 is what"]),
    ],
)
def test_a_strategy_that_fails_is_told_and_the_others_go_on(
    folder: Path, argv: list[str], failed: str, trouble: str, words: list[str]
) -> None:
    raced = race(folder, *argv)
    assert raced.troubles == {failed: trouble}
    assert {pool for pool, state in raced.states.items() if state == "failed"} == {failed}
    assert_told(raced.told, [f"{failed}", "failed", *words])


@pytest.mark.parametrize(("function", "other"), [("tell_worker", "processes ×2"), ("tell_thread", "threads ×2")])
def test_results_that_differ_between_strategies_are_told_with_the_first_item(
    folder: Path, function: str, other: str
) -> None:
    raced = race(folder, f"odd.py:{function}", *TEN)
    assert [code for code in raced.caveats if code.startswith("results-")] == ["results-differ"]
    assert other in raced.caveats["results-differ"]
    assert "for item 3;" in raced.caveats["results-differ"]
    assert_told(raced.told, ["another result than serial for item 3"])


def test_results_that_vary_by_themselves_are_told_once(folder: Path) -> None:
    raced = race(folder, "odd.py:chance", *TEN)
    assert "results-differ" not in raced.caveats
    assert "change from run to run (first: item 0)" in raced.caveats["results-vary"]


def test_what_the_function_prints_is_not_what_the_command_prints(folder: Path) -> None:
    raced = race(folder, "odd.py:noisy", *TEN)
    assert "failed" not in raced.states.values()
    report, _, _ = raced.told.out.partition("The code for")
    assert "noisy" not in report.replace("odd.py:noisy", "")
    assert "noisy" not in raced.told.err
