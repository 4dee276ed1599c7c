"""A job that ``sharing.py`` watches: 200 calls that all need the same 400 MB array, a slice of it each.

``python benchmarks/sharing_job.py WAY [--loop]`` with WAY one of ``WAYS``: how the array gets to the calls. It writes
what was sent, by the report and by what the kernel saw written, and whether the results are right.
"""

import sys
from collections.abc import Callable
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CALLS = 200
ARRAY_BYTES = 400_000_000
_PART = ARRAY_BYTES // 8 // CALLS

Array = NDArray[np.float64]
Job = tuple[Callable[..., float], tuple[Any, ...]]


def part_sum(array: Array, call: int) -> float:
    """Add up one part of the array."""
    return float(array[call * _PART : (call + 1) * _PART].sum())


def as_partial(array: Array) -> Job:
    """Bind the array to the function."""
    return partial(part_sum, array), (range(CALLS),)


def as_closure(array: Array) -> Job:
    """Let a nested function capture the array, which takes cloudpickle."""

    def captured(call: int) -> float:
        return part_sum(array, call)

    return captured, (range(CALLS),)


def as_argument(array: Array) -> Job:
    """Give the array to every call, from a list."""
    return part_sum, ([array] * CALLS, range(CALLS))


def as_streamed_argument(array: Array) -> Job:
    """Give the array to every call, one by one, so that there is no list to be inherited."""
    return part_sum, (repeat(array), range(CALLS))


WAYS = {"partial": as_partial, "closure": as_closure, "argument": as_argument, "streamed": as_streamed_argument}


def written_bytes() -> int:
    """Read what this process has handed to ``write``: pipes, files and shared memory that is filled by it."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar"))


def main() -> None:
    """Run it once the watcher says so."""
    import whichpool  # noqa: PLC0415 - workers that import this file do without it

    array = np.arange(ARRAY_BYTES // 8, dtype=np.float64)
    function, iterables = WAYS[sys.argv[1]](array)
    run = whichpool.map
    print("prepared", flush=True)
    sys.stdin.readline()
    before = written_bytes()
    if sys.argv[2:] == ["--loop"]:
        values, sent_bytes, ended_on = list(map(function, *iterables)), 0, "the loop"
    else:
        results = run(function, *iterables, pools=("processes",))
        values = list(results)
        sent_bytes, ended_on = sum(stage.sent_bytes for stage in results.report.stages), results.report.pool
    right = np.isclose(sum(values), array.sum())
    print(sent_bytes, written_bytes() - before, int(right), ended_on)


if __name__ == "__main__":
    main()
