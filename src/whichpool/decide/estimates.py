"""Every figure of every strategy, computed anew from the raw samples."""

import math
import statistics

from whichpool.decide.evidence import Evidence
from whichpool.decide.plan import whole_job_s
from whichpool.decide.sequential import estimate
from whichpool.values import Entry, Estimate, Run


def entries(evidence: Evidence) -> tuple[Entry, ...]:
    """Estimate every figure of every strategy."""
    alive, entrants = evidence.alive(), evidence.entrants()
    reference = alive[0] if alive else None
    threads = [run for run in alive if run.strategy.pool == "threads"]
    best_threads = min(
        threads, key=lambda run: (run not in entrants, statistics.median(evidence.times(run).values())), default=None
    )

    def against(run: Run, other: Run | None) -> Estimate | None:
        if other is None or run is other or run not in alive:
            return None
        return _ratio(evidence, run, other)

    def entry(run: Run) -> Entry:
        samples = evidence.counted(run)
        return Entry(
            strategy=run.strategy,
            state=run.state,
            reason=run.reason,
            samples=run.samples,
            failure=run.failure,
            job_s=_job_s(evidence, run) if samples else None,
            startup_s=statistics.median(sample.startup_s for sample in samples) if samples else None,
            cores_busy=statistics.median(sample.cpu_s / sample.job_s for sample in samples) if samples else None,
            vs_serial=against(run, reference),
            vs_threads=against(run, best_threads) if run.strategy.pool == "processes" else None,
        )

    return tuple(entry(run) for run in evidence.runs)


def _job_s(evidence: Evidence, run: Run) -> Estimate:
    """The median with the fastest and the slowest round.

    That describes, and claims nothing: times of one strategy drift together, so an interval of confidence around
    their median would be too narrow. Pairing protects the ratios only.
    """
    times = evidence.times(run)
    n = sum(number > 0 for number in times)
    low, high = (min(times.values()), max(times.values())) if n else (0.0, math.inf)
    return Estimate(statistics.median(times.values()), low, high, n)


def _ratio(evidence: Evidence, run: Run, other: Run) -> Estimate | None:
    """How many times faster a run is than another, by the rounds that both ran; else by the warm-up round."""
    own, others = evidence.times(run), evidence.times(other)
    if not own.keys() & others.keys():
        own, others = (
            {sample.round: whole_job_s(sample, evidence.plan.items) for sample in each.samples} for each in (run, other)
        )
    shared = sorted(own.keys() & others.keys())
    if not shared:
        return None
    figure = estimate([math.log(others[n] / own[n]) for n in shared], evidence.level)
    return figure if any(n > 0 for n in shared) else Estimate(figure.value, 0.0, math.inf, 0)
