"""A job that ``memory.py`` watches: many items from a generator, nothing kept of their results.

``python benchmarks/memory_job.py WORK ITEMS WAY`` with WORK ``square`` or ``spin``, and WAY ``loop``, or the pools that
``whichpool.map`` may use, ``any`` for all of them. It writes its own peak in bytes, and where it ended.
"""

import builtins
import sys
from collections.abc import Iterator
from pathlib import Path

SPINS = 500
"""About 20 µs of Python."""


def square(number: int) -> int:
    """Do next to nothing."""
    return number * number


def spin(number: int) -> int:
    """Compute for a moment."""
    for step in range(SPINS):
        number ^= step
    return number


WORKS = {"square": square, "spin": spin}


def numbers(count: int) -> Iterator[int]:
    """Give items one by one, so that nobody has them all."""
    yield from range(count)


def peak_bytes() -> int:
    """Read how much of this process has been in memory at most."""
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


def main() -> None:
    """Run it once the watcher says so."""
    work, count, way = sys.argv[1:]
    print("prepared", flush=True)
    sys.stdin.readline()
    ended_on = way
    if way == "loop":
        for _ in builtins.map(WORKS[work], numbers(int(count))):
            pass
    else:
        import whichpool  # noqa: PLC0415 - the loop does without it

        results = whichpool.map(WORKS[work], numbers(int(count)), pools=None if way == "any" else (way,))
        for _ in results:
            pass
        ended_on = results.report.pool
    print(peak_bytes(), ended_on)


if __name__ == "__main__":
    main()
