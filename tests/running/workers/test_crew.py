"""Workers are forked or started anew, and work on what they were not sent twice."""

import os
import subprocess
import sys
import textwrap
import threading
import time
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

import whichpool
from whichpool.errors import Unsendable
from whichpool.running.crew import Batch, Task
from whichpool.running.workers.crew import ProcessCrew

np = pytest.importorskip("numpy")
LARGE = np.ones(1_000_000)


def in_array(array: Any, place: int) -> float:  # noqa: ANN401 - an array
    return float(array[place]) + place


def whereabouts(_: object) -> tuple[int, int]:
    return os.getpid(), os.getppid()


@pytest.mark.usefixtures("started")
def test_an_array_that_all_items_share_is_sent_once() -> None:
    results = whichpool.map(in_array, repeat(LARGE), range(200), pools="processes", workers=2, chunksize=5)
    assert list(results) == [1.0 + place for place in range(200)]
    sent = sum(stage.sent_bytes for stage in results.report.stages)
    assert sent < 3 * LARGE.nbytes


@pytest.mark.usefixtures("started")
def test_what_a_function_holds_is_not_sent_with_its_items() -> None:
    results = whichpool.map(partial(in_array, LARGE), range(200), pools="processes", workers=2)
    assert list(results) == [1.0 + place for place in range(200)]
    assert sum(stage.sent_bytes for stage in results.report.stages) < 100_000


@pytest.mark.usefixtures("started")
def test_large_results_come_back_whole() -> None:
    results = list(whichpool.map(np.full, [300_000] * 6, range(6), pools="processes", workers=2))
    assert [float(array.sum()) for array in results] == [300_000.0 * number for number in range(6)]
    results[0][0] = 5.0


@pytest.mark.usefixtures("started")
def test_workers_are_children_and_never_the_caller() -> None:
    told = set(whichpool.map(whereabouts, range(50), pools="processes", workers=3, chunksize=1))
    assert os.getpid() not in {pid for pid, _ in told}
    assert {parent for _, parent in told} == {os.getpid()}


def meet(folder: Path, amount: int, number: int) -> int:
    """Wait until so many calls have begun, each in a worker of its own."""
    (folder / str(number)).touch()
    until_s = time.monotonic() + 30
    while (here := len(list(folder.iterdir()))) < amount and time.monotonic() < until_s:
        time.sleep(0.01)
    return here


def test_a_crew_answers_what_it_is_given_and_has_room_for_two_batches_a_worker() -> None:
    crew = ProcessCrew(Task(str), 2)
    crew.open()
    assert crew.room() == 4
    crew.give(Batch(0, [1, 2, 3]))
    crew.give(Batch(3, [4]))
    assert crew.room() == 2
    answers: dict[int, object] = {}
    while len(answers) < 4:
        for answer in crew.take(None):
            answers.update(enumerate(answer.values, start=answer.first))
    assert answers == {0: "1", 1: "2", 2: "3", 3: "4"}
    assert crew.room() == 4
    crew.close()
    crew.close()


def test_workers_that_come_later_find_something_to_do(tmp_path: Path) -> None:
    crew = ProcessCrew(Task(partial(meet, tmp_path, 5)), 5)
    crew.open()
    try:
        for number in range(5):
            crew.give(Batch(number, [number]))
        answers: list[int] = []
        while len(answers) < 5:
            answers += [value for answer in crew.take(None) for value in answer.values]
        assert answers == [5] * 5
    finally:
        crew.close()


def test_the_main_program_is_not_run_again_and_its_classes_come_back_as_its_own(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent("""
        import threading
        from dataclasses import dataclass
        import whichpool

        print("once")

        @dataclass
        class Point:
            x: int

        def move(point):
            return Point(point.x + 1)

        threading.Thread(target=threading.Event().wait, daemon=True).start()
        points = list(whichpool.map(move, map(Point, range(30)), pools="processes", workers=2))
        assert points == [Point(number + 1) for number in range(30)], points
        assert all(type(point) is Point for point in points)
        """)
    )
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "once\n"


def test_what_a_function_prints_is_printed_once(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import whichpool\n"
        "print('before', end='; ')\n"
        "list(whichpool.map(print, range(20), pools='processes', workers=2))\n"
    )
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run([sys.executable, program], env=env, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.count("before") == 1
    assert sorted(done.stdout.partition("; ")[2].split(), key=int) == [str(number) for number in range(20)]


def test_what_is_shared_is_there_even_if_an_item_that_came_with_it_could_not_be_sent() -> None:
    items = [(LARGE, 0), (LARGE, threading.Lock()), (LARGE, 2), (LARGE, 3)]
    arrays, places = zip(*items, strict=True)
    results = whichpool.map(in_array, iter(arrays), places, pools="processes", workers=1, chunksize=4, errors="return")
    given_back = list(results)
    assert isinstance(given_back.pop(1), Unsendable)
    assert given_back == [1.0, 3.0, 4.0]
