"""Which strategies are proposed, each with its reason; and which are left out, with theirs."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decide.drawing import METHODS, anatomies, core_counts, dissected, item_counts, make_facts, memories
from tests.decide.making import ITEMS, make_anatomy
from whichpool.decide.ladder import most_workers
from whichpool.decide.propose import propose, simplest_first
from whichpool.errors import Trouble, WrongCall
from whichpool.machine.memory import MemoryLeft
from whichpool.values import (
    THIS_PYTHON,
    Anatomy,
    Band,
    Failure,
    NativeThreads,
    Options,
    Python,
    Run,
    State,
    Strategy,
    Trial,
)

MB = 10**6

HOLDING = make_anatomy(gil_held=Band(0.98, 0.99))
RELEASING = make_anatomy(gil_held=Band(0.0, 0.01))
WAITING = make_anatomy(0.015, cpu_s=0.0005, gil_held=Band(0.02, 0.04))
BLAS = make_anatomy(native_cpu_s=0.01, native=NativeThreads(("openblas",), 2), gil_held=Band(0.0, 0.1))
LARGE = make_anatomy(0.1, cpu_s=0.0, gil_held=Band(0.0, 0.0), base_bytes=100 * MB, item_bytes=100 * MB)

a_few_counts = st.lists(st.integers(1, 5_000), max_size=3).map(tuple)
options = st.builds(
    Options,
    pools=st.sampled_from([(), ("threads",), ("processes",), ("serial", "processes", "threads")]),
    workers=a_few_counts,
    chunksizes=a_few_counts,
    start_methods=st.sampled_from([(), ("spawn",), ("spawn", "fork"), ("fork", "fork")]),
)


def proposed(
    anatomy: Anatomy | None,
    options: Options | None = None,
    items: int = ITEMS,
    cores: float = 2,
    memory: MemoryLeft | None = None,
) -> tuple[Run, ...]:
    return propose({THIS_PYTHON: dissected(anatomy, items)}, options or Options(), cores, memory)


def raced(runs: Sequence[Run]) -> list[str]:
    return [run.strategy.id for run in runs if run.state is State.RACED]


def best(runs: Sequence[Run]) -> list[str]:
    return [run.strategy.id for run in runs if run.why.endswith("the best of its pool")]


def run_of(runs: Sequence[Run], name: str) -> Run:
    return next(run for run in runs if run.strategy.id == name)


@settings(max_examples=40)
@given(st.none() | anatomies(), options, item_counts, core_counts, memories)
def test_there_are_never_more_workers_than_items(
    anatomy: Anatomy | None, options: Options, items: int, cores: float, memory: MemoryLeft | None
) -> None:
    assert all(run.strategy.workers <= items for run in proposed(anatomy, options, items, cores, memory))


@settings(max_examples=30)
@given(st.none() | anatomies(), item_counts, core_counts)
def test_unasked_no_pool_gets_more_workers_than_its_cap(anatomy: Anatomy | None, items: int, cores: float) -> None:
    for run in proposed(anatomy, None, items, cores)[1:]:
        if run.strategy.pool != "serial":
            assert run.strategy.workers <= most_workers(run.strategy.pool, items, cores)


@settings(max_examples=40)
@given(st.none() | anatomies(), options, item_counts, core_counts, memories)
def test_nothing_is_proposed_twice(
    anatomy: Anatomy | None, options: Options, items: int, cores: float, memory: MemoryLeft | None
) -> None:
    strategies = [run.strategy for run in proposed(anatomy, options, items, cores, memory)]
    assert len(set(strategies)) == len(strategies)


@settings(max_examples=40)
@given(st.none() | anatomies(), options, item_counts, core_counts, memories)
def test_serial_comes_first_and_is_raced_whatever_else_is(
    anatomy: Anatomy | None, options: Options, items: int, cores: float, memory: MemoryLeft | None
) -> None:
    first, *others = proposed(anatomy, options, items, cores, memory)
    assert (first.strategy, first.state) == (Strategy("serial"), State.RACED)
    assert {run.strategy.pool for run in others} <= {"serial", *(options.pools or ("threads", "processes"))}


@settings(max_examples=40)
@given(st.none() | anatomies(), options, item_counts, core_counts, memories)
def test_whatever_is_run_says_why_and_whatever_is_not_says_why_not(
    anatomy: Anatomy | None, options: Options, items: int, cores: float, memory: MemoryLeft | None
) -> None:
    for run in proposed(anatomy, options, items, cores, memory):
        assert run.state in {State.RACED, State.SKIPPED}
        assert run.why if run.state is State.RACED else run.reason
        assert run.state is State.SKIPPED or not run.in_reserve


@settings(max_examples=40)
@given(st.none() | anatomies(), options, item_counts, core_counts)
def test_every_pool_is_tried_where_the_memory_holds_it(
    anatomy: Anatomy | None, options: Options, items: int, cores: float
) -> None:
    tried = {run.strategy.pool for run in proposed(anatomy, options, items, cores) if run.state is State.RACED}
    assert tried == {"serial", *(options.pools or ("threads", "processes"))}


@settings(max_examples=40)
@given(st.none() | anatomies(), options, item_counts, core_counts, st.randoms(use_true_random=False))
def test_the_simplest_comes_first_whatever_the_order_before(
    anatomy: Anatomy | None, options: Options, items: int, cores: float, chance: Random
) -> None:
    runs = proposed(anatomy, options, items, cores)
    shuffled = list(runs)
    chance.shuffle(shuffled)
    assert simplest_first(shuffled, make_facts()) == runs


def test_simple_is_first_the_pool_then_few_workers_then_the_default_start_then_native_threads_left_alone() -> None:
    strategies = [
        Strategy("serial"),
        Strategy("serial", native_threads=1),
        Strategy("threads", 2),
        Strategy("threads", 2, native_threads=1),
        Strategy("threads", 8, 1),
        Strategy("threads", 8, 5),
        Strategy("processes", 2, start_method="spawn"),
        Strategy("processes", 2, start_method="fork"),
        Strategy("processes", 8, start_method="spawn"),
    ]
    facts = make_facts(start_methods=("spawn", "fork"))
    runs = simplest_first([Run(strategy) for strategy in reversed(strategies)], facts)
    assert [run.strategy for run in runs] == strategies


@given(st.none() | anatomies(), st.integers(1, 200), st.integers(1, 200), st.sampled_from(["threads", "processes"]))
def test_whatever_the_forecast_says_the_worker_counts_and_chunk_sizes_that_were_named_are_raced_and_no_others(
    anatomy: Anatomy | None, workers: int, chunksize: int, pool: str
) -> None:
    named = Options(pools=(pool,), workers=(workers, 1), chunksizes=(chunksize, 201))
    runs = proposed(anatomy, named, items=200)[1:]
    assert {(run.strategy.workers, run.strategy.chunksize) for run in runs} == {
        (count, size) for count in (workers, 1) for size in (chunksize, 201)
    }
    assert {(run.state, run.why) for run in runs} == {(State.RACED, "you named it")}


@pytest.mark.parametrize("pool", ["threads", "processes"])
def test_a_pool_that_was_named_is_tried_however_little_it_promises(pool: str) -> None:
    assert {name.partition("-")[0] for name in raced(proposed(HOLDING, Options(pools=(pool,))))} == {"serial", pool}


def test_what_was_named_is_not_run_where_the_memory_does_not_hold_it() -> None:
    named = Options(pools=("threads",), workers=(2, 64), chunksizes=(1,))
    runs = proposed(LARGE, named, memory=MemoryLeft(1_000 * MB, "available in all"))
    assert raced(runs) == ["serial", "threads-2-chunk1"]
    assert run_of(runs, "threads-64-chunk1").reason == (
        "64 workers × 100 MB + 100 MB = 6.5 GB would not fit the 1.0 GB that are left (available in all)"
    )


@given(anatomies(), item_counts, core_counts, st.integers(0, 1 << 36))
def test_nothing_that_the_memory_does_not_hold_is_run_or_may_be_called_up(
    anatomy: Anatomy, items: int, cores: float, left_bytes: int
) -> None:
    anatomy = replace(anatomy, base_bytes=100 * MB, item_bytes=10 * MB)
    for run in proposed(anatomy, None, items, cores, MemoryLeft(left_bytes, "available in all"))[1:]:
        if run.strategy.pool != "serial" and (run.state is State.RACED or run.in_reserve):
            assert 100 * MB + run.strategy.workers * 10 * MB <= left_bytes


def test_where_the_memory_does_not_hold_the_best_the_best_of_what_it_holds_is_run() -> None:
    runs = proposed(LARGE, memory=MemoryLeft(1_000 * MB, "available in all"))
    assert best(runs) == ["threads-8", "processes-8-fork"]


def test_threads_under_a_gil_that_is_always_held_get_one_run_to_check_the_bound() -> None:
    runs = proposed(HOLDING)
    threads = [run for run in runs if run.strategy.pool == "threads"]
    bound = "the GIL is held at least 98% of the time, at best 1.02×"
    assert [(run.strategy.workers, run.why) for run in threads if run.state is State.RACED] == [
        (2, f"to check a bound: {bound}")
    ]
    assert {run.reason for run in threads if run.state is State.SKIPPED} == {bound}
    assert not any(run.in_reserve for run in threads)


@pytest.mark.parametrize("cores", [2, 4, 8])
def test_work_that_only_computes_gets_as_many_processes_as_cores(cores: int) -> None:
    assert best(proposed(HOLDING, items=1_000, cores=cores)) == [f"processes-{cores}-fork"]
    assert best(proposed(RELEASING, items=1_000, cores=cores)) == [f"threads-{cores}", f"processes-{cores}-fork"]


def test_work_that_waits_gets_many_more_workers_than_cores() -> None:
    assert int(best(proposed(WAITING, items=400))[0].removeprefix("threads-")) >= 16


def test_two_items_get_two_workers_and_one_gets_one() -> None:
    assert raced(proposed(RELEASING, items=2)) == ["serial", "threads-2", "processes-2-fork"]
    assert {run.strategy.workers for run in proposed(RELEASING, items=1)} == {1}


def test_processes_are_started_by_the_pythons_own_default_unless_another_way_was_tried() -> None:
    assert {run.strategy.start_method for run in proposed(RELEASING)[1:]} == {None, "fork"}


def test_another_start_method_is_run_only_where_it_gains() -> None:
    tried = (Trial("processes", "spawn", 0.5, 2e-4, 0.01), Trial("processes", "forkserver", 1e-4, 2e-4, 1e-4))
    runs = proposed(replace(RELEASING, trials=(*RELEASING.trials, *tried)), items=4)
    spawn, forkserver = (
        next(run for run in runs if run.strategy.start_method == method) for method in ("spawn", "forkserver")
    )
    assert (forkserver.state, spawn.state) == (State.RACED, State.SKIPPED)
    assert forkserver.why.endswith(" by fork")
    assert spawn.reason is not None
    assert spawn.reason.endswith(" by fork, this Python's default")
    assert not spawn.in_reserve


def test_every_start_method_that_was_named_is_raced() -> None:
    named = Options(pools=("processes",), start_methods=("spawn", "fork"), workers=(2,))
    assert set(raced(proposed(HOLDING, named))) == {"serial", "processes-2-spawn", "processes-2-fork"}
    assert set(best(proposed(HOLDING, replace(named, workers=())))) == {"processes-2-spawn", "processes-2-fork"}


def test_a_start_method_that_the_python_does_not_have_is_a_wrong_call_that_names_those_it_has() -> None:
    with pytest.raises(WrongCall, match=r"by 'forkserver' here; it can by spawn, fork"):
        propose(
            {THIS_PYTHON: dissected(None, start_methods=("spawn", "fork"))},
            Options(start_methods=("forkserver",)),
            2,
            memory=None,
        )


@pytest.mark.parametrize(
    ("pools", "words"),
    [(("green",), "there is no pool 'green'; there are serial, asyncio"), (("serial",), "nothing to compare serial")],
)
def test_pools_that_there_are_not_or_that_leave_nothing_to_compare_are_a_wrong_call(
    pools: tuple[str, ...], words: str
) -> None:
    with pytest.raises(WrongCall, match=words):
        proposed(None, Options(pools=pools))


def test_native_threads_are_held_to_one_beside_each_pool_that_is_no_larger_than_the_cores() -> None:
    runs = proposed(BLAS)
    limited = [run for run in runs if run.strategy.native_threads is not None]
    assert [run.strategy.id for run in limited] == ["serial-native1", "threads-2-native1", "processes-2-fork-native1"]
    assert {(run.state, run.why) for run in limited} == {(State.RACED, "openblas uses 2 threads by itself")}


def test_native_threads_that_no_library_answers_for_are_held_to_one_as_well() -> None:
    runs = proposed(replace(BLAS, native=NativeThreads((), 4)))
    assert run_of(runs, "serial-native1").why == "a native library uses 4 threads by itself"


@pytest.mark.parametrize("anatomy", [HOLDING, WAITING, None])
def test_where_nothing_native_computes_nothing_is_limited(anatomy: Anatomy | None) -> None:
    assert {run.strategy.native_threads for run in proposed(anatomy)} == {None}


def test_a_function_that_could_not_be_looked_at_gets_a_few_steps_of_the_ladder() -> None:
    failure = Failure(Trouble.CUT, "gave no result within 5 s, and was stopped")
    runs = propose({THIS_PYTHON: dissected(None, failure=failure)}, Options(), 2, MemoryLeft(0, "available in all"))
    assert raced(runs) == ["serial", "threads-2", "threads-16", "processes-2-fork", "processes-8-fork"]
    assert {run.why for run in runs[1:]} == {"a step of the ladder"}


@pytest.mark.parametrize("anatomy", [HOLDING, WAITING, None, BLAS])
def test_every_strategy_runs_in_the_python_that_was_named(anatomy: Anatomy | None) -> None:
    python = Python("/opt/python3.13")
    runs = propose({python: dissected(anatomy)}, Options(pythons=(python,)), 2, memory=None)
    assert {run.strategy.python for run in runs} == {python}


@pytest.mark.parametrize("anatomy", [HOLDING, WAITING, None, BLAS])
def test_only_processes_have_a_start_method(anatomy: Anatomy | None) -> None:
    for run in proposed(anatomy, Options(start_methods=METHODS)):
        assert (run.strategy.start_method is not None) == (run.strategy.pool == "processes")
