"""Claim 2: the main program's ``result`` stays None, for two causes of which either would do.

The article's square assigns to ``result``, here once as printed and once declared ``global``, in a thread and in a
process of each start method. What ``global`` mends is the name; what it cannot mend is the memory. Each also returns
its value: that shows that it ran, and it is the way that works for threads and processes alike.
"""

import multiprocessing
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import words_in
from whichpool.values import Holds, Judgement, Measured

NUMBER = 7
SQUARE = 49

result: int | None = None


def square(number: int) -> int:
    """Assign to a name that belongs to this call, as the article does."""
    result = number * number
    return result  # noqa: RET504 - the assignment is the experiment


def square_global(number: int) -> int:
    """Assign to the name of the main program."""
    global result  # noqa: PLW0603 - the assignment is the experiment
    result = number * number
    return result


def _try_in(pool: Executor, worker: str) -> dict[str, int | None]:
    global result  # noqa: PLW0603 - the main program's assignment, at module level in the article
    found: dict[str, int | None] = {}
    with pool:
        for function in (square, square_global):
            result = None
            found[f"{worker}_{function.__name__}_returned"] = pool.submit(function, NUMBER).result()
            found[f"{worker}_{function.__name__}_left"] = result
    return found


def measure() -> Measured:
    """Let each worker assign, and look at what ``result`` is in the main program afterwards."""
    methods = multiprocessing.get_all_start_methods()
    found: dict[str, int | None] = {}
    for method in methods:  # before the thread: a process is best forked while there is one thread
        found |= _try_in(ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)), method)
    return {"start_methods": methods, **found, **_try_in(ThreadPoolExecutor(1), "thread")}


def judge(measured: Measured) -> Judgement:
    """Hold the claim where no process changes ``result``; tell the causes apart by what a thread does to it."""
    methods = words_in(measured, "start_methods")
    workers = ["thread", *methods]
    left = {worker: (measured[f"{worker}_square_left"], measured[f"{worker}_square_global_left"]) for worker in workers}
    returned = [measured[f"{worker}_{name}_returned"] for worker in workers for name in ("square", "square_global")]
    seen = "the main program's result, without and with global: " + ", ".join(
        f"{without} and {declared} ({'thread' if worker == 'thread' else f'process, {worker}'})"
        for worker, (without, declared) in left.items()
    )
    if not methods or any(value != SQUARE for value in returned):
        reason = "no process could be started, or a function did not come back with its value"
        return Judgement(Holds.CANNOT_TELL, seen, reason)
    seen += f"; returned, it arrives from all: {SQUARE}"
    if any(left[method] != (None, None) for method in methods):
        return Judgement(Holds.DOES_NOT_HOLD, seen, "the main program sees what a process assigned")
    if left["thread"] != (None, SQUARE):
        reason = "no process changes it, but a thread does not show what declaring the name global does"
        return Judgement(Holds.CANNOT_TELL, seen, reason)
    reason = (
        "for two causes: an assignment inside a function makes a local name, so it stays None in a thread as well, "
        "unless it is declared global; and a process has memory of its own, so there not even global helps. "
        "Returning the value works in both"
    )
    return Judgement(Holds.HOLDS, seen, reason)


if __name__ == "__main__":
    run_alone(measure, judge)
