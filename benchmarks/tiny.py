"""What does ``whichpool.map`` cost where there is nothing to gain: tiny calls, two calls, and its import?

Loop and ``whichpool.map`` run in turns in one process; the figure is the median of the turns' ratios or differences.
The article's two calls are also timed as the first thing that a fresh process does once ``whichpool.map`` is imported.
What imports take is shown for a comparison; their target is that of ``startup.py``.

``python benchmarks/tiny.py [TURNS]``
"""

import contextlib
import os
import random
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from subprocess import run
from time import perf_counter

from rich.console import Console
from startup import BARE, PROGRAMS, time_of

import whichpool
from whichpool.wording import duration

TURNS = 41
ARTICLE_TURNS = 500
CALLS = 200_000
MOST_RATIO = 1.25
MOST_ADDED_S = 0.1e-3
ARTICLE = Path(__file__).resolve().parent.parent / "examples/article"
FIRST = "first"

Timed = tuple[float, float]


def square(number: int) -> int:
    """Do next to nothing."""
    return number * number


def time_squares(items: Sequence[int]) -> Timed:
    """Time a list comprehension and ``whichpool.map``, in a random order."""
    return _in_turn(lambda: [square(item) for item in items], lambda: list(whichpool.map(square, items)))


def time_article() -> Timed:
    """Time the article's two calls, simply called and mapped; what they print goes nowhere."""
    calls = _article_calls()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        return _in_turn(lambda: [call(7) for call in calls], lambda: list(whichpool.map(_call, calls)))


def time_first() -> Timed:
    """Time them in a fresh process, which simply calls them first."""
    finished = run([sys.executable, __file__, FIRST], check=True, capture_output=True, text=True)
    loop_s, mapped_s = map(float, finished.stdout.split())
    return loop_s, mapped_s


def _article_calls() -> list[Callable[[int], int]]:
    sys.path.append(str(ARTICLE))
    side_by_side = import_module("side_by_side")
    sys.path.remove(str(ARTICLE))
    return [side_by_side.calc_square, side_by_side.calc_quad]


def _call(function: Callable[[int], int]) -> int:
    return function(7)


def _in_turn(loop: Callable[[], object], mapped: Callable[[], object]) -> Timed:
    taken_s: dict[Callable[[], object], float] = {}
    for way in random.sample([loop, mapped], 2):
        begun_s = perf_counter()
        way()
        taken_s[way] = perf_counter() - begun_s
    return taken_s[loop], taken_s[mapped]


def _first_time() -> Timed:
    calls = _article_calls()
    map_first = whichpool.map
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        begun_s = perf_counter()
        for call in calls:
            call(7)
        between_s = perf_counter()
        list(map_first(_call, calls))
        return between_s - begun_s, perf_counter() - between_s


def tell_ratio(console: Console, what: str, turns: Iterable[Timed]) -> None:
    """Print a ratio, and whether it is low enough."""
    ratio = statistics.median(mapped / loop for loop, mapped in turns)
    console.print(f"{what}: {ratio:.3f} times the loop, at most {MOST_RATIO}: {_verdict(holds=ratio <= MOST_RATIO)}")


def tell_added(console: Console, what: str, turns: Iterable[Timed]) -> None:
    """Print a difference, and whether it is low enough."""
    added_s = statistics.median(mapped - loop for loop, mapped in turns)
    verdict = _verdict(holds=added_s <= MOST_ADDED_S)
    console.print(f"{what}: {added_s * 1e3:.4f} ms over calling them, at most {MOST_ADDED_S * 1e3} ms: {verdict}")


def _verdict(*, holds: bool) -> str:
    return "holds" if holds else "MISSED"


def main() -> None:
    """Print each figure beside its target."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else TURNS
    console = Console(width=120)
    for what, items in (("a range", range(CALLS)), ("a list", list(range(CALLS)))):
        tell_ratio(console, f"{CALLS:,} calls of x * x over {what}", [time_squares(items) for _ in range(turns)])
    tell_added(console, "the article's two calls", [time_article() for _ in range(ARTICLE_TURNS)])
    tell_added(console, "the same as the first of a fresh process", [time_first() for _ in range(turns)])
    programs = {**PROGRAMS, "import whichpool; whichpool.map": "import whichpool; whichpool.map"}
    wanted = [BARE, "import whichpool", "import whichpool; whichpool.map"]
    times: dict[str, list[float]] = {name: [] for name in wanted}
    for _ in range(turns):
        for name in random.sample(wanted, len(wanted)):
            times[name].append(time_of(programs[name]))
    for name in wanted:
        console.print(f"a Python that runs {name}: {duration(statistics.median(times[name]))}")


if __name__ == "__main__":
    if sys.argv[1:] == [FIRST]:
        print(*_first_time())
    else:
        main()
