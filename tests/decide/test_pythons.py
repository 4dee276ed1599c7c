"""A race of several Pythons: each has its own anatomy and its own strategies, and all are held against one loop."""

from dataclasses import replace

import pytest

from tests.decide.drawing import dissected, sleeping
from tests.decide.making import ITEMS, make_anatomy, make_sample
from whichpool.decide.break_even import break_even
from whichpool.decide.estimates import entries
from whichpool.decide.evidence import Evidence
from whichpool.decide.hazards import hazard_caveats
from whichpool.decide.plan import Plan, make_plan
from whichpool.decide.propose import propose, simplest_first
from whichpool.decide.record import make_record
from whichpool.decide.verdict import conclude
from whichpool.decide.warm_up import who_is_bounded, who_stays_out
from whichpool.errors import WrongCall
from whichpool.machine.memory import MemoryLeft
from whichpool.values import (
    Band,
    Dissection,
    Finding,
    Hazard,
    Options,
    PoolKind,
    Python,
    Run,
    State,
    Strategy,
    Trial,
    Workload,
)

OLD, FREE = Python("/opt/python3.11", "3.11"), Python("/opt/python3.14t", "3.14t")
FREE_WITH_GIL = Python("/opt/python3.14t", "3.14t GIL on", gil_on=True)
HOLDING = make_anatomy(gil_held=Band(0.98, 1.0))
WITHOUT_GIL = make_anatomy(gil_held=Band(0.0, 0.0))
LOOKS = {OLD: dissected(HOLDING), FREE: dissected(WITHOUT_GIL, gil=False, python="3.14.0")}
BOTH = Options(pythons=(OLD, FREE), pools=("threads",))
UNREST = (1.000, 1.006, 0.997, 1.003, 0.995, 1.008, 1.001, 0.999, 1.004, 0.996, 1.002, 0.998)


def on(python: Python, pool: str = "serial", workers: int = 1) -> Strategy:
    return Strategy(pool, workers, start_method="fork" if pool == "processes" else None, python=python)


def run(strategy: Strategy, job_s: float, rounds: int = 12) -> Run:
    shift = strategy.workers
    samples = (
        make_sample(job_s * UNREST[(number + shift) % len(UNREST)], round=number) for number in range(rounds + 1)
    )
    return Run(strategy, tuple(samples))


def seen(*runs: Run, options: Options = BOTH) -> Evidence:
    return Evidence(LOOKS, Plan(ITEMS, ITEMS, 1.0, 10.0, cores=8), options, runs)


def test_each_python_gets_its_own_strategies_those_of_the_first_before_the_others() -> None:
    runs = propose(LOOKS, BOTH, 8, None)
    assert [run.strategy.python for run in runs] == sorted((run.strategy.python for run in runs), key=list(LOOKS).index)
    for python in LOOKS:
        (serial,) = [run for run in runs if run.strategy.is_serial and run.strategy.python == python]
        assert serial.state is State.RACED


def test_what_one_python_is_bounded_by_bounds_no_other() -> None:
    runs = propose(LOOKS, replace(BOTH, pools=()), 8, None)
    raced = [run.strategy for run in runs if run.state is State.RACED and "bound" not in run.why]
    assert {strategy.python for strategy in raced if strategy.pool == "threads"} == {FREE}
    warm_up_s = {on(OLD): 1.0, on(OLD, "threads", 8): 1.0, on(FREE): 1.1, on(FREE, "threads", 8): 1.1}
    assert list(who_is_bounded(warm_up_s, LOOKS, cores=8, margin=0.05)) == [on(OLD, "threads", 8)]


def test_the_worker_count_is_chosen_for_each_python_by_itself() -> None:
    warm_up_s = {on(python, "threads", workers): float(workers) for python in LOOKS for workers in (2, 8)}
    assert set(who_stays_out(warm_up_s)) == {on(python, "threads", 8) for python in LOOKS}


def test_of_several_pythons_only_the_best_worker_count_of_each_pool_is_tried() -> None:
    looks = {python: dissected(sleeping()) for python in LOOKS}
    raced = [run.strategy for run in propose(looks, BOTH, 8, None) if run.state is State.RACED]
    assert len([strategy for strategy in raced if strategy.pool == "threads"]) == len(LOOKS)


def test_a_sample_is_as_long_as_the_slowest_python_lets_it_be() -> None:
    looks = {OLD: dissected(make_anatomy(1e-3), items=100_000), FREE: dissected(make_anatomy(0.1), items=100_000)}
    runs = [Run(on(python)) for python in looks]
    both = make_plan(looks, runs, BOTH, 10.0, cores=8)
    slow = make_plan({FREE: looks[FREE]}, runs, BOTH, 10.0, cores=8)
    assert both.measured_items == slow.measured_items < 1_000


def test_all_are_held_against_the_loop_of_the_first_and_the_verdict_names_the_python() -> None:
    evidence = seen(
        run(on(OLD), 1.0), run(on(OLD, "threads", 8), 1.02), run(on(FREE), 1.1), run(on(FREE, "threads", 8), 0.2)
    )
    found = {entry.strategy: entry for entry in entries(evidence)}
    speedup = found[on(FREE, "threads", 8)].vs_serial
    assert speedup is not None
    assert speedup.value == pytest.approx(5.0, rel=0.02)
    verdict = conclude(evidence, tuple(found.values()))
    assert verdict.strategy == on(FREE, "threads", 8)
    assert "Use threads ×8 on 3.14t: 5" in verdict.sentence
    assert "than serial on 3.11" in verdict.sentence


def test_of_two_pythons_that_are_as_fast_the_first_is_the_answer() -> None:
    evidence = seen(run(on(OLD), 1.0), run(on(FREE), 1.0))
    assert conclude(evidence, entries(evidence)).strategy == on(OLD)


def test_processes_are_compared_with_the_threads_of_their_own_python() -> None:
    jobs_s = {on(OLD): 1.0, on(OLD, "threads", 8): 1.0, on(OLD, "processes", 8): 0.5}
    jobs_s |= {on(FREE): 1.0, on(FREE, "threads", 8): 0.25, on(FREE, "processes", 8): 0.5}
    found = {entry.strategy: entry for entry in entries(seen(*(run(*each) for each in jobs_s.items())))}
    ratios = {python: found[on(python, "processes", 8)].vs_threads for python in LOOKS}
    assert {python: round(ratio.value, 1) for python, ratio in ratios.items() if ratio} == {OLD: 2.0, FREE: 0.5}


def test_the_forecast_of_other_sizes_goes_by_the_anatomy_of_each_python() -> None:
    evidence = seen(run(on(OLD), 1.0), run(on(FREE), 1.1), run(on(FREE, "threads", 8), 0.2))
    found = entries(evidence)
    outlook = break_even(evidence, found, conclude(evidence, found))
    assert outlook is not None
    assert outlook.sizes[-1].strategy == on(FREE, "threads", 8)


def test_a_hazard_of_threads_is_told_for_the_build_that_ran_them() -> None:
    finding = Finding(
        Hazard.RACE,
        "total",
        "total is updated by every call",
        {PoolKind.THREADS: "updates are seldom lost", PoolKind.FREE_THREADS: "updates are lost"},
        "use a lock",
    )
    looks = {python: replace(look, findings=(finding,)) for python, look in LOOKS.items()}
    evidence = replace(seen(run(on(FREE, "threads", 8), 1.0)), looks=looks)
    (caveat,) = hazard_caveats(evidence)
    assert "updates are lost" in caveat.message
    assert "seldom" not in caveat.message


def test_the_record_lists_the_pythons_in_the_order_in_which_they_were_asked_for() -> None:
    broken = Python("/opt/broken", "broken")
    options = replace(BOTH, pythons=(OLD, broken, FREE))
    evidence = replace(seen(run(on(OLD), 1.0), run(on(FREE), 1.1), options=options), absent={broken: "it crashes"})
    record = make_record(Workload("app.py:work"), {}, evidence, 1.0, outlook=True)
    assert [seen.python for seen in record.pythons] == [OLD, broken, FREE]
    assert [seen.why_not for seen in record.pythons] == ["", "it crashes", ""]


def test_a_pool_that_was_named_and_cannot_be_had_says_why_and_costs_no_other() -> None:
    look = dissected(WITHOUT_GIL, unavailable={"loky": "loky is not installed: python -m pip install loky"})
    runs = propose({OLD: look}, Options(pythons=(OLD,), pools=("threads", "loky")), 8, None)
    (loky,) = [run for run in runs if run.strategy.pool == "loky"]
    assert (loky.state, loky.reason) == (State.SKIPPED, "loky is not installed: python -m pip install loky")
    assert any(run.strategy.pool == "threads" and run.state is State.RACED for run in runs)


def test_a_pool_that_cannot_be_had_is_not_spoken_of_unasked() -> None:
    assert {run.strategy.pool for run in propose({OLD: dissected(HOLDING)}, Options(pythons=(OLD,)), 8, None)} == {
        "serial",
        "threads",
        "processes",
    }


def test_where_every_pool_that_was_named_cannot_be_had_the_call_is_wrong_with_the_reasons() -> None:
    look = dissected(HOLDING, unavailable={"ray": "ray is not installed: python -m pip install ray"})
    with pytest.raises(WrongCall, match="nothing to compare serial with: ray: ray is not installed"):
        propose({OLD: look}, Options(pythons=(OLD,), pools=("ray",)), 8, None)


def loky(ready_s: float) -> Dissection:
    trials = (*HOLDING.trials, Trial("loky", None, ready_s, 200e-6, ready_s))
    unavailable = dict.fromkeys(("asyncio", "interpreters"), "it is not there")
    return dissected(replace(HOLDING, trials=trials), unavailable=unavailable)


def states_of_loky(look: Dissection, options: Options) -> set[State]:
    return {run.state for run in propose({OLD: look}, options, 8, None) if run.strategy.pool == "loky"}


def test_a_pool_beside_a_simpler_one_of_its_kind_is_tried_only_where_it_gains_by_forecast() -> None:
    alone = Options(pythons=(OLD,))
    assert states_of_loky(loky(0.3), alone) == {State.SKIPPED}
    assert State.RACED in states_of_loky(loky(1e-9), alone)


def test_a_pool_that_takes_closures_is_tried_where_the_function_is_one() -> None:
    look = loky(0.3)
    closure = replace(look, facts=replace(look.facts, by_value=True))
    assert State.RACED in states_of_loky(closure, Options(pythons=(OLD,)))


def test_a_pool_beside_a_simpler_one_of_its_kind_is_tried_where_it_is_named() -> None:
    assert State.RACED in states_of_loky(loky(0.3), Options(pythons=(OLD,), pools=("loky",)))


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (Options(), {"asyncio", "interpreters", "loky"}),
        (Options(pools=("dask",)), {"dask"}),
        (Options(dask="tcp://127.0.0.1:8786"), {"asyncio", "interpreters", "loky", "dask"}),
        (Options(ray="127.0.0.1:6379"), {"asyncio", "interpreters", "loky", "ray"}),
    ],
)
def test_a_cluster_is_raced_only_where_it_is_named_or_its_address_is(options: Options, wanted: set[str]) -> None:
    look = dissected(HOLDING, unavailable={})
    pools = {run.strategy.pool for run in propose({options.pythons[0]: look}, options, 8, None)}
    assert pools - {"serial", "threads", "processes"} == wanted


def test_a_cluster_that_runs_is_asked_for_no_more_workers_than_it_has() -> None:
    look = dissected(sleeping(), most_workers={"dask": 3})
    options = Options(pools=("dask",), dask="tcp://127.0.0.1:8786")
    runs = [run for run in propose({options.pythons[0]: look}, options, 8, None) if run.strategy.pool == "dask"]
    assert {run.strategy.workers for run in runs} == {2, 3}
    assert {run.strategy.address for run in runs} == {"tcp://127.0.0.1:8786"}


def test_a_build_with_its_gil_on_is_started_that_way_and_is_another_strategy() -> None:
    assert on(FREE_WITH_GIL).environment == {"PYTHON_GIL": "1"}
    assert on(FREE_WITH_GIL).id != on(FREE).id
    assert str(on(FREE_WITH_GIL, "threads", 8)) == "threads ×8 on 3.14t GIL on"
    assert on(FREE_WITH_GIL) != on(FREE)


def test_of_an_event_loop_and_threads_that_are_as_fast_the_loop_is_the_answer() -> None:
    alone = {OLD: LOOKS[OLD]}
    runs = (run(on(OLD), 4.0), run(on(OLD, "asyncio", 64), 0.1), run(on(OLD, "threads", 64), 0.099))
    ordered = simplest_first(runs[::-1], LOOKS[OLD].facts)
    assert [each.strategy.pool for each in ordered] == ["serial", "asyncio", "threads"]
    evidence = Evidence(alone, Plan(ITEMS, ITEMS, 1.0, 10.0, cores=8), Options(pythons=(OLD,)), ordered)
    assert conclude(evidence, entries(evidence)).strategy == on(OLD, "asyncio", 64)


def test_a_cluster_elsewhere_is_judged_by_its_own_cores_and_memory() -> None:
    large = make_anatomy(gil_held=Band(0.98, 1.0), base_bytes=10**9, item_bytes=10**9)
    options = Options(pools=("dask",), dask="tcp://far:8786")
    runs = propose(
        {options.pythons[0]: dissected(large, most_workers={"dask": 64})}, options, 1, MemoryLeft(10**9, "all")
    )
    dask = [run for run in runs if run.strategy.pool == "dask"]
    assert any(run.strategy.workers > 8 and run.state is State.RACED for run in dask)
    assert not [run.reason for run in dask if run.reason and "memory" in run.reason]


def test_no_more_workers_are_asked_for_than_a_cluster_has_even_where_more_are_named() -> None:
    options = Options(pools=("dask",), dask="tcp://far:8786", workers=(8,))
    runs = propose({options.pythons[0]: dissected(HOLDING, most_workers={"dask": 3})}, options, 8, None)
    (dask,) = [run for run in runs if run.strategy.pool == "dask"]
    assert (dask.strategy.workers, dask.why) == (3, "you named more workers, but there are only 3 workers there")


def test_a_start_method_that_one_python_lacks_is_left_to_the_others() -> None:
    looks = {OLD: dissected(HOLDING), FREE: dissected(HOLDING, start_methods=("spawn",))}
    options = Options(pythons=(OLD, FREE), pools=("processes",), start_methods=("fork",), workers=(2,))
    methods = {run.strategy.python: run.strategy.start_method for run in propose(looks, options, 8, None)}
    assert methods == {OLD: "fork", FREE: "spawn"}


def test_where_the_first_loop_could_not_be_looked_at_nothing_is_said_of_other_sizes() -> None:
    looks = {OLD: replace(LOOKS[OLD], anatomy=None), FREE: LOOKS[FREE]}
    evidence = replace(seen(run(on(OLD), 1.0), run(on(FREE), 1.1), run(on(FREE, "threads", 8), 0.2)), looks=looks)
    found = entries(evidence)
    assert break_even(evidence, found, conclude(evidence, found)) is None
