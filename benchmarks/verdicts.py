"""Is the verdict right, how soon does it come, and what is it worth?

For each example the command's own flow is run once, with its defaults. Then the truth: the whole grid of strategies
(``grid.py``) is run once, and the best of it again and again, together with the chosen strategy and with the defaults
of the pools that people know (``library_defaults.py``), whole jobs in shuffled rounds, judged by their median. The
verdict is right if what it chose takes at most 10 % longer than the best of the whole grid; it is quick if there is
an answer within 30 seconds, which is asked for jobs of about a second.

Run it on a quiet machine: ``python benchmarks/verdicts.py [ROUNDS] [NAME…]``. It takes two to four minutes an example.
"""

import math
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

from grid import grid
from library_defaults import LIBRARIES, Library, installed_libraries, time_default
from rich.console import Console
from rich.table import Table
from truth import Truth, find_truth

from examples import FOLDER, Example, runnable_examples
from whichpool.comparison import compare_workload
from whichpool.errors import Trouble
from whichpool.lab.launch import Laboratory
from whichpool.values import Draw, Failure, Options, Outcome, Record, Strategy, Workload
from whichpool.wording import duration

ROUNDS = 7
LONGEST_S = 60.0
QUICK_S = 30.0
ABOUT_A_SECOND_S = (0.3, 3.0)
RIGHT = 1.10
WANTED_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Judged:
    """An example's verdict beside the truth.

    Attributes:
        example: What was run.
        record: What the comparison said.
        chosen: The strategy that it chose, with the chunk size it ran with.
        truth: What the strategies and the libraries' defaults really take.
    """

    example: Example
    record: Record
    chosen: Strategy | None
    truth: Truth[Strategy | Library]

    @property
    def best(self) -> Strategy:
        """The strategy that is truly the fastest."""
        return min((one for one in self.truth.times_s if isinstance(one, Strategy)), key=self.truth.times_s.__getitem__)

    @property
    def serial_s(self) -> float:
        """What the plain loop takes."""
        return self.truth.times_s.get(Strategy("serial", chunksize=self.record.facts.items), math.inf)

    @property
    def chosen_s(self) -> float:
        """What the chosen strategy takes."""
        return self.truth.times_s.get(self.chosen, math.inf) if self.chosen else math.inf

    @property
    def times_best(self) -> float:
        """How many times as long as the best the chosen strategy takes."""
        return self.chosen_s / self.truth.times_s[self.best]

    @property
    def quick(self) -> bool:
        """Whether the answer came in time."""
        return self.record.verdict.outcome is not Outcome.UNDECIDED and self.record.elapsed_s <= QUICK_S

    def times_chosen(self, library: Library) -> float | None:
        """How many times as long as the chosen strategy a library's defaults take; None where they fail."""
        time_s = self.truth.times_s.get(library)
        return None if time_s is None else time_s / self.chosen_s


def judge(example: Example, libraries: Sequence[Library], rounds: int, folder: Path) -> Judged:
    """Ask for a verdict, then find out the truth."""
    workload = Workload(example.name, (example.target,), example.items, folder=str(FOLDER))
    lab = Laboratory(workload)
    record, interrupt = compare_workload(workload, lab, Options())
    if record is None or interrupt is not None:
        raise KeyboardInterrupt
    chosen = _as_it_ran(record)
    strategies = grid(record.facts, native=record.anatomy is not None and record.anatomy.native is not None)
    print(f"{example.name}: {record.verdict.sentence} Now {len(strategies)} strategies.", flush=True)

    def measure(contender: Strategy | Library, limit_s: float) -> float | None:
        if isinstance(contender, Library):
            return time_default(contender, example, folder, limit_s)
        sample = lab.measure(contender, Draw(record.facts.items), 1, limit_s)
        if isinstance(sample, Failure):
            return math.inf if sample.trouble is Trouble.CUT else None
        return sample.job_s

    seeded: list[Strategy | Library] = [*([chosen] if chosen else []), *libraries]
    return Judged(example, record, chosen, find_truth(strategies, seeded, measure, rounds, LONGEST_S))


def _as_it_ran(record: Record) -> Strategy | None:
    """Give the chosen strategy the chunk size that the race gave it."""
    ran = [entry for entry in record.entries if entry.strategy == record.verdict.strategy and entry.samples]
    return replace(ran[0].strategy, chunksize=ran[0].samples[-1].chunksize) if ran else None


def verdicts_table(judged: Sequence[Judged]) -> Table:
    """Show each verdict beside the truth."""
    table = Table("example", "serial", "verdict", "chosen", "after", "rounds", "truly best", "chosen / best")
    for found in judged:
        table.add_row(
            found.example.name,
            duration(found.serial_s),
            found.record.verdict.outcome.value,
            _name(found.chosen),
            duration(found.record.elapsed_s),
            str(found.record.rounds),
            _name(found.best),
            f"{found.times_best:.3f}",
        )
    return table


def _name(strategy: Strategy | None) -> str:
    if strategy is None or strategy.pool != "serial":
        return str(strategy)
    return str(replace(strategy, chunksize=None))


def defaults_table(judged: Sequence[Judged]) -> Table:
    """Show how many times as long as the chosen strategy the libraries' defaults take; below 1 they win."""
    table = Table("example", "chosen", *(library.name for library in LIBRARIES), title="defaults / chosen")
    for found in judged:
        table.add_row(found.example.name, duration(found.chosen_s), *(_times(found, one) for one in LIBRARIES))
    table.add_section()
    table.add_row(f"slower by over {RIGHT - 1:.0%}", "", *(_count(judged, one, RIGHT, math.inf) for one in LIBRARIES))
    table.add_row(f"faster by over {RIGHT - 1:.0%}", "", *(_count(judged, one, 0.0, 1 / RIGHT) for one in LIBRARIES))
    return table


def _times(found: Judged, library: Library) -> str:
    times = found.times_chosen(library)
    if times is None:
        return "-"
    return f">{found.truth.limit_s / found.chosen_s:.2f}" if times == math.inf else f"{times:.2f}"


def _count(judged: Sequence[Judged], library: Library, low: float, high: float) -> str:
    known = [times for found in judged if (times := found.times_chosen(library)) is not None]
    return f"{sum(low < times <= high for times in known)} of {len(known)}"


def main() -> None:
    """Print the tables and the shares."""
    begun_s = monotonic()
    arguments = sys.argv[1:]
    rounds = int(arguments.pop(0)) if arguments and arguments[0].isdigit() else ROUNDS
    console = Console(width=160)
    libraries = list(installed_libraries())
    judged: list[Judged] = []
    with tempfile.TemporaryDirectory() as folder:
        for example in runnable_examples(arguments):
            found = judge(example, libraries, rounds, Path(folder))
            judged.append(found)
            best = f"truly {_name(found.best)}; chosen / best {found.times_best:.3f}"
            print(f"{example.name}: {best}, {duration(monotonic() - begun_s)} since the beginning", flush=True)
    console.print(verdicts_table(judged), defaults_table(judged))
    shortest_s, longest_s = ABOUT_A_SECOND_S
    usual = [found for found in judged if shortest_s <= found.serial_s <= longest_s]
    right = [found.times_best <= RIGHT for found in judged]
    quick = [found.quick for found in usual]
    _tell(console, f"chosen within {RIGHT - 1:.0%} of the best of the whole grid", right, WANTED_SHARE)
    _tell(console, f"answered within {QUICK_S:.0f} s, of the jobs of about a second", quick, 1.0)
    console.print(f"all that took {duration(monotonic() - begun_s)}")


def _tell(console: Console, what: str, held: Sequence[bool], wanted_share: float) -> None:
    enough = held and sum(held) >= wanted_share * len(held)
    console.print(f"{what}: {sum(held)} of {len(held)}, {'holds' if enough else 'MISSED'}")


if __name__ == "__main__":
    main()
