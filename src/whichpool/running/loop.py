"""The plain loop, in the caller or in a worker thread: the inner loop of every job that no process runs."""

from collections.abc import Iterable
from time import perf_counter, thread_time
from typing import Any

from whichpool.running.crew import Answer, Batch, Task


def run_batch(task: Task, first: int, items: Iterable[Any]) -> Answer:
    """Call the function on items that follow each other, here and now, up to the first that fails.

    Returns:
        The results, and the failure that comes after them, if there is one: any exception, ``SystemExit`` and
        ``KeyboardInterrupt`` too. What comes after that was not begun.
    """
    function = task.function
    values: list[object] = []
    failures: dict[int, BaseException] = {}
    begun_s, begun_cpu_s = perf_counter(), thread_time()
    try:
        # CPython calls a Python function from such a line without a new C frame, and appends without looking the
        # method up; both are lost by map() and by a bound method in a variable
        if task.unpacked:
            for item in items:
                values.append(function(*item))  # noqa: PERF401 - a comprehension would lose the results at an exception
        else:
            for item in items:
                values.append(function(item))  # noqa: PERF401 - as above
    except BaseException as error:  # a user's function may raise anything
        failures[len(values)] = error
        values.append(None)
    return Answer(first, values, failures, busy_s=perf_counter() - begun_s, cpu_s=thread_time() - begun_cpu_s)


def run_whole_batch(task: Task, batch: Batch) -> Answer:
    """Call the function on every item of a batch, whichever of them fail; a list that is emptied ends there."""
    left = iter(batch.items)
    answer = run_batch(task, batch.first, left)
    while (done := len(answer.values)) - 1 in answer.failures:  # there it broke off, and more may be left
        rest = run_batch(task, batch.first + done, left)
        answer.failures.update((done + place, error) for place, error in rest.failures.items())
        answer.values += rest.values
        answer.busy_s += rest.busy_s
        answer.cpu_s += rest.cpu_s
        if not rest.values:
            break
    return answer
