"""The answer, and the sentence that says it."""

from collections.abc import Sequence

from whichpool.decide.caveats import caveats
from whichpool.decide.evidence import ALPHA, Evidence, standing
from whichpool.decide.race import Standing
from whichpool.decide.reasons import reasons
from whichpool.decide.sequential import LOOKS
from whichpool.intervals import ratio
from whichpool.values import Entry, Outcome, State, Strategy, Verdict
from whichpool.wording import count


def conclude(evidence: Evidence, concluded: Sequence[Entry]) -> Verdict:
    """Draw the verdict from the evidence and the entries estimated from it."""
    alive = evidence.alive()
    if not alive:
        return Verdict(Outcome.UNDECIDED, None, None, None, "Nothing could be measured.", (), caveats(evidence, None))
    judged = standing(evidence)
    outcome = _outcome(evidence, judged)
    answer = _leader(evidence, judged) if outcome is Outcome.UNDECIDED else judged.chosen
    chosen = next(entry for entry in concluded if entry.strategy == answer)
    reference = alive[0].strategy
    return Verdict(
        outcome=outcome,
        strategy=chosen.strategy,
        reference=reference,
        speedup=chosen.vs_serial,
        sentence=_sentence(outcome, evidence, judged, chosen, reference),
        reasons=reasons(evidence, concluded, outcome, answer),
        caveats=caveats(evidence, judged),
    )


def _leader(evidence: Evidence, judged: Standing[Strategy]) -> Strategy:
    """Name who leads so far; before the first counted round, by the warm-up round."""
    warm_up_s = evidence.warm_up_s()
    return judged.leader if evidence.rounds or not warm_up_s else min(warm_up_s, key=lambda each: warm_up_s[each])


def _is_all_that_works(evidence: Evidence) -> bool:
    """Tell whether one pool is left because every other was tried and failed."""
    pools = {(run.strategy.python, run.strategy.pool, run.strategy.native_threads) for run in evidence.alive()}
    alive = {(python, pool) for python, pool, _ in pools}
    others = [
        run for run in evidence.runs if (run.strategy.python, run.strategy.pool) not in alive and not run.in_reserve
    ]
    return len(pools) == 1 and all(run.state is State.FAILED for run in others)


def _is_settled(evidence: Evidence) -> bool:
    """Tell whether the plain loop is left without a round, as no other strategy was worth one or had the room.

    One that was proposed and then had no turn has a reason to be proposed; of that one nothing is known.
    """
    racing = [run.strategy for run in evidence.runs if run.state is State.RACED]
    had_no_turn = any(run.state is State.SKIPPED and run.why for run in evidence.runs)
    return not evidence.rounds and not had_no_turn and len(racing) == 1 and racing[0].is_plain_loop


def _outcome(evidence: Evidence, judged: Standing[Strategy]) -> Outcome:
    without_a_round = _is_all_that_works(evidence) or _is_settled(evidence)
    if not judged.decided or not (evidence.rounds or without_a_round):
        return Outcome.UNDECIDED
    if judged.equivalent:
        return Outcome.EQUIVALENT
    return Outcome.STAY_SERIAL if judged.chosen.is_plain_loop else Outcome.FASTER


def _sentence(
    outcome: Outcome, evidence: Evidence, judged: Standing[Strategy], chosen: Entry, reference: Strategy
) -> str:
    """Say the answer, how much it is worth, and how sure it is.

    The margin itself holds at best estimate; what is certain, and so what is said, is twice the margin.
    """
    name = chosen.strategy
    if outcome is Outcome.UNDECIDED:
        return _undecided(evidence, judged)
    if not evidence.rounds or _is_all_that_works(evidence):
        return _without_rounds(evidence, name)
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


def _without_rounds(evidence: Evidence, name: Strategy) -> str:
    if _is_all_that_works(evidence):
        return "Stay serial: no pool works." if name.is_plain_loop else f"Use {name}: nothing but {name.pool} works."
    pools = {run.strategy.pool for run in evidence.runs if not run.strategy.is_plain_loop}
    bounded = {run.strategy.pool for run in evidence.runs if run.state is State.DROPPED}
    if pools == bounded:
        return "Stay serial: by its bounds no pool can be faster, and a job of each pool bore that out."
    return "Stay serial: no pool is left to race, for the reasons below."


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
