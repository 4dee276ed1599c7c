"""Does the forecast come true?

For each example one diagnostic pass, as the command makes it, and from that the forecast of the whole job's time in
threads and in processes at 1 to 16 workers. Then whole jobs are run, in shuffled rounds, and judged by their median.
The forecast holds if its median error is at most 10 % and nine in ten lie within 25 %. It chooses well if in at least
eight in ten of the pools the number of workers that it takes for the best is at most one step away, on the ladder
1, 2, 4, 8, 16, from one that measures within 5 % of the best.

Run it on a quiet machine; it takes about a minute an example: ``python benchmarks/forecast.py [ROUNDS] [NAME…]``.
"""

import random
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.console import Console
from rich.table import Table

from examples import FOLDER, Example, runnable_examples
from whichpool.decide.forecast import Bracket, best_chunksize, forecast_job_s
from whichpool.lab.launch import Laboratory
from whichpool.machine.cores import usable_cores
from whichpool.values import THIS_PYTHON, Anatomy, Draw, Failure, Options, Strategy, Workload
from whichpool.wording import duration

ROUNDS = 3
LADDER = (1, 2, 4, 8, 16)
BOX_S = 2.0
LIMIT_S = 60.0
AS_GOOD = 1.05
MEDIAN_ERROR, NEARLY_ALL_ERROR = 0.10, 0.25
NEARLY_ALL, MOST = 0.9, 0.8


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast beside what was measured.

    Attributes:
        strategy: What was run.
        bracket: What was forecast.
        job_s: The median of the measured times.
    """

    strategy: Strategy
    bracket: Bracket
    job_s: float

    @property
    def error(self) -> float:
        """By which share of the measured time the forecast is too long; negative where it is too short."""
        return self.bracket.value / self.job_s - 1

    @property
    def inside(self) -> bool:
        """Whether the bracket holds what was measured."""
        return self.bracket.low <= self.job_s <= self.bracket.high


def examine(example: Example, rounds: int) -> list[Forecast]:
    """Forecast an example's job in every pool, then run it.

    Raises:
        RuntimeError: The example is broken.
    """
    lab = Laboratory(Workload(example.name, (example.target,), example.items, folder=str(FOLDER)))
    dissection = lab.dissect(THIS_PYTHON, Options(), BOX_S, LIMIT_S)
    if isinstance(dissection, Failure) or dissection.anatomy is None:
        raise RuntimeError(dissection)
    facts, anatomy = dissection.facts, dissection.anatomy
    strategies = list(_strategies(anatomy, facts.items, facts.start_methods[0]))
    times: dict[Strategy, list[float]] = {strategy: [] for strategy in strategies}
    for number in range(rounds):
        for strategy in random.sample(strategies, len(strategies)):
            sample = lab.measure(strategy, Draw(facts.items), number + 1, LIMIT_S)
            if isinstance(sample, Failure):
                raise RuntimeError(sample)
            times[strategy].append(sample.job_s)
    return [
        Forecast(
            strategy,
            forecast_job_s(anatomy, strategy, facts.items, usable_cores().usable),
            statistics.median(times[strategy]),
        )
        for strategy in strategies
    ]


def _strategies(anatomy: Anatomy, items: int, start_method: str) -> list[Strategy]:
    cores = usable_cores().usable
    pools = [Strategy("threads", count) for count in LADDER]
    pools += [Strategy("processes", count, start_method=start_method) for count in LADDER]
    chunked = [replace(each, chunksize=best_chunksize(anatomy, each, items, cores)) for each in pools]
    return [Strategy("serial"), *chunked]


def steps_off(forecasts: Sequence[Forecast]) -> int:
    """Count the steps on the ladder from the forecast's best number of workers to the nearest that is truly best."""
    chosen = min(range(len(forecasts)), key=lambda place: forecasts[place].bracket.value)
    enough_s = min(each.job_s for each in forecasts) * AS_GOOD
    return min(abs(place - chosen) for place, each in enumerate(forecasts) if each.job_s <= enough_s)


def main() -> None:
    """Print a table for each example, and what holds."""
    arguments = sys.argv[1:]
    rounds = int(arguments.pop(0)) if arguments and arguments[0].isdigit() else ROUNDS
    console = Console(width=130)
    errors: list[float] = []
    inside: list[bool] = []
    near: list[bool] = []
    for example in runnable_examples(arguments):
        forecasts = examine(example, rounds)
        table = Table("strategy", "forecast", "bracket", "measured", "error", "inside", title=example.name)
        for each in forecasts:
            table.add_row(
                str(each.strategy),
                duration(each.bracket.value),
                f"{duration(each.bracket.low)}–{duration(each.bracket.high)}",
                duration(each.job_s),
                f"{each.error:+.1%}",
                "yes" if each.inside else "no",
            )
        console.print(table)
        for pool in ("threads", "processes"):
            own = [each for each in forecasts if each.strategy.pool == pool]
            errors += [abs(each.error) for each in own]
            inside += [each.inside for each in own]
            off = steps_off(own)
            near.append(off <= 1)
            console.print(
                f"{pool}: median error {statistics.median(abs(each.error) for each in own):.1%}, {off} steps off"
            )
    within = statistics.fmean(error <= NEARLY_ALL_ERROR for error in errors)
    _tell(console, "median error", statistics.median(errors), holds=statistics.median(errors) <= MEDIAN_ERROR)
    _tell(console, f"within {NEARLY_ALL_ERROR:.0%}", within, holds=within >= NEARLY_ALL)
    _tell(
        console, "best number of workers within one step", statistics.fmean(near), holds=statistics.fmean(near) >= MOST
    )
    console.print(f"inside the bracket: {statistics.fmean(inside):.0%} of {len(inside)}")


def _tell(console: Console, what: str, share: float, *, holds: bool) -> None:
    console.print(f"{what}: {share:.1%}, {'holds' if holds else 'MISSED'}")


if __name__ == "__main__":
    main()
