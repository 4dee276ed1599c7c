"""Bad input gets a few lines that say what, why and the next step, and costs nothing that other strategies measured."""

import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import whichpool
from whichpool.cli import main

ODD = r"""
import itertools, os, pathlib, sys, threading, time

TEN = list(range(10))
EMPTY = []
count = itertools.count

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

def raise_long(data):
    raise ValueError("too long")

def give_lock(number):
    return threading.Lock()

def leave(number):
    sys.exit(5)

def die(number):
    os._exit(7)

def hang_in_thread(number):
    if in_thread():
        time.sleep(300)
    return number

def die_in_the_main_thread(number):
    if not in_thread():
        os._exit(7)
    return number

def noisy_and_different(number):
    print("loud and noisy" * 100_000)
    print("loud and noisy" * 100_000, file=sys.stderr)
    os.write(1, b"loud and noisy" * 1_000)
    return number == 3 and in_thread()

async def promise(number):
    return number

def ran(number):
    pathlib.Path("ran").touch()
    return number
"""

PACKAGE = str(Path(whichpool.__file__).parent)
MEASURED = {0, 3}
"""Answered, or undecided: how a race ends is not what these tests are about."""


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
    (tmp_path / "sub").mkdir()
    return tmp_path


def compare(folder: Path, *arguments: str) -> Told:
    """Run the command, and see to it that it never shows a traceback of its own."""
    command = [sys.executable, "-P", "-c", "from whichpool.cli import main; main()", "compare", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    told = Told(done.returncode, done.stdout, done.stderr)
    assert f'File "{PACKAGE}' not in told.err + told.out, told.err
    return told


Call = Callable[..., Told]


@pytest.fixture
def call(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """Call the command in this process, which is as good where it ends soon, and quicker."""
    monkeypatch.chdir(folder)
    handler = signal.getsignal(signal.SIGTERM)

    def call(*arguments: str, stdin: bytes = b"") -> Told:
        monkeypatch.setattr(sys, "argv", ["whichpool", "compare", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return Told(ended.value.code, *capsys.readouterr())

    yield call
    signal.signal(signal.SIGTERM, handler)


def assert_told(told: Told, words: list[str]) -> None:
    """Assert that the words stand in what was said, whatever the line breaks."""
    text = " ".join((told.out + told.err).split())
    assert [word for word in words if word not in text] == [], text


TEN = ["--items", "TEN"]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], ["Missing argument 'TARGET...'"]),
        (["old.py:plain", *TEN], ["there is no file old.py", "did you mean odd.py?"]),
        (["broken.py:run", *TEN], ["broken.py, line 2", "never closed"]),
        (["odd.py:quad(7)"], ["the call quad(7) does not fit", "def quad()"]),
        (["odd.py:plain"], ["plain needs items: add --items SPEC"]),
        (["odd.py:plain", "odd.py:quad", *TEN], ["several targets are compared as calls"]),
        (["odd.py:plain", "--items", "EMPTY"], ["there is no item to run: EMPTY is empty"]),
        (["odd.py:plain", "--items", "count()"], ["gives more than 100,000 items", "--max-items"]),
        (["odd.py:plain", "--items", "count()", "--max-items", "50"], ["gives more than 50 items"]),
        (["odd.py:plain", "--items", "1 / 0"], ["failed while the items were made", "ZeroDivisionError"]),
        (["odd.py:plain", "--items", "lines:none.txt"], ["none.txt cannot be read: No such file"]),
        (["odd.py:plain", "--items", "-"], ["there is no item to run: standard input holds no line"]),
        (["odd.py:plain", *TEN, "--workers", "0"], ["at least 1 worker, not 0"]),
        (["odd.py:plain", *TEN, "--workers", "-3"], ["at least 1 worker, not -3"]),
        (["odd.py:plain", *TEN, "--workers", "abc"], ["--workers", "'abc' is not whole numbers"]),
        (["odd.py:plain", *TEN, "--workers", "2,,4"], ["--workers", "whole numbers separated by commas"]),
        (["odd.py:plain", *TEN, "--chunksize", "0"], ["at least 1 item, not 0"]),
        (["odd.py:plain", *TEN, "--pools", "proceses"], ["no pool 'proceses'", "did you mean processes?"]),
        (["odd.py:plain", *TEN, "--pools", "x"], ["no pool 'x'", "serial, asyncio, threads, processes"]),
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
        (["odd.py:plain", *TEN, "--python", "/no/such"], ["/no/such is no Python that can be run: no such file"]),
        (["odd.py:plain", *TEN, "--python", "sub"], ["there is no sub on PATH; name its path"]),
        (["odd.py:plain", *TEN, "--python", "/bin/true"], ["/bin/true does not work as a Python"]),
        (["odd.py:plain", *TEN, "--wrkers", "2"], ["No such option", "--workers"]),
        *[
            (["odd.py:plain", *TEN, "--what-if", machine], [words])
            for machine, words in [
                ("cores=x", "'cores=x' is not understood; write cores=16, gil=off or cores=16,gil=off"),
                ("gil=maybe", "'gil=maybe' is not understood"),
                ("16", "'16' is not understood"),
                ("", "'' is not understood"),
                ("cores=", "'cores=' is not understood"),
                ("cores=4,", "'' is not understood"),
                ("cores=4;gil=off", "is not understood"),
                ("cores=0", "a machine has cores, at most 1,024, not 0"),
                ("cores=-4", "a machine has cores, at most 1,024, not -4"),
                ("gil=off,cores=1e6", "a machine has cores, at most 1,024, not 1e+06"),
                ("cores=nan", "a machine has cores, at most 1,024, not nan"),
            ]
        ],
    ],
)
def test_a_wrong_call_ends_with_exit_code_2_and_says_why(call: Call, argv: list[str], words: list[str]) -> None:
    told = call(*argv)
    assert told.exit_code == 2, told
    assert_told(told, words)
    assert told.out == ""
    assert len(told.lines) <= 6


@pytest.mark.parametrize("argv", [["old.py:plain", *TEN], ["odd.py:plain", "--budget", "0"]])
def test_a_wrong_call_ends_its_process_without_a_traceback_of_ours(folder: Path, argv: list[str]) -> None:
    told = compare(folder, *argv)
    assert (told.exit_code, told.out) == (2, "")
    assert "Traceback" not in told.err


def test_standard_input_that_is_not_utf_8_is_refused(call: Call) -> None:
    told = call("odd.py:plain", "--items", "-", stdin=b"one\n\xff\n")
    assert told.exit_code == 2
    assert_told(told, ["standard input is not UTF-8 text"])


@pytest.mark.parametrize("option", [("--json", "none/x.json"), ("--workers", "0"), ("--pools", "x"), ("--budget", "0")])
def test_a_wrong_option_is_refused_before_the_function_runs(folder: Path, call: Call, option: tuple[str, str]) -> None:
    assert call("odd.py:ran", *TEN, *option).exit_code == 2
    assert not (folder / "ran").exists()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (
            ["odd.py:unlucky", *TEN],
            ["item 3 (3) raised ValueError: no luck with 3 (2 of 10 items failed)", "in unlucky"],
        ),
        (["odd.py:unlucky(3)"], ["the call unlucky(3) raised ValueError: no luck with 3"]),
        (["odd.py:raise_long", "--items", "['x' * 1000]"], ["item 0 ('xxxx", "…) raised ValueError: too long"]),
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


@pytest.mark.parametrize(("function", "words"), [("leave", "sys.exit(5)"), ("die", "exit code 7")])
def test_a_function_that_ends_its_process_under_every_strategy_fails_the_workload(
    folder: Path, function: str, words: str
) -> None:
    told = compare(folder, f"odd.py:{function}", *TEN, "--budget", "20", "--workers", "2")
    assert told.exit_code == 1, told
    assert_told(told, ["it fails under every strategy", "serial", "threads ×2", "processes ×2", words])
    assert len(told.lines) <= 8


class Raced(NamedTuple):
    """What a comparison that was answered told."""

    told: Told
    states: dict[str, str]
    troubles: dict[str, str]
    caveats: dict[str, str]


def race(folder: Path, *arguments: str) -> Raced:
    """Compare, in a budget that suffices on a busy machine; a race with one left is over at once."""
    told = compare(folder, *arguments, "--workers", "2", "--budget", "8", "--json", "record.json")
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
    ("arguments", "failure", "words"),
    [
        (["odd.py:give_lock", "--pools", "processes"], {"processes": "unpicklable"}, ["item 0 (0)", "lock"]),
        (
            ["odd.py:hang_in_thread", "--pools", "threads", "--timeout", "1"],
            {"threads": "cut"},
            ["gave no result within 1 s"],
        ),
        (
            ["odd.py:die_in_the_main_thread", "--pools", "threads"],
            {"serial": "died"},
            ["exit code 7", "serial failed, so threads ×2 is what"],
        ),
    ],
)
def test_a_strategy_that_fails_is_told_and_the_others_go_on(
    folder: Path, arguments: list[str], failure: dict[str, str], words: list[str]
) -> None:
    raced = race(folder, *arguments, *TEN)
    assert raced.troubles == failure
    assert {pool for pool, state in raced.states.items() if state == "failed"} == set(failure)
    assert_told(raced.told, [*failure, "failed", *words])


def test_a_result_that_differs_and_output_that_is_not_ours_are_told_apart(folder: Path) -> None:
    raced = race(folder, "odd.py:noisy_and_different", *TEN, "--pools", "threads")
    assert "failed" not in raced.states.values()
    report, _, _ = raced.told.out.partition("The code for")
    assert "noisy" not in report.replace("odd.py:noisy", "")
    assert "noisy" not in raced.told.err
    assert [code for code in raced.caveats if code.startswith("results-")] == ["results-differ"]
    assert_told(raced.told, ["threads ×2 gave another result than serial for item 3;"])
