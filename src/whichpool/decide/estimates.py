"""Every figure of every strategy, computed anew from the raw samples."""

import math
import statistics
from collections.abc import Sequence

from whichpool.decide.evidence import Evidence
from whichpool.decide.forecast import forecast_job_s
from whichpool.decide.ladder import settle
from whichpool.decide.plan import Plan
from whichpool.decide.sequential import estimate
from whichpool.decide.time_spent import time_spent
from whichpool.values import Anatomy, Entry, Estimate, Python, Run, Sample, Strategy


def entries(evidence: Evidence) -> tuple[Entry, ...]:
    """Estimate every figure of every strategy."""
    alive, entrants = evidence.alive(), evidence.entrants()
    reference = alive[0] if alive else None

    def best_threads(python: Python) -> Run | None:
        threads = [run for run in alive if run.strategy.pool == "threads" and run.strategy.python == python]
        return min(
            threads,
            key=lambda run: (run not in entrants, statistics.median(evidence.times(run).values())),
            default=None,
        )

    def serial_of(strategy: Strategy) -> Sample | None:
        own = (run for run in evidence.runs if run.strategy.is_serial and run.strategy.python == strategy.python)
        return next((run.explained for run in own), None)

    def against(run: Run, other: Run | None) -> Estimate | None:
        if other is None or run is other or run not in alive:
            return None
        return _ratio(evidence, run, other)

    plan = evidence.plan

    def entry(run: Run) -> Entry:
        anatomy, serial = evidence.anatomy_of(run.strategy), serial_of(run.strategy)
        settled = settle(run.strategy, plan.items, anatomy, plan.cores)
        samples = evidence.counted(run)
        return Entry(
            strategy=run.strategy,
            state=run.state,
            reason=run.reason,
            samples=run.samples,
            failure=run.failure,
            job_s=_job_s(evidence, run) if samples else None,
            startup_s=statistics.median(sample.startup_s for sample in samples) if samples else None,
            cluster_s=_cluster_s(samples),
            cores_busy=_cores_busy(samples),
            vs_serial=against(run, reference),
            vs_threads=against(run, best_threads(run.strategy.python)) if run.strategy.pool == "processes" else None,
            why=run.why,
            spent=time_spent(run.explained, serial, run.strategy, _held_share(evidence, run))
            if run.explained
            else None,
            peak_pss_bytes=run.explained.peak_pss_bytes if run.explained else None,
            worker_bytes=_worker_bytes(run, serial),
            chunksize=settled.chunksize or 1,
            whole_job_s=tuple(evidence.job_s(run, sample) for sample in run.samples),
            forecast_s=None if anatomy is None else _forecast_s(anatomy, settled, plan),
        )

    return tuple(entry(run) for run in evidence.runs)


def _held_share(evidence: Evidence, run: Run) -> float:
    """The share of computing in which the GIL is held, at most; 0 where there is none."""
    anatomy, gil = evidence.anatomy_of(run.strategy), evidence.facts_of(run.strategy).gil
    if not gil or anatomy is None or not anatomy.cpu_share:
        return float(gil)
    return min(1.0, anatomy.gil_held.high / anatomy.cpu_share)


def _cores_busy(samples: Sequence[Sample]) -> float | None:
    shares = [sample.cpu_s / sample.job_s for sample in samples if sample.cpu_s is not None]
    return statistics.median(shares) if shares else None


def _cluster_s(samples: Sequence[Sample]) -> float | None:
    times_s = [sample.cluster_s for sample in samples if sample.cluster_s is not None]
    return statistics.median(times_s) if times_s else None


def _worker_bytes(run: Run, serial: Sample | None) -> int | None:
    """What each worker adds to the memory that serial takes; None where that was not seen of both."""
    if run.strategy.is_serial or run.explained is None or serial is None:
        return None
    if run.explained.peak_pss_bytes is None or serial.peak_pss_bytes is None:
        return None
    return max(0, run.explained.peak_pss_bytes - serial.peak_pss_bytes) // run.strategy.workers


def _forecast_s(anatomy: Anatomy, settled: Strategy, plan: Plan) -> float | None:
    expected_s = forecast_job_s(anatomy, settled, plan.items, plan.cores).value
    return expected_s if math.isfinite(expected_s) else None


def _job_s(evidence: Evidence, run: Run) -> Estimate:
    """The median with the fastest and the slowest round.

    That describes, and claims nothing: times of one strategy drift together, so an interval of confidence around
    their median would be too narrow. Pairing protects the ratios only.
    """
    times = evidence.times(run)
    n = sum(number > 0 for number in times)
    low, high = (min(times.values()), max(times.values())) if n else (0.0, math.inf)
    return Estimate(statistics.median(times.values()), low, high, n)


def _ratio(evidence: Evidence, run: Run, other: Run) -> Estimate:
    """How many times faster a run is than another, by the rounds that both ran; else by the warm-up round."""
    own, others = evidence.times(run), evidence.times(other)
    if not own.keys() & others.keys():
        # one that only warmed up is held against what is shown of the other, and claims nothing
        others = dict.fromkeys(own, statistics.median(others.values()))
        return Estimate(statistics.median(others[n] / own[n] for n in own), 0.0, math.inf, 0)
    shared = sorted(own.keys() & others.keys())
    figure = estimate([math.log(others[n] / own[n]) for n in shared], evidence.level)
    return figure if any(n > 0 for n in shared) else Estimate(figure.value, 0.0, math.inf, 0)
