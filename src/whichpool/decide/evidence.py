"""What was measured, whole, and how the race stands by it."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from whichpool.decide.plan import Plan, whole_job_s
from whichpool.decide.race import Standing, judge_race
from whichpool.values import Anatomy, Dissection, Facts, Noise, Options, Python, Run, Sample, State, Strategy

ALPHA = 0.05
"""How probable it may be that anything the verdict claims is wrong."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was measured so far.

    Attributes:
        looks: What the first look under each Python told; the first of them is the reference.
        plan: How the samples were taken.
        options: What the user wants.
        runs: The strategies with their samples, simplest first.
        noise: What else went on on the machine, round by round.
        interrupted: Whether the user broke the comparison off.
        absent: The Pythons that take no part, with the reason.
    """

    looks: Mapping[Python, Dissection]
    plan: Plan
    options: Options
    runs: tuple[Run, ...]
    noise: tuple[Noise, ...] = ()
    interrupted: bool = False
    absent: Mapping[Python, str] = field(default_factory=dict)

    @property
    def facts(self) -> Facts:
        """What loading the workload told in the first Python."""
        return next(iter(self.looks.values())).facts

    @property
    def anatomy(self) -> Anatomy | None:
        """Where an item's time goes in the first Python; None where the function broke off the look at it."""
        return next(iter(self.looks.values())).anatomy

    def facts_of(self, strategy: Strategy) -> Facts:
        """What loading the workload told in the Python of a strategy."""
        return self.looks[strategy.python].facts

    def anatomy_of(self, strategy: Strategy) -> Anatomy | None:
        """Where an item's time goes in the Python of a strategy; None where that was not seen."""
        return self.looks[strategy.python].anatomy

    def with_run(self, run: Run) -> "Evidence":
        """Replace what is known of one strategy."""
        return replace(self, runs=tuple(run if old.strategy == run.strategy else old for old in self.runs))

    def with_noise(self, noise: Noise) -> "Evidence":
        """Add what else went on during a round."""
        return replace(self, noise=(*self.noise, noise))

    def cut_short(self) -> "Evidence":
        """Note that the user interrupted, and who had had no turn by then."""
        runs = tuple(
            run
            if run.samples or run.state is not State.RACED
            else replace(run, state=State.SKIPPED, reason="interrupted before its turn")
            for run in self.runs
        )
        return replace(self, runs=runs, interrupted=True)

    @property
    def rounds(self) -> int:
        """How many rounds have been counted."""
        return max((sample.round for run in self.runs for sample in run.samples), default=0)

    def alive(self) -> list[Run]:
        """List the runs that gave samples and did not fail."""
        return [run for run in self.runs if run.samples and run.state != State.FAILED]

    def entrants(self) -> list[Run]:
        """List the runs that went on to the race after the warm-up round, whatever became of them there."""
        return [run for run in self.runs if run.samples and (run.state is not State.DROPPED or run.samples[-1].round)]

    @property
    def level(self) -> float:
        """How probable one published ratio may be wrong: 5 % in all, shared out among them before the first round."""
        pools = [(run.strategy.python, run.strategy.pool) for run in self.entrants()]
        against_threads = sum(pool == "processes" and (python, "threads") in pools for python, pool in pools)
        return ALPHA / max(1, len(pools) - 1 + against_threads)

    def counted(self, run: Run) -> list[Sample]:
        """List a run's counted samples; that of the warm-up round where it has no other."""
        return [sample for sample in run.samples if sample.round] or list(run.samples)

    def times(self, run: Run) -> dict[int, float]:
        """The whole job's time by round, of the counted samples."""
        return {sample.round: self.job_s(run, sample) for sample in self.counted(run)}

    def job_s(self, run: Run, sample: Sample) -> float:
        """The whole job's time by one sample."""
        return whole_job_s(sample, run.strategy, self.anatomy_of(run.strategy), self.plan)

    def warm_up_s(self) -> dict[Strategy, float]:
        """The whole job's time in the warm-up round, of those that still race."""
        racing = [run for run in self.runs if run.state is State.RACED and run.samples]
        return {run.strategy: self.job_s(run, run.samples[0]) for run in racing}

    def to_explain(self) -> list[Strategy]:
        """List whose time is worth explaining: the reference, the chosen one, and the best of every pool."""
        alive = self.alive()
        if not alive:
            return []
        best: dict[tuple[Python, str], Run] = {}
        for run in sorted(
            alive, key=lambda run: (run not in self.entrants(), statistics.median(self.times(run).values()))
        ):
            best.setdefault((run.strategy.python, run.strategy.pool), run)
        wanted = {alive[0].strategy, standing(self).chosen, *(run.strategy for run in best.values())}
        return [run.strategy for run in alive if run.strategy in wanted]


def standing(evidence: Evidence) -> Standing[Strategy]:
    """Judge the race among those that were in it.

    Raises:
        ValueError: Nobody gave a sample.
    """
    alive = evidence.alive()
    in_race = [run for run in evidence.entrants() if run in alive] or alive
    racing = [run for run in in_race if run.state is State.RACED] or in_race  # the rest may have failed late
    # those that failed late still count among the chances to be wrong
    entrants = [run for run in evidence.runs if run in evidence.entrants() or run in racing]
    return judge_race(
        {run.strategy: {n: s for n, s in evidence.times(run).items() if n} for run in in_race},
        [run.strategy for run in entrants],
        evidence.options.margin,
        evidence.level * max(1, len(entrants) - 1),
        frozenset(run.strategy for run in entrants if run not in racing),
    )
