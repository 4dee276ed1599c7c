import sys
import threading
from collections.abc import Sequence

import pytest

from whichpool.claims import lost_updates
from whichpool.claims.lost_updates import WAYS, judge, measure
from whichpool.values import Holds, Measured

NONE = (0, 0)


def lost(
    *, gil: bool, plain: Sequence[int] = NONE, called: Sequence[int] = NONE, locked: Sequence[int] = NONE
) -> Measured:
    """Make up what two rounds of a thousand tries lost."""
    return {"gil": gil, "tries_a_round": 1_000, "plain_lost": plain, "called_lost": called, "locked_lost": locked}


def test_updates_lost_without_the_gil_let_the_claim_hold() -> None:
    assert judge(lost(gil=False, plain=(300, 200), called=(1, 0))).holds is Holds.HOLDS


def test_updates_lost_with_the_gil_refute_that_it_keeps_threads_apart() -> None:
    judgement = judge(lost(gil=True, called=(0, 17)))
    assert judgement.holds is Holds.DOES_NOT_HOLD
    assert "this one cannot show" in judgement.reason


def test_a_single_lost_update_is_proof() -> None:
    assert judge(lost(gil=False, plain=(0, 1))).holds is Holds.HOLDS
    assert judge(lost(gil=True, plain=(0, 1))).holds is Holds.DOES_NOT_HOLD


@pytest.mark.parametrize(("gil", "on"), [(True, "the GIL on"), (False, "no GIL on")])
def test_none_seen_lost_proves_nothing(gil: bool, on: str) -> None:  # noqa: FBT001 - a parameter of the test
    judgement = judge(lost(gil=gil))
    assert judgement.holds is Holds.CANNOT_TELL
    assert on in judgement.reason


@pytest.mark.parametrize("gil", [True, False])
def test_updates_lost_under_a_lock_show_that_the_count_is_wrong(gil: bool) -> None:  # noqa: FBT001 - a parameter of the test
    judgement = judge(lost(gil=gil, plain=(300, 200), locked=(0, 1)))
    assert judgement.holds is Holds.CANNOT_TELL
    assert "lock" in judgement.reason


def test_lost_updates_are_told_as_counted_with_the_number_of_tries() -> None:
    seen = judge(lost(gil=True, called=(1_000, 234))).seen
    assert seen == "of 2,000 tries each, two threads lost 0 by x += 1, 1,234 by x += f(), 0 by x += f() under a lock"


def test_no_more_is_lost_than_was_tried_and_nothing_under_a_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lost_updates, "TRIES", 50_000)
    monkeypatch.setattr(lost_updates, "ROUNDS", 3)
    before = sys.getswitchinterval()
    threads = threading.active_count()
    measured = measure()
    assert measured["tries_a_round"] == 100_000
    for way in WAYS:
        counts = measured[f"{way}_lost"]
        assert isinstance(counts, list)
        assert len(counts) == 3
        assert all(0 <= count <= 100_000 for count in counts)
    assert measured["locked_lost"] == [0, 0, 0]
    assert sys.getswitchinterval() == before
    assert threading.active_count() == threads
