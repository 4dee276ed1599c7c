"""The same tasks in two ways: called one after the other, or at once, each in a worker of its own as in the article."""

import multiprocessing
import warnings
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from threading import Thread
from time import perf_counter

Task = tuple[Callable[[int], object], int]
Worker = Callable[..., Thread | BaseProcess]


def worker_processes() -> dict[str, Worker]:
    """Give the process of each start method there is, by the method's name."""
    methods = multiprocessing.get_all_start_methods()
    return {method: multiprocessing.get_context(method).Process for method in methods}  # type: ignore[attr-defined]


def one_after_other(tasks: Sequence[Task], times: int = 1) -> float:
    """Tell how long it takes in seconds to call all of them; the mean of some times where one is too short to time."""
    begun_s = perf_counter()
    for _ in range(times):
        for function, number in tasks:
            function(number)
    return (perf_counter() - begun_s) / times


def at_once(worker: Worker, tasks: Sequence[Task]) -> float:
    """Tell how long all of them take in seconds, from the first start of a worker to the last end.

    Args:
        worker: ``threading.Thread``, or the ``Process`` of a multiprocessing context.
        tasks: What the workers do, one task each.
    """
    with warnings.catch_warnings():
        # a thread that was joined may be in the kernel a moment longer; no thread of ours is there to be forked
        warnings.filterwarnings("ignore", "(?s).*multi-threaded", DeprecationWarning)
        begun_s = perf_counter()
        workers = [worker(target=function, args=(number,), daemon=True) for function, number in tasks]
        for each in workers:
            each.start()
        for each in workers:
            each.join()
        return perf_counter() - begun_s
