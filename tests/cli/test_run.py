"""``whichpool run``: the whole job, every result on disk."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

TARGET = """
import os, sys, time

LOG = os.environ.get("LOG", os.devnull)

def note(word, number):
    log = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(log, f"{word} {number}\\n".encode())
    os.close(log)

def work(number):
    note("begin", number)
    until = time.perf_counter() + 0.004
    while time.perf_counter() < until:
        pass
    note("end", number)
    return number * number

def fails(number):
    if number % 10 == 3:
        raise ValueError(f"no {number}")
    return number

def dies(number):
    if number == 5:
        os._exit(9)
    return number

def sleeps(number):
    time.sleep(60 if number == 2 else 0)
    return number

def pair(a, b):
    return [a, b]

async def later(number):
    return number + 1

def naps(number):
    time.sleep(0.05)
    return number
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "jobs.py").write_text(TARGET)
    return tmp_path


def whichpool(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "whichpool", "run", *arguments]


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]


def test_every_item_has_its_line_and_the_pool_is_told(folder: Path) -> None:
    done = whichpool(folder, "jobs.py:work", "--items", "range(200)", "--out", "out.jsonl")
    assert done.returncode == 0, done.stderr
    assert {line["index"]: line["value"] for line in lines(folder)} == {n: n * n for n in range(200)}
    assert len(lines(folder)) == 200
    assert "200 of 200 items in out.jsonl, 0 of them failed" in done.stdout
    assert "the loop" in done.stdout


def test_what_fails_is_recorded_and_the_others_go_on(folder: Path) -> None:
    done = whichpool(folder, "jobs.py:fails", "--items", "range(60)", "--out", "out.jsonl")
    assert done.returncode == 1
    failed = {line["index"]: line["error"]["message"] for line in lines(folder) if "error" in line}
    assert failed == {number: f"no {number}" for number in range(3, 60, 10)}
    assert "item 3 (3) failed: ValueError: no 3" in done.stdout
    assert "3 more failed" in done.stdout


def test_the_job_can_end_at_the_first_failure(folder: Path) -> None:
    done = whichpool(folder, "jobs.py:fails", "--items", "range(60)", "--out", "out.jsonl", "--errors", "raise")
    assert done.returncode == 1
    assert [line["index"] for line in lines(folder)] == [0, 1, 2, 3]


def test_a_worker_that_dies_costs_its_item_only(folder: Path) -> None:
    done = whichpool(folder, "jobs.py:dies", "--items", "range(20)", "--out", "out.jsonl", "--pools", "processes")
    assert done.returncode == 1
    (failed,) = (line for line in lines(folder) if "error" in line)
    assert (failed["index"], failed["error"]["type"]) == (5, "WorkerDied")
    assert len(lines(folder)) == 20


def test_an_item_that_is_stuck_is_ended(folder: Path) -> None:
    done = whichpool(folder, "jobs.py:sleeps", "--items", "range(8)", "--out", "out.jsonl", "--timeout", "0.5")
    assert done.returncode == 1
    (failed,) = (line for line in lines(folder) if "error" in line)
    assert (failed["index"], failed["error"]["type"]) == (2, "TimeoutError")


def test_tuples_are_unpacked_and_async_functions_awaited(folder: Path) -> None:
    done = whichpool(folder, "jobs.py:pair", "--items", "[(1, 5), (2, 2), (3, 4)]", "--out", "out.jsonl")
    assert done.returncode == 0, done.stderr
    assert sorted(line["value"] for line in lines(folder)) == [[1, 5], [2, 2], [3, 4]]
    (folder / "out.jsonl").unlink()
    done = whichpool(folder, "jobs.py:later", "--items", "range(5)", "--out", "out.jsonl")
    assert done.returncode == 0, done.stderr
    assert sorted(line["value"] for line in lines(folder)) == [1, 2, 3, 4, 5]


def test_a_complete_record_is_not_run_again(folder: Path) -> None:
    arguments = ("jobs.py:work", "--items", "range(10)", "--out", "out.jsonl")
    assert whichpool(folder, *arguments).returncode == 0
    done = whichpool(folder, *arguments, "--resume", LOG=str(folder / "log"))
    assert done.returncode == 0
    assert "nothing left to run" in done.stdout
    assert not (folder / "log").exists()


def test_another_input_is_refused_with_the_first_difference(folder: Path) -> None:
    assert whichpool(folder, "jobs.py:work", "--items", "range(10)", "--out", "out.jsonl").returncode == 0
    before = (folder / "out.jsonl").read_text()
    done = whichpool(folder, "jobs.py:work", "--items", "range(5, 20)", "--out", "out.jsonl", "--resume")
    assert done.returncode == 2
    assert "item 0 has changed" in done.stderr
    assert (folder / "out.jsonl").read_text() == before
    done = whichpool(folder, "jobs.py:work", "--items", "range(20)", "--out", "out.jsonl", "--resume")
    assert done.returncode == 0
    assert len(lines(folder)) == 20


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("jobs.py:nothing", "--items", "range(3)"), "nothing"),
        (("jobs.py:work", "--items", "range(3)", "--pools", "thread"), "did you mean threads"),
        (("jobs.py:work", "--items", "range(3)", "--timeout", "-1"), "timeout"),
        (("jobs.py:work", "--items", "[]"), "no item"),
        (("jobs.py:work", "--items", "range(3)", "--memory-limit", "much"), "no size"),
    ],
)
def test_a_wrong_call_is_refused_before_anything_runs(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    done = whichpool(folder, *arguments, "--out", "out.jsonl")
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_keeps_what_is_done_and_tells_how_to_go_on(folder: Path, number: int, code: int) -> None:
    arguments = ("jobs.py:naps", "--items", "range(2000)", "--out", "out.jsonl")
    with subprocess.Popen(
        command(*arguments), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as job:
        wait_for_lines(folder, 3)
        job.send_signal(number)
        out, complaints = job.communicate(timeout=30)
    assert job.returncode == code
    assert "--resume" in complaints
    assert "Traceback" not in complaints
    assert f"{len(lines(folder)):,} of 2,000 items" in out


def wait_for_lines(folder: Path, amount: int) -> None:
    for _ in range(600):
        if (folder / "out.jsonl").exists() and (folder / "out.jsonl").read_bytes().count(b"\n") >= amount:
            return
        time.sleep(0.02)
    pytest.fail("nothing was recorded")


def test_killed_again_and_again_every_item_is_recorded_once_and_none_on_disk_is_run_again(folder: Path) -> None:
    chance = random.Random(5)  # noqa: S311 - moments, not secrets
    log = folder / "log"
    arguments = ("jobs.py:work", "--items", "range(1200)", "--out", "out.jsonl", "--resume")
    on_disk: set[int] = set()
    begun_before: Counter[str] = Counter()
    for _ in range(6):
        with subprocess.Popen(
            command(*arguments),
            cwd=folder,
            env={**os.environ, "LOG": str(log)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as job:
            time.sleep(chance.uniform(0.3, 1.2))
            job.kill()
        time.sleep(0.1)  # for workers to notice
        begun = Counter(log.read_text().splitlines()) if log.exists() else Counter[str]()
        assert not [number for number in on_disk if begun[f"begin {number}"] != begun_before[f"begin {number}"]]
        text = (folder / "out.jsonl").read_text() if (folder / "out.jsonl").exists() else ""
        on_disk = {json.loads(line)["index"] for line in text.splitlines(keepends=True) if line.endswith("\n")}
        begun_before = begun
    done = whichpool(folder, *arguments, LOG=str(log))
    assert done.returncode == 0, done.stderr
    assert sorted(line["index"] for line in lines(folder)) == list(range(1200))
    ended = Counter(log.read_text().splitlines())
    assert all(ended[f"end {number}"] >= 1 for number in range(1200))
