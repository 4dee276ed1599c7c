"""``whichpool run``: the whole job, every result on disk."""

import contextlib
import json
import os
import pty
import random
import re
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

lists = [[number] for number in range(4)]

def appends(items):
    items.append(1)
    return len(items)

def gives_function(number):
    return (lambda: number) if number == 2 else number

def talks(number):
    sys.stdout.write(f"said {number}\\n")  # in one piece, for other workers write as well
    return number

def talks_at_once(number):
    print(number, flush=True)
    return number

names = [{"a", "b", "c", "d"}, {"one": {"x", "y"}, "two": frozenset("pqrs")}]
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


def test_what_had_arrived_with_the_first_failure_is_on_record_as_well(folder: Path) -> None:
    arguments = ("jobs.py:fails", "--items", "range(8)", "--out", "out.jsonl", "--errors", "raise")
    whichpool(folder, *arguments, "--pools", "processes", "--workers", "1", "--chunksize", "8")
    assert sorted(line["index"] for line in lines(folder)) == list(range(8))


def test_a_record_is_no_place_for_the_programs_own_words(folder: Path) -> None:
    with (folder / "out.jsonl").open("w") as out:
        arguments = command("jobs.py:fails", "--items", "range(8)", "--out", "/dev/stdout")
        done = subprocess.run(
            arguments, cwd=folder, stdout=out, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert done.returncode == 2
    assert "own output" in done.stderr
    assert (folder / "out.jsonl").read_text() == ""


@pytest.mark.parametrize("stream", [1, 2])
def test_a_stream_that_is_closed_is_not_taken_for_the_record(folder: Path, stream: int) -> None:
    arguments = command("jobs.py:fails", "--items", "range(3)", "--out", "out.jsonl")
    subprocess.run(arguments, cwd=folder, check=False, timeout=60, preexec_fn=lambda: os.close(stream))
    assert [line["value"] for line in lines(folder)] == [0, 1, 2]


@pytest.mark.parametrize("pool", ["serial", "processes"])
def test_where_nobody_reads_what_items_print_the_job_ends_and_can_go_on(folder: Path, pool: str) -> None:
    arguments = ("jobs.py:talks_at_once", "--items", "range(30)", "--out", "out.jsonl", "--pools", pool)
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        command(*arguments), cwd=folder, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    os.close(writing)
    assert done.returncode == 141
    assert "to go on: whichpool run --resume" in done.stderr
    assert not any("error" in line for line in lines(folder))
    assert whichpool(folder, *arguments, "--resume").returncode == 0
    assert sorted(line["value"] for line in lines(folder)) == list(range(30))


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


def test_an_item_that_its_call_changes_is_still_the_same_when_the_job_goes_on(folder: Path) -> None:
    arguments = ("jobs.py:appends", "--items", "lists", "--out", "out.jsonl", "--resume")
    assert whichpool(folder, *arguments).returncode == 0
    done = whichpool(folder, *arguments)
    assert done.returncode == 0, done.stderr
    assert "nothing left to run" in done.stdout


def test_sets_are_the_same_items_whatever_the_order_in_which_they_are_hashed(folder: Path) -> None:
    for seed in ("1", "2", "3"):
        arguments = ("builtins:len", "--items", "jobs.py:names", "--out", "out.jsonl", "--resume")
        done = whichpool(folder, *arguments, PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
    assert len(lines(folder)) == 2


def test_a_result_that_cannot_be_recorded_is_a_failure(folder: Path) -> None:
    arguments = ("jobs.py:gives_function", "--items", "range(4)", "--out", "out.jsonl", "--resume")
    for _ in range(2):
        done = whichpool(folder, *arguments)
        assert done.returncode == 1
        assert "4 of 4 items in out.jsonl, 1 of them failed" in done.stdout


def test_a_record_is_written_by_one_job_at_a_time(folder: Path) -> None:
    arguments = ("jobs.py:naps", "--items", "range(2000)", "--out", "out.jsonl", "--resume")
    with subprocess.Popen(command(*arguments), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as job:
        wait_for_lines(folder, 1)
        second = whichpool(folder, *arguments)
        job.terminate()
    assert second.returncode == 2
    assert "being written by another job" in second.stderr


def test_on_a_terminal_what_the_function_prints_goes_where_it_was_sent_and_workers_draw_no_bar(folder: Path) -> None:
    master, terminal = pty.openpty()
    arguments = ("jobs.py:talks", "--items", "range(30)", "--out", "out.jsonl", "--pools", "processes")
    with subprocess.Popen(command(*arguments), cwd=folder, stdout=subprocess.PIPE, stderr=terminal, text=True) as job:
        os.close(terminal)
        shown = read_to_the_end(master)
        out, _ = job.communicate(timeout=30)
    assert job.returncode == 0, shown
    assert sorted(re.findall(r"said (\d+)", out), key=int) == [str(number) for number in range(30)]
    assert "said" not in shown
    assert "30/30" in shown


def read_to_the_end(master: int) -> str:
    pieces = []
    with contextlib.suppress(OSError):  # what Linux says when nobody holds the other end
        while piece := os.read(master, 4096):
            pieces.append(piece)
    os.close(master)
    return b"".join(pieces).decode()


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
    log.touch()
    arguments = ("jobs.py:work", "--items", "range(1500)", "--out", "out.jsonl", "--resume")
    on_disk: list[int] = []
    for _ in range(6):
        begun_before = begun(log)
        with subprocess.Popen(
            command(*arguments),
            cwd=folder,
            env={**os.environ, "LOG": str(log)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as job:
            wait_for_lines(folder, len(on_disk) + 1)
            time.sleep(chance.uniform(0, 0.3))
            job.kill()
        begun_now = begun(log)
        assert not [number for number in on_disk if begun_now[number] != begun_before[number]]
        text = (folder / "out.jsonl").read_text()
        on_disk = [json.loads(line)["index"] for line in text.splitlines(keepends=True) if line.endswith("\n")]
        assert len(set(on_disk)) == len(on_disk) < 1500
    begun_before = begun(log)
    done = whichpool(folder, *arguments, LOG=str(log))
    assert done.returncode == 0, done.stderr
    assert f"{len(on_disk)} items on record already" in done.stdout.replace(",", "")
    assert sorted(line["index"] for line in lines(folder)) == list(range(1500))
    assert not [number for number in on_disk if begun(log)[number] != begun_before[number]]
    assert {f"end {number}" for number in range(1500)} <= set(log.read_text().splitlines())


def begun(log: Path) -> Counter[int]:
    return Counter(int(line.split()[1]) for line in log.read_text().splitlines() if line.startswith("begin"))
