"""What our way of handing over costs, beside each engine used directly by a script, with the same chunks.

Both run the same calls through pools that are open already, in turns and in shuffled order; the ratio is that of one
turn. ``alone`` hands over tiny calls one by one, so it compares the hand-over and little else; ``chunks`` hands
over a hundred at once. The engines' own ways are what a person would write: ``map`` with its chunk size, or, where that
takes none, a slice a call.

``python benchmarks/engines.py [POOL ...]`` (all that are installed unless named)
"""

import asyncio
import random
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from whichpool.pools.catalogue import CATALOGUE, Row
from whichpool.pools.chunk import Chunk
from whichpool.pools.parcel import Parcel
from whichpool.values import Strategy
from whichpool.wording import duration

TURNS = 25
WORKERS = 2
MOST = 1.05
TRIED = {"alone": (300, 1), "chunks": (20_000, 100)}
"""How many calls, and how many of them are handed over at once."""

Run = Callable[[Sequence[int], int], list[int]]


def double(number: int) -> int:
    """Do next to nothing."""
    return 2 * number


async def double_later(number: int) -> int:
    """Do the same in an event loop, which gets a turn."""
    await asyncio.sleep(0)
    return 2 * number


def double_all(numbers: Sequence[int]) -> list[int]:
    """Do so for a slice."""
    return [2 * number for number in map(int, numbers)]


def run_slice(function: Callable[[int], int], numbers: Sequence[int]) -> list[int]:
    """Call a function on each of a slice."""
    return [function(number) for number in numbers]


def slices(numbers: Sequence[int], size: int) -> list[Sequence[int]]:
    """Cut the numbers up."""
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]


def joined(parts: Sequence[list[int]]) -> list[int]:
    """Put the results of slices together."""
    return [result for part in parts for result in part]


@contextmanager
def ours(row: Row) -> Iterator[Run]:
    """Open the pool as whichpool does."""
    function: Callable[..., Any] = double_later if row.is_async_only else double
    strategy = Strategy(row.name, WORKERS, start_method="fork" if row.has_start_methods else None)
    with row.load()(strategy, function, partial(sys.path.insert, 0, str(Path(__file__).parent))) as pool:

        def run(numbers: Sequence[int], size: int) -> list[int]:
            parts = slices(numbers, size)
            chunks = (Chunk(place, Parcel(list(part)), awaited=row.is_async_only) for place, part in enumerate(parts))
            found: list[list[int]] = [[]] * len(parts)
            for end in pool.run(function, chunks):
                found[end.index] = end.results.values
            return joined(found)

        yield run


@contextmanager
def threads() -> Iterator[Run]:
    """Use threads directly; their ``map`` takes no chunk size."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - each engine by itself

    with ThreadPoolExecutor(WORKERS) as pool:
        yield lambda numbers, size: joined(list(pool.map(partial(run_slice, double), slices(numbers, size))))


@contextmanager
def processes() -> Iterator[Run]:
    """Use processes directly."""
    import multiprocessing  # noqa: PLC0415 - each engine by itself
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    with ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("fork")) as pool:
        yield lambda numbers, size: list(pool.map(double, numbers, chunksize=size))


@contextmanager
def interpreters() -> Iterator[Run]:
    """Use interpreters directly; their ``map`` takes no notice of a chunk size."""
    executor: Any = import_module("concurrent.futures").InterpreterPoolExecutor
    with executor(WORKERS, initializer=sys.path.insert, initargs=(0, str(Path(__file__).parent))) as pool:
        yield lambda numbers, size: joined(list(pool.map(partial(run_slice, double), slices(numbers, size))))


@contextmanager
def tasks() -> Iterator[Run]:
    """Use an event loop directly, with a semaphore."""

    async def gathered(numbers: Sequence[int], size: int) -> list[int]:
        free = asyncio.Semaphore(WORKERS)

        async def run_part(part: Sequence[int]) -> list[int]:
            async with free:
                return [await double_later(number) for number in part]

        return joined(await asyncio.gather(*map(run_part, slices(numbers, size))))

    with asyncio.Runner() as runner:
        yield lambda numbers, size: runner.run(gathered(numbers, size))


@contextmanager
def loky() -> Iterator[Run]:
    """Use loky directly."""
    with import_module("loky").ProcessPoolExecutor(WORKERS) as pool:
        yield lambda numbers, size: list(pool.map(double, numbers, chunksize=size))


@contextmanager
def dask() -> Iterator[Run]:
    """Use Dask directly."""
    client: Any = import_module("distributed").Client
    with client(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None, silence_logs=50) as pool:

        def run(numbers: Sequence[int], size: int) -> list[int]:
            futures = pool.map(partial(run_slice, double), slices(numbers, size), pure=False)
            return joined(pool.gather(futures))

        yield run


@contextmanager
def ray() -> Iterator[Run]:
    """Use Ray directly; it is ours that starts it, for a process has one Ray."""
    engine: Any = import_module("ray")
    remote = engine.remote(run_slice)

    def run(numbers: Sequence[int], size: int) -> list[int]:
        return joined(engine.get([remote.remote(double, part) for part in slices(numbers, size)]))

    yield run


DIRECTLY = {
    "threads": threads,
    "asyncio": tasks,
    "processes": processes,
    "interpreters": interpreters,
    "loky": loky,
    "dask": dask,
    "ray": ray,
}


@dataclass(frozen=True, slots=True)
class Found:
    """What was measured of an engine: seconds a hand-over, turn by turn."""

    ours_s: list[float]
    direct_s: list[float]

    @property
    def ratios(self) -> list[float]:
        """Ours against the engine's, turn by turn."""
        return [one / other for one, other in zip(self.ours_s, self.direct_s, strict=True)]


def measure(row: Row) -> dict[str, Found]:
    """Let both ways take turns.

    Raises:
        RuntimeError: They do not give the same.
    """
    found = {name: Found([], []) for name in TRIED}
    with ours(row) as our_run, DIRECTLY[row.name]() as direct_run:
        for turn in range(TURNS + 1):
            for name, (calls, size) in TRIED.items():
                numbers = list(range(calls))
                sides = [(our_run, found[name].ours_s), (direct_run, found[name].direct_s)]
                random.shuffle(sides)
                for run, times_s in sides:
                    begun_s = perf_counter()
                    results = run(numbers, size)
                    elapsed_s = perf_counter() - begun_s
                    if results != double_all(numbers):
                        raise RuntimeError(row.name)
                    if turn:  # the first warms up
                        times_s.append(elapsed_s * size / calls)
    return found


def main() -> None:
    """Print the table, and whether the target holds."""
    console = Console()
    table = Table("pool", "handed over", "ours", "directly", "ratio, median", "quartiles", title=f"{TURNS} turns")
    missed, medians = [], []
    for row in CATALOGUE[1:]:
        if sys.argv[1:] and row.name not in sys.argv[1:]:
            continue
        if why := row.why_missing():
            console.print(f"{row.name} is left out: {why}")
            continue
        console.print(f"{row.name} …")
        for name, seen in measure(row).items():
            low, ratio, high = statistics.quantiles(seen.ratios, n=4)
            ours_s, direct_s = statistics.median(seen.ours_s), statistics.median(seen.direct_s)
            cells = (duration(ours_s), duration(direct_s), f"{ratio:.3f}", f"{low:.3f}-{high:.3f}")
            table.add_row(row.name, name, *cells)
            medians.append(ratio)
            missed += [f"{row.name} {name}"] if ratio > MOST else []
    console.print(table)
    console.print(f"the median of all is {statistics.median(medians):.3f}")
    console.print(f"each median is at most {MOST}: {'MISSED by ' + ', '.join(missed) if missed else 'holds'}")


if __name__ == "__main__":
    sys.modules[Path(__file__).stem] = sys.modules["__main__"]
    for made in (double, double_later, run_slice):  # workers import them by this file's name
        made.__module__ = Path(__file__).stem
    main()
