"""A crew of threads answers everything once, and gives up on what is stuck."""

import threading
import time

import pytest

from whichpool.running.crew import Batch, Task
from whichpool.running.threads import ThreadCrew


def answered(crew: ThreadCrew, amount: int) -> dict[int, object]:
    outcomes: dict[int, object] = {}
    while len(outcomes) < amount:
        for answer in crew.take(None):
            for at, value in enumerate(answer.values):
                assert answer.first + at not in outcomes
                outcomes[answer.first + at] = answer.failures.get(at, value)
    return outcomes


def test_every_batch_is_answered_by_the_results_of_its_items() -> None:
    crew = ThreadCrew(Task(str), 3)
    crew.open()
    for first in range(0, 12, 3):
        crew.give(Batch(first, range(first, first + 3)))
    assert answered(crew, 12) == {number: str(number) for number in range(12)}
    assert crew.room() == 6
    crew.close()


def test_a_batch_that_is_given_up_runs_no_item_more() -> None:
    begun: list[int] = []
    is_begun, goes_on = threading.Event(), threading.Event()

    def work(number: int) -> None:
        begun.append(number)
        is_begun.set()
        goes_on.wait(10)

    crew = ThreadCrew(Task(work), 1)
    crew.open()
    crew.give(Batch(0, [0, 1, 2]))
    crew.give(Batch(3, [3]))
    assert is_begun.wait(10)
    threading.Timer(0.05, goes_on.set).start()
    crew.close()
    assert begun == [0]


def test_a_stuck_item_is_given_up_and_the_others_are_answered() -> None:
    free = threading.Event()

    def work(number: int) -> int:
        if number == 1:
            free.wait(30)
        return number

    crew = ThreadCrew(Task(work, timeout_s=0.1), 2)
    crew.open()
    for number in range(5):
        crew.give(Batch(number, [number]))
    outcomes = answered(crew, 5)
    free.set()
    crew.close()
    assert isinstance(outcomes.pop(1), TimeoutError)
    assert outcomes == {0: 0, 2: 2, 3: 3, 4: 4}


def test_what_an_initializer_raises_is_raised_in_the_caller() -> None:
    def refuse() -> None:
        message = "not here"
        raise PermissionError(message)

    crew = ThreadCrew(Task(str, initializer=refuse), 1)
    crew.open()
    crew.give(Batch(0, [1]))
    with pytest.raises(PermissionError, match="not here"):
        crew.take(None)
    crew.close()


def test_taking_waits_no_longer_than_it_is_told_to() -> None:
    crew = ThreadCrew(Task(time.sleep), 1)
    crew.open()
    assert crew.take(0.01) == []
    crew.close()
    crew.close()


def test_no_more_threads_are_started_than_there_are_batches() -> None:
    workers: set[int] = set()
    crew = ThreadCrew(Task(lambda _: workers.add(threading.get_ident())), 8)
    crew.open()
    for number in range(3):
        crew.give(Batch(number, [number]))
        assert answered(crew, 1) == {number: None}
    crew.close()
    assert len(workers) == 1


def test_what_is_given_after_the_items_have_run_out_is_answered_all_the_same() -> None:
    crew = ThreadCrew(Task(str), 2)
    crew.open()
    for number in range(4):
        crew.give(Batch(number, [number]))
        crew.run_out()
    assert answered(crew, 4) == {number: str(number) for number in range(4)}
    crew.run_out()
    crew.give(Batch(4, [4]))
    assert answered(crew, 1) == {4: "4"}
    crew.close()
    assert not any(thread.name == "whichpool" for thread in threading.enumerate())
