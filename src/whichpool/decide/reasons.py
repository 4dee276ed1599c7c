"""Why the answer is what it is: the figures that decided it, then the differences, in sentences."""

import math
from collections.abc import Mapping, Sequence

from whichpool.decide.evidence import Evidence
from whichpool.decide.explanations import EXPLANATIONS, Case
from whichpool.decide.gil_demand import gil_held_by_race
from whichpool.intervals import ratio
from whichpool.values import Entry, Outcome, State, Strategy

_MOST = 5


def reasons(evidence: Evidence, concluded: Sequence[Entry], outcome: Outcome, answer: Strategy) -> tuple[str, ...]:
    """Say what the answer rests on: first why, by the figures of the anatomy and of the race, then the differences.

    Args:
        evidence: All that was measured.
        concluded: The strategies, with the figures estimated from it.
        outcome: Which of the four answers it is.
        answer: The strategy that it names.

    Returns:
        Where serial did not fail and an item could be looked at, at most five reasons, the most important first. Then
        the best of every pool, in the Python of the answer, against serial, and processes against threads.
    """
    of_its_python = [entry for entry in concluded if entry.strategy.python == answer.python]
    best, anatomy = _best_of_each_pool(of_its_python), evidence.anatomy_of(answer)
    serial = best.get("serial")
    found: list[str] = []
    if anatomy is not None and serial is not None:
        case = Case(
            outcome=outcome,
            chosen=next(entry for entry in concluded if entry.strategy == answer),
            serial=serial,
            raced={pool: entry for pool, entry in best.items() if entry.job_s is not None and entry.job_s.n},
            anatomy=anatomy,
            gil_held=gil_held_by_race(anatomy, of_its_python) if evidence.facts_of(answer).gil else None,
            cores=evidence.plan.cores,
            margin=evidence.options.margin,
        )
        found = [reason for explain in EXPLANATIONS if (reason := explain(case)) is not None]
    return (*found[:_MOST], *_differences(best, evidence.alive()[0].strategy))


def _best_of_each_pool(concluded: Sequence[Entry]) -> dict[str, Entry]:
    best: dict[str, Entry] = {}
    for entry in concluded:
        pool = entry.strategy.pool
        if entry.job_s is not None and entry.state is not State.FAILED and _rank(entry) < _rank(best.get(pool)):
            best[pool] = entry
    return best


def _rank(entry: Entry | None) -> tuple[bool, float]:
    """Sort by the job's time, but what was raced before what only warmed up."""
    if entry is None or entry.job_s is None:
        return True, math.inf
    return entry.job_s.n == 0, entry.job_s.value


def _differences(best: Mapping[str, Entry], reference: Strategy) -> tuple[str, ...]:
    """Tell the three differences: the best of every pool against serial, and processes against threads."""
    told = [
        f"{entry.strategy} against {reference}: {ratio(entry.vs_serial)}"
        for entry in best.values()
        if entry.vs_serial is not None
    ]
    processes, threads = best.get("processes"), best.get("threads")
    if processes is not None and threads is not None and processes.vs_threads is not None:
        told.append(f"{processes.strategy} against {threads.strategy}: {ratio(processes.vs_threads)}")
    return tuple(told)
