"""Findings of several looks at one function, put together."""

import re
from collections.abc import Iterable
from dataclasses import replace

from whichpool.values.hazards import Finding, Hazard

_CHANGES = {
    Hazard.STATE_ASSIGNED,
    Hazard.STATE_CHANGED,
    Hazard.RACE,
    Hazard.ITERATION_WHILE_CHANGED,
    Hazard.MUTABLE_DEFAULT,
}
_OF_RESULT = re.compile(r"result(?!\w)")  # how trials name the result and its parts; not an argument ``results``
_TOLD_BY_TRIAL = {Hazard.UNPICKLABLE, Hazard.MODULE_WORK}


def merged(findings: Iterable[Finding], more: Iterable[Finding]) -> tuple[Finding, ...]:
    """Add findings to others, so that each hazard of each subject is told once.

    What both have keeps the words and the spots of the first, which stand nearer to the code; but only a trial can tell
    which part of a value cannot be pickled, and what importing costs. A change that was seen in a trial is evidence for
    the findings of the code that tell of it, where there are any; a change of ``COUNTER`` is evidence for
    ``COUNTER.total``.
    """
    kept = list(findings)
    for new in more:
        known = [place for place, old in enumerate(kept) if _are_one(old, new)]
        for place in known:
            kept[place] = _joined(kept[place], new)
        if not known:
            kept.append(new)
    return tuple(kept)


def _are_one(old: Finding, new: Finding) -> bool:
    if old.hazard is new.hazard:
        is_result = old.hazard is Hazard.UNPICKLABLE and _OF_RESULT.match(new.subject) is not None
        return old.subject == new.subject or (is_result and old.subject.startswith("the result of "))
    if new.hazard is not Hazard.STATE_CHANGED_IN_TRIAL or old.hazard not in _CHANGES:
        return False
    return old.subject == new.subject or old.subject.startswith((f"{new.subject}.", f"{new.subject}["))


def _joined(old: Finding, new: Finding) -> Finding:
    if old.hazard is not new.hazard:
        return replace(old, tried=True)
    spots = tuple(dict.fromkeys((*old.spots, *new.spots)))
    if new.tried and not old.tried and new.hazard in _TOLD_BY_TRIAL:
        return replace(new, spots=spots)
    effects = old.effects or new.effects
    return replace(old, effects=effects, mend=old.mend or new.mend, spots=spots, tried=old.tried or new.tried)
