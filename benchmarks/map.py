"""How near does ``whichpool.map`` come to the best configuration there is, and how near do the pools that people know?

For each example the whole grid of strategies (``grid.py``) is run once, and the best of it again and again, side by
side with ``list(whichpool.map(function, items))`` and with the defaults of a plain loop and of each library
(``library_defaults.py``): whole jobs, each in a fresh process, its pool's start counted, in shuffled rounds, judged by
their median; what the best takes is told by rounds that had no part in choosing it. What takes more than twice the best
found so far is cut, if it is of the grid.

Run it on a quiet machine: ``python benchmarks/map.py [ROUNDS] [NAME…] [--best FILE] [--only LIBRARY]``. It takes two to
four minutes an example. With ``--best`` the best strategies are kept in a file, and a later run measures those alone;
``--only``, once or more, leaves out the libraries that are not named; the plain loop and ``whichpool.map`` stay.
"""

import argparse
import math
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from best import KeptBest
from grid import grid
from library_defaults import (
    CLUSTERS,
    EXECUTOR,
    LIBRARIES,
    PLAIN_LOOP,
    WHICHPOOL,
    Library,
    installed_libraries,
    run_default,
)
from map_tables import Compared, held, jobs_table, means_table
from rich.console import Console
from truth import Truth, find_truth, held_out_best_s

from examples import FOLDER, Example, runnable_examples
from whichpool.lab.launch import Laboratory
from whichpool.values import THIS_PYTHON, Dissection, Draw, Failure, Options, Strategy, Workload
from whichpool.wording import duration

ROUNDS = 7
KEPT = 5
LONGEST_S = 60.0
LOOK_S = 1.0
TIMES_BEST, ALLOWANCE_S = 2.0, 1.0


@dataclass(slots=True)
class Stand:
    """Where the contenders of one example are measured.

    Attributes:
        example: What is run.
        items: How many items it has.
        lab: Where strategies are run.
        folder: Where scripts are written.
        notes: What ``whichpool.map`` said of each of its jobs.
        best_s: The shortest job of a strategy so far.
    """

    example: Example
    items: int
    lab: Laboratory
    folder: Path
    notes: Counter[str]
    best_s: float = math.inf

    def measure(self, contender: Strategy | Library, limit_s: float) -> float | None:
        """Run a job once; see :func:`truth.find_truth`."""
        if isinstance(contender, Library):
            ran = run_default(contender, self.example, self.folder, LONGEST_S)
            if ran is not None and contender == WHICHPOOL:
                self.notes[ran.note] += 1
            return None if ran is None else ran.job_s
        limit_s = min(limit_s, TIMES_BEST * self.best_s + ALLOWANCE_S)
        sample = self.lab.measure(contender, Draw(self.items), 1, limit_s)
        if isinstance(sample, Failure):
            return math.inf
        self.best_s = min(self.best_s, sample.job_s)
        return sample.job_s


def compare(example: Example, libraries: Sequence[Library], rounds: int, folder: Path, kept: KeptBest) -> Compared:
    """Measure an example's best strategies, known or to be found, side by side with the libraries' defaults."""
    lab = Laboratory(Workload(example.name, (example.target,), example.items, folder=str(FOLDER)))
    strategies = kept.of(example.name) or _whole_grid(lab)
    serial = strategies[0]
    if serial.chunksize is None:
        message = f"the plain loop takes all items at once: {serial}"
        raise ValueError(message)
    stand = Stand(example, serial.chunksize, lab, folder, Counter())
    measure: Callable[[Strategy | Library, float], float | None] = stand.measure
    truth: Truth[Strategy | Library] = find_truth(strategies, libraries, measure, rounds, LONGEST_S)
    finalists_s = [times_s for one, times_s in truth.rounds_s.items() if isinstance(one, Strategy)]
    compared = Compared(example.name, truth.times_s, held_out_best_s(finalists_s), stand.notes)
    if not kept.of(example.name):
        kept.keep(example.name, compared.strategies_s, serial, KEPT)
    return compared


def _whole_grid(lab: Laboratory) -> tuple[Strategy, ...]:
    look = lab.dissect(THIS_PYTHON, Options(), LOOK_S, LONGEST_S)
    if not isinstance(look, Dissection):
        message = f"{lab.workload.name} cannot be loaded: {look.message}"
        raise TypeError(message)
    return grid(look.facts, native=look.anatomy is not None and look.anatomy.native is not None)


def _arguments() -> tuple[int, list[str], KeptBest, list[Library]]:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("words", nargs="*", metavar="ROUNDS or NAME")
    parser.add_argument("--best", type=Path, metavar="FILE")
    parser.add_argument("--only", action="append", metavar="LIBRARY")
    given = parser.parse_intermixed_args()
    rounds = int(given.words.pop(0)) if given.words and given.words[0].isdigit() else ROUNDS
    known = [PLAIN_LOOP, *LIBRARIES, *CLUSTERS, EXECUTOR, WHICHPOOL]
    wanted = {PLAIN_LOOP.name, WHICHPOOL.name, *given.only} if given.only else {library.name for library in known}
    if unknown := wanted - {library.name for library in known}:
        parser.error(f"no library {', '.join(unknown)}; there are {', '.join(library.name for library in known)}")
    libraries = list(installed_libraries(library for library in known if library.name in wanted))
    return rounds, given.words, KeptBest(given.best), libraries


def main() -> None:
    """Print the tables, and whether the targets hold."""
    begun_s = monotonic()
    rounds, names, kept, libraries = _arguments()
    found: list[Compared] = []
    # interrupted, it still prints the tables of what there is by then
    with suppress(KeyboardInterrupt), tempfile.TemporaryDirectory() as folder:
        for example in runnable_examples(names):
            compared = compare(example, libraries, rounds, Path(folder), kept)
            if not compared.strategies_s:
                print(f"{example.name} is left out: no strategy has run it to its end", flush=True)
                continue
            found.append(compared)
            print(f"{compared.sentence}; {duration(monotonic() - begun_s)} since the beginning", flush=True)
    console = Console(width=220)
    peers = [library for library in libraries if library != WHICHPOOL]
    console.print(jobs_table(found, peers), means_table(found, peers))
    for sentence in held(found, peers):
        console.print(sentence)
    console.print(f"all that took {duration(monotonic() - begun_s)}")


if __name__ == "__main__":
    main()
