"""What an examination means for each pool."""

from whichpool.values.hazards import Assessment, Examination, PoolKind, Status


def assess(examination: Examination) -> tuple[Assessment, ...]:
    """Say of each pool whether a hazard was found there, and where that is open, what was not looked at.

    Returns:
        An assessment for each pool, in the order of :class:`PoolKind`.
    """
    return tuple(_assessment(kind, examination) for kind in PoolKind)


def _assessment(kind: PoolKind, examination: Examination) -> Assessment:
    comes_of_it = [
        f"{finding.subject}: {finding.effects[kind]}" for finding in examination.findings if kind in finding.effects
    ]
    if comes_of_it:
        return Assessment(kind, Status.HAZARD, tuple(dict.fromkeys(comes_of_it)))
    open_questions = [unseen.message for unseen in examination.unseen if kind in unseen.kinds]
    if open_questions:
        return Assessment(kind, Status.COULD_NOT_LOOK, tuple(dict.fromkeys(open_questions)))
    return Assessment(kind, Status.NONE_FOUND)
