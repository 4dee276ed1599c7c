"""What limits a verdict's worth: a closed list, each with what was seen and what to do about it."""

import statistics

from whichpool.decide.agreement import disagreements
from whichpool.decide.evidence import Evidence
from whichpool.decide.free_threading import gil_caveats
from whichpool.decide.hazards import hazard_caveats
from whichpool.decide.ladder import most_workers
from whichpool.decide.noise import noise_caveats
from whichpool.decide.race import Standing
from whichpool.values import Caveat, Code, State, Strategy
from whichpool.wording import duration

_SLOW_LOADING_SHARE = 1.0
_SLOW_LOADING_S = 0.5


def caveats(evidence: Evidence, judged: Standing[Strategy] | None) -> tuple[Caveat, ...]:
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
            f"samples ran {evidence.plan.measured_items:,} of the {evidence.plan.items:,} items (more where workers "
            "would have had no turn), drawn afresh for every round; the times of the whole job are forecast from "
            "them, and their intervals tell of the noise, not of what a draw cannot show; a larger --budget measures "
            "more of it"
        )
        found.append(Caveat(Code.FORECAST, message))
    found += hazard_caveats(evidence)
    found += gil_caveats(evidence)
    found += _loading(evidence) + _edge(evidence, judged) + _travel(evidence)
    found += noise_caveats(evidence.noise, _cores_busy(evidence), evidence.options.margin)
    return tuple(found)


def _cores_busy(evidence: Evidence) -> float:
    """How many cores the strategy kept busy that kept most of them busy."""
    samples = (evidence.counted(run) for run in evidence.alive())
    shares = ([each.cpu_s / each.job_s for each in counted if each.cpu_s is not None] for counted in samples)
    return max((statistics.median(known) for known in shares if known), default=0.0)


def _loading(evidence: Evidence) -> list[Caveat]:
    load_s = max(look.facts.load_s for look in evidence.looks.values())
    samples = [sample.job_s for run in evidence.alive() for sample in run.samples]
    if not samples or load_s < max(_SLOW_LOADING_S, _SLOW_LOADING_SHARE * statistics.median(samples)):
        return []
    message = (
        f"importing the target and making its items takes {duration(load_s)} and is done for every sample, outside "
        "the clock; that eats the budget: raise --budget, or make loading lighter"
    )
    return [Caveat(Code.SLOW_LOADING, message)]


def _edge(evidence: Evidence, judged: Standing[Strategy] | None) -> list[Caveat]:
    """Workers are never proposed without end; the best may be beyond."""
    if judged is None or evidence.options.workers or judged.chosen.is_serial:
        return []
    chosen, items = judged.chosen, evidence.plan.items
    tried = {run.strategy.workers for run in evidence.runs if run.samples and run.strategy.kind == chosen.kind}
    there = evidence.facts_of(chosen).most_workers.get(chosen.pool)
    most = most_workers(chosen.pool, items, evidence.plan.cores, there)
    if len(tried) == 1 or chosen.workers < most or chosen.workers >= items or chosen.workers == there:
        return []
    further = ",".join(str(min(chosen.workers * step, items)) for step in (1, 2, 4))
    message = (
        f"{chosen.workers} workers is the most that was tried, and the best: more may be faster still; "
        f"try --pools {chosen.pool} --workers {further}"
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
