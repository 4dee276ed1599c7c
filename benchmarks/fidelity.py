"""Our job times against those of scripts that a person would write by hand.

Each script is a few lines with a loop, ``ThreadPoolExecutor.map`` or ``ProcessPoolExecutor.map``, with the same
workers and chunk size, timed with ``perf_counter`` in a fresh process. Ours and theirs take turns, in random order
within a pair, so what slows the machine slows both; the figure is the median of the pairs' ratios.

Run it on a quiet machine: ``python benchmarks/fidelity.py [PAIRS]``.
"""

import random
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from examples import EXAMPLES, FOLDER, Example
from whichpool.decide.ladder import settle
from whichpool.lab.launch import Laboratory
from whichpool.machine.cores import usable_cores
from whichpool.values import THIS_PYTHON, Draw, Failure, Options, Strategy, Workload
from whichpool.wording import duration

PAIRS = 15
LOW, HIGH = 0.97, 1.03
SHORTEST_S = 0.05
LIMIT_S = 60.0
NAMES = ("primes", "fetch", "collatz", "hashing", "parsing", "logarithms", "waiting and computing")
STRATEGIES = (
    Strategy("serial"),
    Strategy("threads", 2),
    Strategy("threads", 8),
    Strategy("processes", 2, start_method="fork"),
    Strategy("processes", 2, start_method="spawn"),
)

SCRIPT = """\
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from time import perf_counter

sys.path.insert(0, {folder!r})
import {module} as target

function, items = target.{function}, {items}


def call_each(chunk):
    return [function(item) for item in chunk]


def chunked():
    return [items[start : start + {chunksize}] for start in range(0, len(items), {chunksize})]


def main():
    begun_s = perf_counter()
    {body}
    print(perf_counter() - begun_s)


if __name__ == "__main__":
    main()
"""
BODIES = {
    "serial": "results = [function(item) for item in items]",
    "threads": """with ThreadPoolExecutor({workers}) as pool:
        if {chunksize} == 1:
            results = list(pool.map(function, items))
        else:
            results = [result for part in pool.map(call_each, chunked()) for result in part]""",
    "processes": """with ProcessPoolExecutor({workers}, multiprocessing.get_context({start_method!r})) as pool:
        results = list(pool.map(function, items, chunksize={chunksize}))""",
}


class Fidelity(NamedTuple):
    """How one strategy's job times compare on one example."""

    chunksize: int
    ours_s: float
    theirs_s: float
    ratios: list[float]


def compare(example: Example, strategy: Strategy, folder: Path, pairs: int) -> Fidelity:
    """Measure a strategy on an example with whichpool and by a script, in turns."""
    workload = Workload(example.name, (example.target,), example.items, folder=str(FOLDER))
    lab = Laboratory(workload)
    dissection = lab.dissect(THIS_PYTHON, Options(), 0.5, LIMIT_S)
    if isinstance(dissection, Failure):
        raise RuntimeError(dissection)
    items = dissection.facts.items
    settled = settle(strategy, items, dissection.anatomy, usable_cores().usable)
    script = folder / "script.py"
    script.write_text(by_hand(example, settled), encoding="utf-8")

    def ours() -> float:
        sample = lab.measure(settled, Draw(items), 1, LIMIT_S)
        if isinstance(sample, Failure):
            raise RuntimeError(sample)
        return sample.job_s

    def theirs() -> float:
        run = subprocess.run(
            [sys.executable, script], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
        )
        return float(run.stdout.split()[-1])

    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(pairs):
        for name, measure in random.sample([("ours", ours), ("theirs", theirs)], 2):
            times[name].append(measure())
    ratios = [one / other for one, other in zip(times["ours"], times["theirs"], strict=True)]
    return Fidelity(
        settled.chunksize or items, statistics.median(times["ours"]), statistics.median(times["theirs"]), ratios
    )


def by_hand(example: Example, strategy: Strategy) -> str:
    """Write the script that a person would."""
    place, _, function = example.target.partition(":")
    path = FOLDER / place
    settings = {
        "workers": strategy.workers,
        "chunksize": strategy.chunksize,
        "start_method": strategy.start_method,
    }
    return SCRIPT.format(
        folder=str(path.parent),
        module=path.stem,
        function=function,
        items=f"target.{example.items}" if example.items.isidentifier() else example.items,
        chunksize=strategy.chunksize,
        body=BODIES[strategy.pool].format(**settings),
    )


def main() -> None:
    """Print the table, and which pools hold the target."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    console = Console(width=110)
    table = Table("example", "strategy", "chunk", "ours", "by hand", "ratio", "quartiles", title=f"{pairs} pairs each")
    by_pool: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for example in (each for each in EXAMPLES if each.name in NAMES):
            for strategy in STRATEGIES:
                found = compare(example, strategy, Path(folder), pairs)
                ratio = statistics.median(found.ratios)
                low, _, high = statistics.quantiles(found.ratios, n=4)
                if found.theirs_s >= SHORTEST_S:
                    by_pool.setdefault(str(replace(strategy, chunksize=None)), []).extend(found.ratios)
                console.print(f"{example.name}, {strategy}: {ratio:.3f}")
                table.add_row(
                    example.name,
                    str(strategy),
                    str(found.chunksize),
                    duration(found.ours_s),
                    duration(found.theirs_s),
                    f"{ratio:.3f}",
                    f"{low:.3f}–{high:.3f}",
                )
    console.print(table)
    for pool, ratios in by_pool.items():
        median = statistics.median(ratios)
        console.print(f"{pool}: median {median:.3f} of {len(ratios)}, {'holds' if LOW <= median <= HIGH else 'MISSED'}")


if __name__ == "__main__":
    main()
