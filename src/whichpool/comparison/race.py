"""The rounds of a comparison: take samples, keep them, and ask after each round how the race stands."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from whichpool.comparison.watching import Progress, Watch
from whichpool.decide.evidence import Evidence, standing
from whichpool.decide.plan import whole_job_s
from whichpool.decide.propose import with_chunksize
from whichpool.decide.warm_up import too_many_workers, who_stays_out
from whichpool.errors import Trouble, WorkloadFailed
from whichpool.values import Draw, Failure, Options, Record, Run, Sample, Scouting, State, Strategy


class Lab(Protocol):
    """Where samples come from: :class:`whichpool.lab.launch.Laboratory`, or a stand-in that keeps its promises."""

    def scout(self, python: str, box_s: float, limit_s: float) -> Scouting | Failure:
        """Take a first look at the workload."""
        ...

    def measure(self, strategy: Strategy, draw: Draw, round_number: int, limit_s: float) -> Sample | Failure:
        """Take one sample of a strategy."""
        ...


class Race:
    """A race under way.

    Attributes:
        evidence: All that was measured so far; whole at every moment, so an interruption loses one sample at most.
    """

    def __init__(
        self,
        lab: Lab,
        evidence: Evidence,
        record: Callable[[Evidence], Record],
        watch: Watch,
        elapsed: Callable[[], float],
    ) -> None:
        """Line up.

        Args:
            lab: Where samples come from.
            evidence: What is known before the first of them.
            record: Makes a record of the evidence, for those who watch.
            watch: Told before every sample and after every round.
            elapsed: How many seconds of the budget are spent.
        """
        self.evidence = evidence
        self._lab = lab
        self._record = record
        self._watch = watch
        self._elapsed = elapsed
        self._known: Record | None = None
        self._cost_s: dict[Strategy, float] = {}

    def warm_up(self) -> None:
        """Run every strategy once, in a round that does not count; the best worker count of each pool goes on.

        Raises:
            WorkloadFailed: The function fails on an item, or under every strategy.
        """
        for run in self.evidence.runs:
            if why := self._why_skip(run.strategy):
                self._update(replace(run, state=State.SKIPPED, reason=why))
            elif self._cost_s and self._elapsed() > self._options.budget_s:
                self._update(replace(run, state=State.SKIPPED, reason="the budget was spent before its turn"))
            else:
                self._sample(run.strategy, 0, f"warm-up: {run.strategy}")
        alive = self.evidence.alive()
        if not alive:
            raise WorkloadFailed(_told_of_all(self.evidence.runs))
        if not self._user_chose:
            times = {run.strategy: whole_job_s(run.samples[0], self.evidence.plan.items) for run in alive}
            for strategy, reason in who_stays_out(times).items():
                self._drop(strategy, reason)
        self._end_round()

    def run(self, chance: random.Random) -> None:
        """Run rounds until the race is decided or the budget spent.

        Args:
            chance: Shuffles the strategies within each round, which is what makes the comparison fair under drift.
        """
        number = 0
        while not standing(self.evidence).decided:
            racing = [run.strategy for run in self.evidence.runs if run.state is State.RACED]
            if (
                not racing
                or self._elapsed() + sum(self._cost_s[strategy] for strategy in racing) > self._options.budget_s
            ):
                return
            number += 1
            chance.shuffle(racing)
            for strategy in racing:
                if self._elapsed() > self._options.budget_s:  # a round may turn out far slower than the one before
                    break
                self._sample(strategy, number, f"round {number}: {strategy}")
            self._drop_the_beaten()
            self._end_round()

    def _why_skip(self, strategy: Strategy) -> str | None:
        """Say why a strategy of the ladder is not run at all; what the user chose is run regardless."""
        if self._user_chose:
            return None
        first = self.evidence.runs[0]
        serial = first.samples[0] if first.samples else None
        return too_many_workers(strategy, self.evidence.plan, serial)

    @property
    def _user_chose(self) -> bool:
        return bool(self._options.workers or self._options.chunksizes)

    @property
    def _options(self) -> Options:
        return self.evidence.options

    def _sample(self, strategy: Strategy, number: int, doing: str) -> None:
        """Take one sample and add it to the evidence."""
        begun_s = self._elapsed()
        self._watch(Progress(doing, begun_s, self._options.budget_s, self._known))
        plan = self.evidence.plan
        draw = Draw(plan.measured_items, number if plan.is_forecast else None)
        settled = with_chunksize(strategy, draw.items, plan.item_s)
        outcome = self._lab.measure(settled, draw, number, plan.limit_s)
        self._cost_s[strategy] = self._elapsed() - begun_s
        run = next(run for run in self.evidence.runs if run.strategy == strategy)
        if isinstance(outcome, Sample):
            self._update(replace(run, samples=(*run.samples, outcome)))
            return
        if strategy.pool == "serial" and outcome.trouble is Trouble.RAISED:
            raise WorkloadFailed(as_text(outcome))
        self._update(replace(run, state=State.FAILED, reason=outcome.message, failure=outcome))

    def _drop_the_beaten(self) -> None:
        judged = standing(self.evidence)
        for strategy in judged.out:
            self._drop(strategy, f"certainly slower than {judged.leader}")

    def _drop(self, strategy: Strategy, reason: str) -> None:
        run = next(run for run in self.evidence.runs if run.strategy == strategy)
        if run.state is State.RACED:
            self._update(replace(run, state=State.DROPPED, reason=reason))

    def _end_round(self) -> None:
        self._known = self._record(self.evidence)
        doing = f"round {self.evidence.rounds} has ended" if self.evidence.rounds else "the warm-up round has ended"
        self._watch(Progress(doing, self._elapsed(), self._options.budget_s, self._known, round_ended=True))

    def _update(self, run: Run) -> None:
        self.evidence = self.evidence.with_run(run)


def as_text(failure: Failure) -> str:
    """Tell a failure whole, with the user's own traceback."""
    return "\n".join(part for part in (failure.message, failure.traceback.rstrip()) if part)


def _told_of_all(runs: tuple[Run, ...]) -> str:
    """Tell why nothing could be measured; a failure that several share is told once."""
    told: dict[str, list[str]] = {}
    for run in runs:
        told.setdefault(as_text(run.failure) if run.failure else run.reason or "", []).append(str(run.strategy))
    return "\n".join(
        ["it fails under every strategy, so there is nothing to compare:"]
        + [f"{', '.join(names)}: {text}" for text, names in told.items()]
    )
