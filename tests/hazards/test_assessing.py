"""What an examination means for each pool."""

from dataclasses import replace

from whichpool.hazards.assessing import assess
from whichpool.values import APART, Assessment, Examination, Finding, Hazard, PoolKind, Status, Unseen

LOST = Finding(Hazard.STATE_ASSIGNED, "COUNT", "COUNT is assigned", dict.fromkeys(APART, "its value is lost"), "")
NOTE = Finding(Hazard.PER_WORKER_CACHE, "slow", "slow fills its cache", {}, "")
OPEN = Unseen((PoolKind.INTERPRETERS, PoolKind.FORK), "not tried here")


def by_kind(*findings: Finding, unseen: tuple[Unseen, ...] = ()) -> dict[PoolKind, Assessment]:
    assessments = assess(Examination("3.11.7", ("count",), findings, unseen))
    assert [assessment.kind for assessment in assessments] == list(PoolKind)
    return {assessment.kind: assessment for assessment in assessments}


def test_a_pool_in_which_a_finding_has_an_effect_has_a_hazard_that_names_its_subject() -> None:
    assessments = by_kind(LOST)
    assert assessments[PoolKind.FORK] == Assessment(PoolKind.FORK, Status.HAZARD, ("COUNT: its value is lost",))
    assert assessments[PoolKind.THREADS] == Assessment(PoolKind.THREADS, Status.NONE_FOUND)


def test_a_note_is_no_hazard() -> None:
    assert {assessment.status for assessment in by_kind(NOTE).values()} == {Status.NONE_FOUND}


def test_what_was_not_looked_at_leaves_open_only_the_pools_that_it_concerns() -> None:
    assessments = by_kind(unseen=(OPEN,))
    could_not = Assessment(PoolKind.INTERPRETERS, Status.COULD_NOT_LOOK, ("not tried here",))
    assert assessments[PoolKind.INTERPRETERS] == could_not
    assert assessments[PoolKind.FORK].status is Status.COULD_NOT_LOOK
    assert assessments[PoolKind.SPAWN].status is Status.NONE_FOUND


def test_a_hazard_that_was_found_counts_for_more_than_what_was_not_looked_at() -> None:
    assessments = by_kind(LOST, unseen=(OPEN,))
    assert assessments[PoolKind.FORK].status is Status.HAZARD
    assert assessments[PoolKind.FORK].reasons == ("COUNT: its value is lost",)


def test_what_comes_twice_of_one_subject_is_told_once() -> None:
    raced = replace(LOST, hazard=Hazard.STATE_CHANGED)
    assert by_kind(LOST, raced)[PoolKind.SPAWN].reasons == ("COUNT: its value is lost",)


def test_no_pool_is_ever_called_safe() -> None:
    assert not any("safe" in status for status in Status)
