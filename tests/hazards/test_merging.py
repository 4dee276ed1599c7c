"""Findings of the code and of a trial, put together."""

from whichpool.hazards.merging import merged
from whichpool.values import Finding, Hazard, PoolKind, Spot

SPOT = Spot("/app.py", 3, "CACHE[k] = v", "work")
FORK = {PoolKind.FORK: "lost"}


def finding(hazard: Hazard, subject: str, message: str = "told", *, tried: bool = False, **more: object) -> Finding:
    """Make a finding."""
    return Finding(hazard, subject, message, **{"effects": FORK, "mend": "return it", **more}, tried=tried)  # type: ignore[arg-type]


def test_different_findings_are_all_kept_in_their_order() -> None:
    one, two, three = (finding(Hazard.LOCK, name) for name in ("A", "B", "C"))
    assert merged([two, one], [three]) == (two, one, three)


def test_what_code_and_trial_show_is_told_once_in_the_words_of_the_code() -> None:
    read = finding(Hazard.RESOURCE, "LOG", "LOG is made outside", spots=(SPOT,))
    assert merged([read], [finding(Hazard.RESOURCE, "LOG", "LOG is held", tried=True)]) == (
        finding(Hazard.RESOURCE, "LOG", "LOG is made outside", spots=(SPOT,), tried=True),
    )


def test_a_note_becomes_a_hazard_where_the_trial_shows_it() -> None:
    note = finding(Hazard.RANDOM_STATE, "numpy.random", effects={})
    (one,) = merged([note], [finding(Hazard.RANDOM_STATE, "numpy.random", tried=True)])
    assert one.effects == FORK


def test_pools_that_the_code_cleared_stay_cleared() -> None:
    read = finding(Hazard.RESOURCE, "LOG")
    everywhere = dict.fromkeys(PoolKind, "broken")
    (one,) = merged([read], [finding(Hazard.RESOURCE, "LOG", effects=everywhere, tried=True)])
    assert one.effects == FORK


def test_a_change_in_a_trial_is_evidence_for_what_the_code_shows() -> None:
    race, other = finding(Hazard.RACE, "COUNTER.total"), finding(Hazard.STATE_CHANGED, "COUNTERS")
    seen = merged([race, other], [finding(Hazard.STATE_CHANGED_IN_TRIAL, "COUNTER", tried=True)])
    assert [(one.hazard, one.tried) for one in seen] == [(Hazard.RACE, True), (Hazard.STATE_CHANGED, False)]


def test_a_change_that_no_code_shows_is_a_finding_of_its_own() -> None:
    change = finding(Hazard.STATE_CHANGED_IN_TRIAL, "CACHE", tried=True)
    assert merged([finding(Hazard.LOCK, "CACHE")], [change])[1] == change
    assert merged([], [change, change]) == (change,)


def test_which_part_cannot_be_pickled_is_told_by_the_trial_and_shown_by_the_code() -> None:
    read = finding(Hazard.UNPICKLABLE, "the result of work", "work returns a dict of open files", spots=(SPOT,))
    tried = finding(Hazard.UNPICKLABLE, "result['log']", "result['log'] cannot be pickled", tried=True)
    (one,) = merged([read], [tried])
    assert (one.subject, one.message, one.spots) == ("result['log']", tried.message, (SPOT,))


def test_an_argument_whose_name_begins_like_a_result_is_no_result() -> None:
    read = finding(Hazard.UNPICKLABLE, "the result of work", "work returns a lambda")
    tried = finding(Hazard.UNPICKLABLE, "results[0]", "results[0] cannot be pickled", tried=True)
    assert merged([read], [tried]) == (read, tried)


def test_the_words_of_the_first_trial_stay() -> None:
    first, second = (finding(Hazard.UNPICKLABLE, "result", text, tried=True) for text in ("one", "two"))
    assert merged(merged([], [first]), [second]) == (first,)
