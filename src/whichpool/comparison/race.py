"""The rounds of a comparison: take samples, keep them, and ask after each round how the race stands."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from whichpool.comparison.watching import Progress, Watch
from whichpool.decide.evidence import Evidence, standing
from whichpool.decide.ladder import settle
from whichpool.decide.warm_up import call_up, who_is_bounded, who_stays_out
from whichpool.errors import Trouble, WhichpoolError, WorkloadFailed
from whichpool.machine.noise import Reading, between
from whichpool.values import Dissection, Draw, Failure, Options, Python, Record, Run, Sample, State, Strategy

_WARM_UP_SHARE = 0.4
_EXPLAINING_SHARE = 0.25


class Lab(Protocol):
    """Where samples come from: :class:`whichpool.lab.launch.Laboratory`, or a stand-in that keeps its promises."""

    def dissect(self, python: Python, options: Options, box_s: float, limit_s: float) -> Dissection | Failure:
        """Take a first look at the workload."""
        ...

    def measure(
        self, strategy: Strategy, draw: Draw, round_number: int, limit_s: float, *, explained: bool = False
    ) -> Sample | Failure:
        """Take one sample of a strategy."""
        ...


class Race:
    """A race under way.

    Attributes:
        evidence: All that was measured so far; whole at every moment, so an interruption loses one sample at most.
    """

    def __init__(  # noqa: PLR0913 - what it works with, passed in
        self,
        lab: Lab,
        evidence: Evidence,
        *,
        record: Callable[[Evidence], Record],
        watch: Watch,
        elapsed: Callable[[], float],
        reading: Callable[[], Reading],
    ) -> None:
        """Line up.

        Args:
            lab: Where samples come from.
            evidence: What is known before the first of them.
            record: Makes a record of the evidence, for those who watch.
            watch: Told before every sample and after every round.
            elapsed: How many seconds of the budget are spent.
            reading: Reads what tells of the machine's noise.
        """
        self.evidence = evidence
        self._lab = lab
        self._record = record
        self._watch = watch
        self._elapsed = elapsed
        self._reading = reading
        self._known: Record | None = None
        self._cost_s: dict[Strategy, float] = {}

    def warm_up(self) -> None:
        """Run what was proposed once, in a round that does not count; the best worker count of each pool goes on.

        Where the best stands at the edge of what was proposed, its neighbour is called up.

        Raises:
            WorkloadFailed: The function fails on an item, or under every strategy.
        """
        for run in self.evidence.runs:
            if run.state is not State.SKIPPED:
                self._warm_up(run)
        if not self.evidence.alive():
            raise WorkloadFailed(_told_of_all(self.evidence.runs))
        while self._elapsed() < _WARM_UP_SHARE * self._options.budget_s:
            called = call_up(self.evidence.runs, self.evidence.warm_up_s())
            if called is None:
                break
            why = f"a neighbour of the best: {called.reason}, but the best stood at the edge"
            self._update(replace(called, state=State.RACED, reason=None, why=why))
            self._warm_up(called)
        if not self._user_chose:
            for strategy, reason in who_stays_out(self.evidence.warm_up_s()).items():
                self._drop(strategy, reason)
        if not self._user_chose and not (self._options.pools or self._options.start_methods):
            evidence, margin = self.evidence, self._options.margin
            bounded = who_is_bounded(evidence.warm_up_s(), evidence.looks, evidence.plan.cores, margin)
            for strategy, reason in bounded.items():
                self._drop(strategy, reason)
        self._end_round()

    def run(self, chance: random.Random) -> None:
        """Run rounds until the race is decided or the budget spent, all but what explaining will take.

        Args:
            chance: Shuffles the strategies within each round, which is what makes the comparison fair under drift.
        """
        number = 0
        while not standing(self.evidence).decided:
            racing = [run.strategy for run in self.evidence.runs if run.state is State.RACED]
            if not racing or self._elapsed() + self._expected_s(racing) > self._last_call_s():
                return
            number += 1
            chance.shuffle(racing)
            before = self._reading()
            for strategy in racing:
                if self._elapsed() > self._options.budget_s:  # a round may turn out far slower than the one before
                    break
                self._sample(strategy, number, f"round {number}: {strategy}")
            self.evidence = self.evidence.with_noise(between(before, self._reading()))
            self._drop_the_beaten()
            self._end_round()

    def explain(self) -> None:
        """Run once more, watched, those whose time is worth explaining, as far as the budget goes."""
        number = self.evidence.rounds + 1
        for strategy in self.evidence.to_explain():
            if self._elapsed() + self._cost_s[strategy] > self._options.budget_s:
                continue
            sample = self._measure(strategy, number, f"where the time goes: {strategy}", explained=True)
            if isinstance(sample, Sample):
                self._update(replace(self._run_of(strategy), explained=sample))

    def _expected_s(self, strategies: Sequence[Strategy]) -> float:
        return sum(self._cost_s[strategy] for strategy in strategies)

    def _last_call_s(self) -> float:
        """When rounds must end: explaining is worth a round of its own, where there is time for a few."""
        explaining_s = self._expected_s(self.evidence.to_explain())
        budget_s = self._options.budget_s
        return budget_s - explaining_s if explaining_s < _EXPLAINING_SHARE * budget_s else budget_s

    def _warm_up(self, run: Run) -> None:
        if self._cost_s and self._elapsed() > self._options.budget_s:
            self._update(replace(run, state=State.SKIPPED, reason="the budget was spent before its turn"))
        else:
            self._sample(run.strategy, 0, f"warm-up: {run.strategy}")

    @property
    def _user_chose(self) -> bool:
        return bool(self._options.workers or self._options.chunksizes)

    @property
    def _options(self) -> Options:
        return self.evidence.options

    def _sample(self, strategy: Strategy, number: int, doing: str) -> None:
        """Take one sample and add it to the evidence."""
        begun_s = self._elapsed()
        outcome = self._measure(strategy, number, doing)
        self._cost_s[strategy] = self._elapsed() - begun_s
        run = self._run_of(strategy)
        if isinstance(outcome, Sample):
            self._update(replace(run, samples=(*run.samples, outcome)))
            return
        if strategy == self.evidence.runs[0].strategy and outcome.trouble is Trouble.RAISED:
            raise WorkloadFailed(as_text(outcome))
        self._update(replace(run, state=State.FAILED, reason=outcome.message, failure=outcome))

    def _measure(self, strategy: Strategy, number: int, doing: str, *, explained: bool = False) -> Sample | Failure:
        self._watch(Progress(doing, self._elapsed(), self._options.budget_s, self._known))
        plan, anatomy = self.evidence.plan, self.evidence.anatomy_of(strategy)
        draw = plan.draw(strategy, anatomy, number)
        settled = settle(strategy, draw.items, anatomy, plan.cores)
        try:
            return self._lab.measure(settled, draw, number, plan.limit_of(strategy), explained=explained)
        except WhichpoolError as error:
            if len(self.evidence.looks) == 1:
                raise
            return Failure(Trouble.DIED, str(error))  # a Python that breaks costs itself and none of the others

    def _run_of(self, strategy: Strategy) -> Run:
        return next(run for run in self.evidence.runs if run.strategy == strategy)

    def _drop_the_beaten(self) -> None:
        judged = standing(self.evidence)
        for strategy in judged.out:
            self._drop(strategy, f"certainly slower than {judged.leader}")

    def _drop(self, strategy: Strategy, reason: str) -> None:
        run = self._run_of(strategy)
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
    what = "it fails under every strategy" if all(run.failure for run in runs) else "nothing could be measured"
    return "\n".join(
        [f"{what}, so there is nothing to compare:"] + [f"{', '.join(names)}: {text}" for text, names in told.items()]
    )
