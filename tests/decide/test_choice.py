"""Which worker counts of a pool are worth a try."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decide.drawing import anatomies, core_counts, item_counts, make_facts, sleeping
from tests.decide.making import PROCESSES, make_anatomy
from whichpool.decide.choice import Choice, choose, why_bounded
from whichpool.decide.forecast import bound_speedup
from whichpool.values import Anatomy, Band, NativeThreads, Options, Parcelled, Run, State, Strategy, Trial

HOLDING = make_anatomy(gil_held=Band(0.98, 1.0))
BLAS = make_anatomy(native_cpu_s=0.01, native=NativeThreads(("openblas",), 2), gil_held=Band(0.0, 0.1))
SLOW_TO_SEND = make_anatomy(1e-3, gil_held=Band(0.0, 0.0), results=Parcelled(1.0, 0.1e-3, 1e-3))
UNSENDABLE = make_anatomy(gil_held=Band(0.0, 0.0), results=None)


def chosen(
    anatomy: Anatomy, pool: str = "threads", items: int = 100, cores: float = 2, others: Sequence[str] = ()
) -> list[Run]:
    methods = ["fork"] if pool == "processes" else [None]
    return list(choose(Choice(Strategy(pool), anatomy, make_facts(items), Options(), cores), methods, others))


def raced(runs: Sequence[Run]) -> list[int]:
    return [run.strategy.workers for run in runs if run.state is State.RACED]


def best(runs: Sequence[Run]) -> int:
    return next(run.strategy.workers for run in runs if run.why.endswith("the best of its pool"))


@settings(max_examples=40)
@given(anatomies(), st.sampled_from(["threads", "processes"]), item_counts, core_counts)
def test_the_best_by_forecast_is_run_with_at_most_its_two_neighbours(
    anatomy: Anatomy, pool: str, items: int, cores: float
) -> None:
    runs = chosen(anatomy, pool, items, cores)
    steps = [run.strategy.workers for run in runs]
    assert steps == sorted(set(steps))
    places = [steps.index(workers) for workers in raced(runs)]
    assert 1 <= len(places) <= 3
    assert places == list(range(places[0], places[-1] + 1))


@settings(max_examples=40)
@given(anatomies(), st.sampled_from(["threads", "processes"]), item_counts, core_counts)
def test_what_is_left_out_on_a_bound_is_left_out_for_good_and_what_on_a_belief_may_be_called_up(
    anatomy: Anatomy, pool: str, items: int, cores: float
) -> None:
    for run in chosen(anatomy, pool, items, cores):
        if run.state is State.SKIPPED:
            bounded = why_bounded(anatomy, run.strategy, cores, Options().margin)
            if pool == "processes" and None in {anatomy.arguments, anatomy.results}:
                assert run.reason == "arguments or results cannot be pickled"
                continue
            assert run.in_reserve == (bounded is None)
            assert bounded is None or run.reason == bounded[1]


def test_neighbours_are_run_where_the_forecast_cannot_tell_them_from_the_best() -> None:
    unsure = make_anatomy(0.02, cpu_s=0.004, gil_held=Band(0.05, 0.25))
    runs = chosen(unsure, items=400)
    assert len(raced(runs)) > 1
    neighbours = {run.why for run in runs if run.why.startswith("next to ")}
    assert neighbours == {f"next to {best(runs)} workers, the best by forecast"}


def test_of_workers_that_are_as_good_the_fewest_are_the_best() -> None:
    assert best(chosen(sleeping(), items=8, cores=8)) == 8
    assert best(chosen(make_anatomy(gil_held=Band(0, 0)), items=100, cores=4)) == 4


def test_who_would_not_be_faster_even_at_best_is_told_so_and_kept_in_reserve() -> None:
    runs = chosen(make_anatomy(gil_held=Band(0, 0)), items=100, cores=4)
    two = next(run for run in runs if run.strategy.workers == 2)
    assert (two.state, two.in_reserve) == (State.SKIPPED, True)
    assert two.reason == "not much faster than threads ×4 even at best"


def test_results_that_cannot_travel_leave_processes_to_fail_by_themselves() -> None:
    runs = chosen(UNSENDABLE, "processes")
    assert len(raced(runs)) == 1
    assert {run.reason for run in runs} == {None, "arguments or results cannot be pickled"}


@pytest.mark.parametrize(
    ("spawn_s", "margin", "state"), [(1e-4, 0.05, State.RACED), (2e-3, 1.0, State.SKIPPED), (1.0, 0.05, State.SKIPPED)]
)
def test_a_start_method_is_added_only_where_it_beats_the_default_by_more_than_the_margin(
    spawn_s: float, margin: float, state: State
) -> None:
    opened = {"fork": 3e-3, "spawn": spawn_s}
    trials = tuple(Trial("processes", method, ready_s, 200e-6, ready_s) for method, ready_s in opened.items())
    anatomy = make_anatomy(1e-3, gil_held=Band(0, 0), trials=trials)
    choice = Choice(Strategy("processes"), anatomy, make_facts(10), Options(margin=margin), cores=2)
    (added,) = [run for run in choose(choice, ["fork"], ["spawn"]) if run.strategy.start_method == "spawn"]
    assert added.state is state
    assert not added.in_reserve


def test_a_start_method_that_was_not_tried_is_passed_over() -> None:
    assert {run.strategy.start_method for run in chosen(HOLDING, "processes", others=["spawn"])} == {"fork"}


def test_a_start_method_cannot_help_results_that_cannot_travel() -> None:
    anatomy = replace(UNSENDABLE, trials=(*UNSENDABLE.trials, Trial("processes", "spawn", 1e-6, 0.0, 0.0)))
    runs = chosen(anatomy, "processes", others=["spawn"])
    assert not any(run.state is State.RACED for run in runs if run.strategy.start_method == "spawn")


@pytest.mark.parametrize(
    ("anatomy", "strategy", "reason"),
    [
        (HOLDING, Strategy("threads", 2), "the GIL is held at least 98% of the time, at best 1.02×"),
        (HOLDING, Strategy("threads", 64), "the GIL is held at least 98% of the time, at best 1.02×"),
        (HOLDING, Strategy("threads", 1), "one worker is no more than a loop, at best 1.00×"),
        (SLOW_TO_SEND, PROCESSES, "pickling takes longer than computing, at best 0."),
        (BLAS, Strategy("threads", 2), "an item keeps the cores busy by itself, at best 1.00×"),
        (BLAS, PROCESSES, "an item keeps the cores busy by itself, at best 1.00×"),
    ],
)
def test_a_bound_is_told_with_its_reason_and_with_what_is_possible_at_best(
    anatomy: Anatomy, strategy: Strategy, reason: str
) -> None:
    bounded = why_bounded(anatomy, strategy, cores=2, margin=0.05)
    assert bounded is not None
    assert bounded[1].startswith(reason)
    assert bounded[0] == bound_speedup(anatomy, strategy.pool, strategy.workers, 2)


@pytest.mark.parametrize(
    ("anatomy", "strategy", "cores"),
    [
        (make_anatomy(gil_held=Band(0.9, 1.0)), Strategy("threads", 2), 2),  # at best 1.11×
        (HOLDING, PROCESSES, 2),
        (BLAS, Strategy("threads", 4), 4),
        (UNSENDABLE, PROCESSES, 2),
    ],
)
def test_what_may_be_faster_or_will_fail_by_itself_is_not_bounded(
    anatomy: Anatomy, strategy: Strategy, cores: float
) -> None:
    assert why_bounded(anatomy, strategy, cores, margin=0.05) is None


@given(anatomies(), st.integers(1, 64), core_counts, st.floats(0.01, 1))
def test_whoever_is_bounded_is_bounded_by_the_margin(
    anatomy: Anatomy, workers: int, cores: float, margin: float
) -> None:
    for pool in ("threads", "processes"):
        bounded = why_bounded(anatomy, Strategy(pool, workers, start_method=None), cores, margin)
        assert bounded is None or 0 < bounded[0] <= 1 + margin
