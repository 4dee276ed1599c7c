"""What is known of the machine fills the gaps of a look, and touches nothing else."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.costs import COSTS, MIB, SPAWN, THREADS
from whichpool.decide.known_costs import with_costs
from whichpool.values import Anatomy, Band, Trial

TRIED = Trial("threads", None, ready_s=1.0, handover_s=2.0, close_s=3.0)
ANATOMY = Anatomy(
    item_s=0.01,
    cpu_s=0.01,
    native_cpu_s=0.0,
    gil_held=Band(1.0, 1.0),
    timings=(),
    arguments=None,
    results=None,
    native=None,
    base_bytes=None,
    loaded_bytes=None,
    item_bytes=None,
    trials=(TRIED,),
    cost_s=0.1,
)


def test_what_the_look_tried_stays() -> None:
    assert with_costs(ANATOMY, COSTS).trial("threads", None) == TRIED


def test_what_the_look_did_not_try_is_added_by_its_medians() -> None:
    assert with_costs(ANATOMY, COSTS).trial("processes", "spawn") == Trial(
        "processes", "spawn", ready_s=0.07, handover_s=2e-4, close_s=0.01, worker_bytes=9_000_000, beforehand=True
    )


def test_the_speed_of_the_pipe_is_added() -> None:
    assert ANATOMY.pipe_bytes_per_s is None
    assert with_costs(ANATOMY, COSTS).pipe_bytes_per_s == MIB / 0.003


def test_a_worker_whose_memory_nobody_tells_has_none() -> None:
    costs = replace(COSTS, pools=(replace(SPAWN, private_bytes=()),))
    trial = with_costs(ANATOMY, costs).trial("processes", "spawn")
    assert trial is not None
    assert trial.worker_bytes is None


def test_a_pool_that_was_opened_and_never_measured_is_not_added() -> None:
    costs = replace(COSTS, pools=(replace(SPAWN, ready_s=()),))
    assert with_costs(ANATOMY, costs).trials == (TRIED,)


@given(st.booleans())
def test_adding_twice_is_adding_once(with_threads: bool) -> None:  # noqa: FBT001 - hypothesis names it
    costs = replace(COSTS, pools=(THREADS, SPAWN) if with_threads else (SPAWN,))
    once = with_costs(ANATOMY, costs)
    assert with_costs(once, costs) == once
    assert replace(once, trials=ANATOMY.trials, pipe_bytes_per_s=None) == ANATOMY
