"""Is the verdict right, and how soon does it come?

For each example the command's own flow is run once, with its defaults. Then the truth: every strategy that it had
proposed is run exhaustively, whole jobs in shuffled rounds, and judged by its median. The verdict is right if what
it chose takes at most 10 % longer than the best of them; it is quick if it came within 20 seconds. An example counts
for the second where the best of one pool is over 15 % faster than the best of every other.

Run it on a quiet machine; it takes about a minute an example: ``python benchmarks/verdicts.py [ROUNDS] [NAME…]``.
"""

import random
import statistics
import sys
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from examples import EXAMPLES, FOLDER, Example
from whichpool.comparison import compare_workload
from whichpool.decide.propose import with_chunksize
from whichpool.lab.launch import Laboratory
from whichpool.values import Draw, Failure, Options, Outcome, Record, State, Strategy, Workload
from whichpool.wording import duration

ROUNDS = 7
LIMIT_S = 60.0
QUICK_S = 20.0
RIGHT = 1.10
CLEAR_GAP = 1.15
WANTED_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Judged:
    """An example's verdict beside the truth.

    Attributes:
        record: What the comparison said.
        truth_s: The median job time of every strategy that it had proposed.
    """

    record: Record
    truth_s: dict[Strategy, float]

    @property
    def best(self) -> Strategy:
        """The strategy that is truly the fastest."""
        return min(self.truth_s, key=lambda strategy: self.truth_s[strategy])

    @property
    def times_best(self) -> float:
        """How many times as long as the best the chosen strategy takes."""
        chosen = self.record.verdict.strategy
        return self.truth_s[chosen] / self.truth_s[self.best] if chosen else float("inf")

    @property
    def gap(self) -> float:
        """How many times as long the best of any other pool takes."""
        others = [time_s for strategy, time_s in self.truth_s.items() if strategy.pool != self.best.pool]
        return min(others) / self.truth_s[self.best]

    @property
    def decided(self) -> bool:
        """Whether there was a verdict at all."""
        return self.record.verdict.outcome is not Outcome.UNDECIDED

    @property
    def quick(self) -> bool:
        """Whether the verdict came in time."""
        return self.decided and self.record.elapsed_s <= QUICK_S


def judge(example: Example, rounds: int) -> Judged:
    """Ask for a verdict, then find out the truth."""
    lab = Laboratory(Workload(example.name, (example.target,), example.items, folder=str(FOLDER)))
    record, interrupt = compare_workload(example.name, lab, Options())
    if record is None or interrupt is not None:
        raise KeyboardInterrupt
    scouting = lab.scout("", 1.0, LIMIT_S)
    if isinstance(scouting, Failure):
        raise RuntimeError(scouting)
    items = scouting.facts.items
    times: dict[Strategy, list[float]] = {
        entry.strategy: [] for entry in record.entries if entry.state is not State.FAILED
    }
    for number in range(rounds):
        for strategy in random.sample(list(times), len(times)):
            settled = with_chunksize(strategy, items, scouting.item_s)
            sample = lab.measure(settled, Draw(items), number + 1, LIMIT_S)
            if isinstance(sample, Failure):
                raise RuntimeError(sample)
            times[strategy].append(sample.job_s)
    return Judged(record, {strategy: statistics.median(found) for strategy, found in times.items()})


def main() -> None:
    """Print the table and the three shares."""
    arguments = sys.argv[1:]
    rounds = int(arguments.pop(0)) if arguments and arguments[0].isdigit() else ROUNDS
    console = Console(width=150)
    table = Table("example", "serial", "verdict", "chosen", "after", "rounds", "truly best", "gap", "chosen / best")
    judged: list[Judged] = []
    for example in EXAMPLES:
        if arguments and example.name not in arguments:
            continue
        found = judge(example, rounds)
        judged.append(found)
        verdict = found.record.verdict
        serial = next(time_s for strategy, time_s in found.truth_s.items() if strategy.pool == "serial")
        table.add_row(
            example.name,
            duration(serial),
            verdict.outcome.value,
            str(verdict.strategy),
            duration(found.record.elapsed_s),
            str(found.record.rounds),
            str(found.best),
            f"{found.gap:.2f}",
            f"{found.times_best:.3f}",
        )
        console.print(f"{example.name}: {verdict.sentence} Truly {found.best}; chosen / best {found.times_best:.3f}")
    console.print(table)
    clear = [found for found in judged if found.gap > CLEAR_GAP]
    _tell(console, f"decided within {QUICK_S:.0f} s, of those with a gap over 15 %", [found.quick for found in clear])
    _tell(console, "chosen within 10 % of the best", [found.times_best <= RIGHT for found in judged])


def _tell(console: Console, what: str, held: list[bool]) -> None:
    enough = held and sum(held) >= WANTED_SHARE * len(held)
    console.print(f"{what}: {sum(held)} of {len(held)}, {'holds' if enough else 'MISSED'}")


if __name__ == "__main__":
    main()
