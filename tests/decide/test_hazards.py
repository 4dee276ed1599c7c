"""Hazards that the code shows become caveats of the pools that were run, and of no other."""

from dataclasses import replace

import pytest

from tests.decide.making import PROCESSES, SERIAL, THREADS, make_evidence, make_sample
from whichpool.decide.evidence import Evidence
from whichpool.decide.hazards import hazard_caveats, pool_kind
from whichpool.values import Code, Finding, Hazard, PoolKind, Run, Spot, Strategy

LOST = "the caller never sees the change"
COUNTER = Finding(
    Hazard.STATE_CHANGED,
    "COUNTER",
    "COUNTER, a dict of the module, is changed",
    {PoolKind.FORK: LOST, PoolKind.SPAWN: LOST, PoolKind.THREADS: "two calls can collide"},
    "return it instead",
    (Spot("app.py", 12, "COUNTER[word] += 1", "count"),),
)


@pytest.mark.parametrize(
    ("strategy", "gil", "kind"),
    [
        (SERIAL, True, None),
        (THREADS, True, PoolKind.THREADS),
        (THREADS, False, PoolKind.FREE_THREADS),
        (PROCESSES, True, PoolKind.FORK),
        (Strategy("processes", 2, start_method="spawn"), True, PoolKind.SPAWN),
        (Strategy("processes", 2, start_method="forkserver"), False, PoolKind.SPAWN),
    ],
)
def test_a_strategy_is_concerned_by_what_concerns_its_workers(
    strategy: Strategy, *, gil: bool, kind: PoolKind | None
) -> None:
    assert pool_kind(strategy, gil=gil) is kind


def seen(finding: Finding, *strategies: Strategy) -> Evidence:
    runs = tuple(Run(strategy, (make_sample(),)) for strategy in strategies)
    seen = make_evidence()
    looks = {python: replace(look, findings=(finding,)) for python, look in seen.looks.items()}
    return replace(seen, looks=looks, runs=(*runs, Run(Strategy("threads", 64))))


def test_a_hazard_is_told_of_the_pools_that_ran() -> None:
    (caveat,) = hazard_caveats(seen(COUNTER, SERIAL, PROCESSES))
    assert caveat.code is Code.HAZARD
    assert caveat.message == (
        "COUNTER, a dict of the module, is changed (line 12). In processes (fork): the caller never sees the change. "
        "Return it instead"
    )


def test_pools_in_which_the_same_comes_of_it_are_told_together() -> None:
    (caveat,) = hazard_caveats(seen(COUNTER, SERIAL, PROCESSES, Strategy("processes", 2, start_method="spawn")))
    assert "In processes (fork), processes (spawn, forkserver): the caller never sees the change." in caveat.message


def test_a_hazard_of_a_pool_that_did_not_run_is_not_told() -> None:
    assert list(hazard_caveats(seen(COUNTER, SERIAL))) == []


def test_a_mere_note_is_no_caveat() -> None:
    assert list(hazard_caveats(seen(replace(COUNTER, effects={}), SERIAL, PROCESSES))) == []
