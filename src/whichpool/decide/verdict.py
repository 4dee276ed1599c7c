"""The answer, and the sentence that says it."""

import math
from collections.abc import Sequence

from whichpool.decide.caveats import caveats
from whichpool.decide.evidence import ALPHA, Evidence, standing
from whichpool.decide.race import Standing
from whichpool.decide.sequential import LOOKS
from whichpool.values import Entry, Outcome, State, Strategy, Verdict
from whichpool.wording import count, ratio


def conclude(evidence: Evidence, concluded: Sequence[Entry]) -> Verdict:
    """Draw the verdict from the evidence and the entries estimated from it."""
    alive = evidence.alive()
    if not alive:
        return Verdict(Outcome.UNDECIDED, None, None, None, "Nothing could be measured.", (), caveats(evidence, None))
    judged = standing(evidence)
    outcome = _outcome(evidence, judged)
    answer = judged.leader if outcome is Outcome.UNDECIDED else judged.chosen
    chosen = next(entry for entry in concluded if entry.strategy == answer)
    reference = alive[0].strategy
    return Verdict(
        outcome=outcome,
        strategy=chosen.strategy,
        reference=reference,
        speedup=chosen.vs_serial,
        sentence=_sentence(outcome, evidence, judged, chosen, reference),
        reasons=_reasons(concluded, reference),
        caveats=caveats(evidence, judged),
    )


def _is_all_that_works(evidence: Evidence) -> bool:
    """Tell whether one pool is left because every other was tried and failed."""
    pools = {run.strategy.pool for run in evidence.alive()}
    others = [run for run in evidence.runs if run.strategy.pool not in pools]
    return len(pools) == 1 and all(run.state is State.FAILED for run in others)


def _outcome(evidence: Evidence, judged: Standing[Strategy]) -> Outcome:
    if not judged.decided or not (evidence.rounds or _is_all_that_works(evidence)):
        return Outcome.UNDECIDED
    if judged.equivalent:
        return Outcome.EQUIVALENT
    return Outcome.STAY_SERIAL if judged.chosen.pool == "serial" else Outcome.FASTER


def _sentence(
    outcome: Outcome, evidence: Evidence, judged: Standing[Strategy], chosen: Entry, reference: Strategy
) -> str:
    """Say the answer, how much it is worth, and how sure it is.

    The margin itself holds at best estimate; what is certain, and so what is said, is twice the margin.
    """
    name = chosen.strategy
    if outcome is Outcome.UNDECIDED:
        return _undecided(evidence, judged)
    if _is_all_that_works(evidence):
        return "Stay serial: no pool works." if name.pool == "serial" else f"Use {name}: nothing but {name.pool} works."
    rounds = count(evidence.rounds, "round")
    sure = f"at least {1 - ALPHA:.0%} sure after {rounds}"
    if evidence.plan.is_forecast:
        sure = f"by forecast, from {rounds}"
    within = f"{2 * evidence.options.margin:.0%}"
    if outcome is Outcome.EQUIVALENT:
        return f"Equivalent: none is slower than the fastest by more than {within}; take the simplest, {name}; {sure}."
    if outcome is Outcome.STAY_SERIAL:
        all_out = judged.out.issuperset(run.strategy for run in evidence.entrants()[1:])
        why = "every pool is slower" if all_out else f"no pool is faster by more than {within}"
        return f"Stay serial: {why}; {sure}."
    if chosen.vs_serial is not None and chosen.vs_serial.low > 1:
        return f"Use {name}: {ratio(chosen.vs_serial)} than {reference}; {sure}."
    others = f"{reference} is slower than {judged.leader}, and " if reference in judged.out else ""
    return f"Use {name}: {others}no other is faster than it by more than {within}; {sure}."


def _undecided(evidence: Evidence, judged: Standing[Strategy]) -> str:
    if not evidence.rounds:
        if evidence.interrupted:
            return "Undecided: interrupted before a round was counted."
        return "Undecided: there was no time for a single counted round; raise --budget."
    after = f"Undecided after {count(evidence.rounds, 'round')}"
    if evidence.rounds < LOOKS[0]:
        return f"{after}, too few to tell anything for sure; raise --budget."
    rivals = [str(strategy) for strategy in (judged.chosen, *judged.rivals) if strategy != judged.leader]
    return (
        f"{after}: {judged.leader} leads, but not for sure over {' and '.join(rivals)}; "
        "raise --budget, or --margin to care for less."
    )


def _reasons(concluded: Sequence[Entry], reference: Strategy) -> tuple[str, ...]:
    """Give the three differences: the best of every pool against serial, and processes against threads."""
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
