"""From the raw samples to the answer. Everything a report says is computed here, anew, from what was measured."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from whichpool.decide.agreement import disagreements
from whichpool.decide.plan import Plan, whole_job_s
from whichpool.decide.race import Standing, judge_race
from whichpool.decide.sequential import LOOKS, estimate
from whichpool.values import (
    Caveat,
    Code,
    Entry,
    Estimate,
    Facts,
    Options,
    Outcome,
    Run,
    State,
    Strategy,
    Verdict,
)
from whichpool.wording import count, duration, ratio

_ALPHA = 0.05
_SLOW_LOADING_SHARE = 1.0
_SLOW_LOADING_S = 0.5


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was measured so far.

    Attributes:
        facts: What loading the workload told.
        plan: How the samples were taken.
        options: What the user wants.
        runs: The strategies with their samples, simplest first.
        interrupted: Whether the user broke the comparison off.
    """

    facts: Facts
    plan: Plan
    options: Options
    runs: tuple[Run, ...]
    interrupted: bool = False

    @classmethod
    def before(cls, facts: Facts, plan: Plan, options: Options, strategies: Sequence[Strategy]) -> "Evidence":
        """Make the evidence that there is before the first sample."""
        return cls(facts, plan, options, tuple(Run(strategy) for strategy in strategies))

    def with_run(self, run: Run) -> "Evidence":
        """Replace what is known of one strategy."""
        return replace(self, runs=tuple(run if old.strategy == run.strategy else old for old in self.runs))

    @property
    def rounds(self) -> int:
        """How many rounds have been counted."""
        return max((sample.round for run in self.runs for sample in run.samples), default=0)

    def alive(self) -> list[Run]:
        """List the runs that gave samples and did not fail."""
        return [run for run in self.runs if run.samples and run.state != State.FAILED]

    def raced(self) -> list[Run]:
        """List the runs that were in the race: those alive that went on after the warm-up round."""
        return [run for run in self.alive() if run.state is State.RACED or run.samples[-1].round]

    def untried(self) -> list[Run]:
        """List the runs of pools that had no turn: the budget was spent, or the comparison interrupted."""
        tried = {run.strategy.pool for run in self.runs if run.samples or run.state is State.FAILED}
        return [run for run in self.runs if run.strategy.pool not in tried]

    def times(self, run: Run) -> dict[int, float]:
        """The whole job's time by counted round; by the warm-up round where a run has no other."""
        times = {sample.round: whole_job_s(sample, self.plan.items) for sample in run.samples}
        return {number: job_s for number, job_s in times.items() if number} or times


def standing(evidence: Evidence) -> Standing[Strategy]:
    """Judge the race among those that were in it.

    Raises:
        ValueError: Nobody is in the race.
    """
    raced = evidence.raced()
    racing = [run for run in raced if run.state is State.RACED] or raced  # all may have failed but those dropped before
    return judge_race(
        {run.strategy: {n: s for n, s in evidence.times(run).items() if n} for run in raced},
        [run.strategy for run in raced],
        evidence.options.margin,
        _ALPHA,
        frozenset(run.strategy for run in raced if run not in racing),
    )


def entries(evidence: Evidence) -> tuple[Entry, ...]:
    """Estimate every figure of every strategy."""
    alive, raced = evidence.alive(), evidence.raced()
    reference = alive[0] if alive else None
    threads = [run for run in alive if run.strategy.pool == "threads"]
    best_threads = min(
        threads, key=lambda run: (run not in raced, statistics.median(evidence.times(run).values())), default=None
    )
    level = _ALPHA / max(1, len(raced) - 1)

    def against(run: Run, other: Run | None) -> Estimate | None:
        if other is None or run is other or run not in alive:
            return None
        return _ratio(evidence, run, other, level)

    return tuple(
        Entry(
            strategy=run.strategy,
            state=run.state,
            reason=run.reason,
            samples=run.samples,
            failure=run.failure,
            job_s=_job_s(evidence, run) if run.samples else None,
            startup_s=statistics.median(sample.startup_s for sample in run.samples) if run.samples else None,
            cores_busy=statistics.median(s.cpu_s / s.job_s for s in run.samples) if run.samples else None,
            vs_serial=against(run, reference),
            vs_threads=against(run, best_threads) if run.strategy.pool == "processes" else None,
        )
        for run in evidence.runs
    )


def _job_s(evidence: Evidence, run: Run) -> Estimate:
    times = evidence.times(run)
    logs = [math.log(job_s) for job_s in times.values()]
    return _counted(estimate(logs, _ALPHA), times)


def _ratio(evidence: Evidence, run: Run, other: Run, level: float) -> Estimate | None:
    """How many times faster a run is than another, by the rounds that both ran; else by the warm-up round."""
    own, others = evidence.times(run), evidence.times(other)
    if not own.keys() & others.keys():
        own = {sample.round: whole_job_s(sample, evidence.plan.items) for sample in run.samples}
        others = {sample.round: whole_job_s(sample, evidence.plan.items) for sample in other.samples}
    shared = sorted(own.keys() & others.keys())
    if not shared:
        return None
    return _counted(estimate([math.log(others[n] / own[n]) for n in shared], level), {n: own[n] for n in shared})


def _counted(figure: Estimate, times: dict[int, float]) -> Estimate:
    """A figure of the warm-up round alone rests on no counted round at all."""
    return figure if any(times) else Estimate(figure.value, 0.0, math.inf, 0)


def conclude(evidence: Evidence, concluded: Sequence[Entry]) -> Verdict:
    """Draw the verdict from the evidence and the entries estimated from it."""
    by_strategy = {entry.strategy: entry for entry in concluded}
    alive = evidence.alive()
    if not alive:
        return Verdict(Outcome.UNDECIDED, None, None, None, "Nothing could be measured.", (), _caveats(evidence, None))
    reference = alive[0].strategy
    judged = standing(evidence)
    chosen = by_strategy[judged.chosen if judged.decided else judged.leader]
    if not judged.decided or (len(evidence.raced()) == 1 and evidence.untried()):
        outcome = Outcome.UNDECIDED
    elif judged.equivalent:
        outcome = Outcome.EQUIVALENT
    elif chosen.strategy.pool == "serial":
        outcome = Outcome.STAY_SERIAL
    else:
        outcome = Outcome.FASTER
    return Verdict(
        outcome=outcome,
        strategy=chosen.strategy,
        reference=reference,
        speedup=chosen.vs_serial,
        sentence=_sentence(outcome, evidence, judged, chosen, reference),
        reasons=_reasons(concluded, reference),
        caveats=_caveats(evidence, judged),
    )


def _sentence(
    outcome: Outcome, evidence: Evidence, judged: Standing[Strategy], chosen: Entry, reference: Strategy
) -> str:
    """Say the answer, how much it is worth, and how sure it is."""
    sure = f"at least {1 - _ALPHA:.0%} sure after {count(evidence.rounds, 'round')}"
    name = chosen.strategy
    if outcome is Outcome.UNDECIDED:
        return _undecided(evidence, judged, chosen)
    if outcome is Outcome.EQUIVALENT:
        margin = f"{evidence.options.margin:.0%}"
        return f"Equivalent: all lie within {margin} of each other, so take the simplest, {name}; {sure}."
    if len(evidence.alive()) == 1:
        return f"Use {name}: it is the only one that works." if name.pool != "serial" else "Stay serial: no pool works."
    if outcome is Outcome.STAY_SERIAL:
        return f"Stay serial: no pool is faster by more than {evidence.options.margin:.0%}; {sure}."
    if chosen.vs_serial is None:
        return f"Use {name}: no other that works is faster by more than {evidence.options.margin:.0%}; {sure}."
    return f"Use {name}: {ratio(chosen.vs_serial)} than {reference}; {sure}."


def _undecided(evidence: Evidence, judged: Standing[Strategy], leader: Entry) -> str:
    if not evidence.rounds:
        return "Undecided: there was no time for a single counted round; raise --budget."
    after = f"Undecided after {count(evidence.rounds, 'round')}"
    if evidence.rounds < LOOKS[0]:
        return f"{after}, too few to tell anything for sure; raise --budget."
    rivals = [str(strategy) for strategy in (judged.chosen, *judged.rivals) if strategy != leader.strategy]
    return (
        f"{after}: {leader.strategy} leads, but not for sure over {' and '.join(rivals)}; "
        "raise --budget, or --margin to care for less."
    )


def _reasons(concluded: Sequence[Entry], reference: Strategy) -> tuple[str, ...]:
    """Give the three differences of the exercise: the best of every pool against serial, processes against threads."""
    best: dict[str, Entry] = {}
    for entry in concluded:
        pool = entry.strategy.pool
        if entry.job_s is not None and entry.state is not State.FAILED and _rank(entry) < _rank(best.get(pool)):
            best[pool] = entry
    reasons = [
        f"{entry.strategy} against {reference}: {ratio(entry.vs_serial)}"
        for entry in best.values()
        if entry.vs_serial is not None
    ]
    processes, threads = best.get("processes"), best.get("threads")
    if processes is not None and threads is not None and processes.vs_threads is not None:
        reasons.append(f"{processes.strategy} against {threads.strategy}: {ratio(processes.vs_threads)}")
    return tuple(reasons)


def _rank(entry: Entry | None) -> tuple[bool, float]:
    """Sort by the job's time, but what was raced before what only warmed up."""
    if entry is None or entry.job_s is None:
        return True, math.inf
    return entry.job_s.n == 0, entry.job_s.value


def _caveats(evidence: Evidence, judged: Standing[Strategy] | None) -> tuple[Caveat, ...]:
    """Collect what limits the verdict's worth, the gravest first."""
    found: list[Caveat] = []
    alive = evidence.alive()
    if evidence.interrupted:
        found.append(Caveat(Code.INTERRUPTED, "interrupted: this is what was known by then"))
    if alive:
        if evidence.runs[0].state is State.FAILED:
            message = f"serial failed, so {alive[0].strategy} is what the others are compared with"
            found.append(Caveat(Code.REFERENCE_FAILED, message))
        found += disagreements(evidence.runs, alive[0].strategy, evidence.plan)
    if evidence.plan.is_forecast:
        message = (
            f"each sample ran {evidence.plan.measured_items:,} of the {evidence.plan.items:,} items, drawn afresh for "
            "every round; the times of the whole job are forecasts (start-up + items × rate); a larger --budget "
            "measures more of it"
        )
        found.append(Caveat(Code.FORECAST, message))
    found += _loading(evidence) + _edge(evidence, judged) + _travel(evidence)
    return tuple(found)


def _loading(evidence: Evidence) -> list[Caveat]:
    load_s = evidence.facts.load_s
    samples = [sample.job_s for run in evidence.alive() for sample in run.samples]
    if not samples or load_s < max(_SLOW_LOADING_S, _SLOW_LOADING_SHARE * statistics.median(samples)):
        return []
    message = (
        f"importing the target and making its items takes {duration(load_s)} and is done for every sample, outside "
        "the clock; that eats the budget: raise --budget, or make loading lighter"
    )
    return [Caveat(Code.SLOW_LOADING, message)]


def _edge(evidence: Evidence, judged: Standing[Strategy] | None) -> list[Caveat]:
    """The ladder ends somewhere; where its last step is the best, the next might be better."""
    if judged is None or evidence.options.workers or judged.chosen.pool == "serial":
        return []
    chosen = judged.chosen
    counts = {run.strategy.workers for run in evidence.runs if run.strategy.pool == chosen.pool}
    if len(counts) == 1 or chosen.workers < max(counts) or chosen.workers >= evidence.plan.measured_items:
        return []
    further = sorted({min(chosen.workers * step, evidence.plan.items) for step in (1, 2, 4)})
    message = (
        f"{chosen.workers} workers is the most that was tried, and the best: more may be faster still; "
        f"try --pools {chosen.pool} --workers {','.join(map(str, further))}"
    )
    return [Caveat(Code.WORKERS_AT_EDGE, message)]


def _travel(evidence: Evidence) -> list[Caveat]:
    if not evidence.facts.by_value:
        return []
    message = (
        "the function has no name that another process could import (a lambda, or one inside a function); here "
        "it travelled by value, which the standard process pool cannot do: define it at the top level of a module"
    )
    return [Caveat(Code.BY_VALUE, message)]
