"""The plain loop, in the caller or in a worker thread: the inner loop of every job that no process runs."""

from time import perf_counter, thread_time

from whichpool.running.crew import Answer, Batch, Task


def run_batch(task: Task, batch: Batch) -> Answer:
    """Call the function on the items of a batch, here and now, up to the first that fails.

    Returns:
        The results, and the failure that comes after them, if there is one: any exception, ``SystemExit`` and
        ``KeyboardInterrupt`` too. What comes after that was not begun.
    """
    function, items = task.function, batch.items
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
    return Answer(batch.first, values, failures, busy_s=perf_counter() - begun_s, cpu_s=thread_time() - begun_cpu_s)


def run_whole_batch(task: Task, batch: Batch) -> Answer:
    """Call the function on every item of a batch, whichever of them fail."""
    answer = run_batch(task, batch)
    while len(answer.values) < len(batch.items):
        done = len(answer.values)
        rest = run_batch(task, Batch(batch.first + done, batch.items[done:]))
        answer.failures.update((done + place, error) for place, error in rest.failures.items())
        answer.values += rest.values
        answer.busy_s += rest.busy_s
        answer.cpu_s += rest.cpu_s
    return answer
