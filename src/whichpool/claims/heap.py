"""Claim 1: threads of one process share one heap; processes have their own.

One function rebinds a global, appends to a list and sets an object's attribute. It runs in a thread, and in a process
of each start method; it answers with what it sees changed, and then the parent looks. What the worker sees and the
parent does not see lies in memory that the two do not share.
"""

import multiprocessing
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import words_in
from whichpool.values import Holds, Judgement, Measured

THINGS = ["global", "list", "object"]


class _Holder:
    number = 0


_number = 0
_numbers: list[int] = []
_holder = _Holder()


def change() -> list[str]:
    """Change all three; runs in the worker, and tells what the worker sees changed."""
    global _number  # noqa: PLW0603 - a global that is rebound is the experiment
    _number = 1
    _numbers.append(1)
    _holder.number = 1
    return _changed()


def _changed() -> list[str]:
    numbers = [_number, len(_numbers), _holder.number]
    return [thing for thing, number in zip(THINGS, numbers, strict=True) if number]


def _change_back() -> None:
    global _number  # noqa: PLW0603 - a global that is rebound is the experiment
    _number = 0
    _numbers.clear()
    _holder.number = 0


def _try_in(pool: Executor, worker: str) -> dict[str, list[str]]:
    _change_back()
    with pool:
        worker_saw = pool.submit(change).result()
    return {f"{worker}_worker_saw": worker_saw, f"{worker}_parent_saw": _changed()}


def measure() -> Measured:
    """Change the heap in a worker of each kind, and look at it from the parent."""
    methods = multiprocessing.get_all_start_methods()
    saw: dict[str, list[str]] = {}
    for method in methods:  # before the thread: a process is best forked while there is one thread
        saw |= _try_in(ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)), method)
    return {"start_methods": methods, **saw, **_try_in(ThreadPoolExecutor(1), "thread")}


def judge(measured: Measured) -> Judgement:
    """Hold the claim where the parent sees all that a thread changes, and nothing that any process changes."""
    methods = words_in(measured, "start_methods")
    parent_saw = {worker: len(words_in(measured, f"{worker}_parent_saw")) for worker in ["thread", *methods]}
    seen = f"of {len(THINGS)} things changed in a worker the parent sees " + ", ".join(
        f"{saw} ({'thread' if worker == 'thread' else f'process, {worker}'})" for worker, saw in parent_saw.items()
    )
    if not methods or any(list(words_in(measured, f"{worker}_worker_saw")) != THINGS for worker in parent_saw):
        reason = "no process could be started, or a worker did not see its own changes: nothing follows for the parent"
        return Judgement(Holds.CANNOT_TELL, seen, reason)
    if parent_saw["thread"] < len(THINGS):
        return Judgement(Holds.DOES_NOT_HOLD, seen, "the parent does not see all that a thread of its own changes")
    if any(parent_saw[method] for method in methods):
        return Judgement(Holds.DOES_NOT_HOLD, seen, "the parent sees what a process changes")
    reason = (
        "a thread changes the very objects that the parent holds; a process changes its own copies of them, "
        "whichever way it is started"
    )
    return Judgement(Holds.HOLDS, seen, reason)


if __name__ == "__main__":
    run_alone(measure, judge)
