"""Claims are put to the test one after the other, under each Python."""

import pytest

from whichpool.claims.catalogue import CATALOGUE, NUMBERS, Row
from whichpool.comparison.claiming import put_to_the_test
from whichpool.errors import Trouble, WrongCall
from whichpool.lab.wire import Tried
from whichpool.values import Failure, Holds

SEEN = {
    "start_methods": ["fork"],
    "thread_worker_saw": ["global", "list", "object"],
    "thread_parent_saw": ["global", "list", "object"],
    "fork_worker_saw": ["global", "list", "object"],
    "fork_parent_saw": [],
}


def ignore(_number: int, _python: str) -> None:
    pass


def test_each_claim_is_tried_under_every_python() -> None:
    asked = []

    def attempt(number: int, python: str, _limit_s: float) -> Tried:
        asked.append((number, python))
        return Tried(f"version of {python}", SEEN, 0.1)

    ((row, experiments),) = put_to_the_test([1], ["here", "there"], ignore, attempt)
    assert row.number == 1
    assert asked == [(1, "here"), (1, "there")]
    assert [experiment.python for experiment in experiments] == ["version of here", "version of there"]
    assert [experiment.judgement.holds for experiment in experiments] == [Holds.HOLDS, Holds.HOLDS]


def test_without_numbers_all_claims_are_tried() -> None:
    def attempt(_number: int, _python: str, _limit_s: float) -> Failure:
        return Failure(Trouble.CUT, "cut")

    tested = list(put_to_the_test([], [""], ignore, attempt))
    assert tuple(row.number for row, _ in tested) == NUMBERS == tuple(range(1, 14))


def test_an_experiment_that_breaks_off_tells_nothing_about_the_claim() -> None:
    def attempt(_number: int, _python: str, _limit_s: float) -> Failure:
        return Failure(Trouble.DIED, "the process was killed by SIGKILL")

    ((_, (experiment,)),) = put_to_the_test([3], [""], ignore, attempt)
    assert experiment.judgement.holds is Holds.CANNOT_TELL
    assert "killed by SIGKILL" in experiment.judgement.reason


def test_a_claim_that_there_is_not_is_refused_before_any_is_tried() -> None:
    def attempt(_number: int, _python: str, _limit_s: float) -> Failure:
        pytest.fail("nothing may be tried")

    with pytest.raises(WrongCall, match="no claim 14; they are numbered 1 to 13"):
        list(put_to_the_test([1, 14], [""], ignore, attempt))


def test_an_experiment_runs_in_a_child_for_real() -> None:
    ((_, (experiment,)),) = put_to_the_test([1], [""], ignore)
    assert experiment.judgement.holds is Holds.HOLDS
    assert experiment.elapsed_s > 0


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: str(row.number))
def test_every_claim_shows_its_program_whole(row: Row) -> None:
    source = row.source()
    assert source.startswith(f'"""Claim {row.number}')
    assert "run_alone(measure, judge)" in source
