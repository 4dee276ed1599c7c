"""The warm-up round: who is called up in it, and who goes on to the race."""

import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decide.drawing import LADDER, dissected, sleeping, times_s
from tests.decide.making import PROCESSES, SERIAL, THREADS, make_anatomy
from whichpool.decide.warm_up import call_up, who_is_bounded, who_stays_out
from whichpool.values import THIS_PYTHON, Anatomy, Band, Dissection, Python, Run, State, Strategy

HOLDING = make_anatomy(gil_held=Band(0.98, 1.0))
STEPS = (2, 4, 8, 16, 32)

warm_ups = st.lists(times_s, min_size=len(LADDER), max_size=len(LADDER)).map(
    lambda jobs_s: dict(zip(LADDER, jobs_s, strict=True))
)


def looks(anatomy: Anatomy) -> dict[Python, Dissection]:
    return {THIS_PYTHON: dissected(anatomy)}


def threads(workers: int) -> Strategy:
    return Strategy("threads", workers)


def climb(jobs_s: Mapping[int, float], *, in_reserve: bool = True) -> Run | None:
    """Call up after those with a time were run, and the other steps of the ladder left out."""
    runs = [
        Run(threads(workers))
        if workers in jobs_s
        else Run(threads(workers), state=State.SKIPPED, reason="by forecast not faster", in_reserve=in_reserve)
        for workers in STEPS
    ]
    return call_up(runs, {threads(workers): job_s for workers, job_s in jobs_s.items()})


@pytest.mark.parametrize(
    ("jobs_s", "workers"),
    [
        ({4: 2.0, 8: 1.0}, 16),
        ({4: 1.0, 8: 2.0}, 2),
        ({4: 3.0, 8: 2.0, 16: 1.0}, 32),
        ({2: 1.0, 4: 2.0}, None),
        ({16: 2.0, 32: 1.0}, None),
        ({4: 2.0, 8: 1.0, 16: 2.0}, None),
        ({8: 1.0}, None),
    ],
)
def test_the_neighbour_of_a_best_one_at_the_edge_is_called_up(jobs_s: dict[int, float], workers: int | None) -> None:
    called = climb(jobs_s)
    assert (called.strategy.workers if called else None) == workers


def test_who_was_left_out_on_a_bound_is_never_called_up() -> None:
    assert climb({4: 2.0, 8: 1.0}, in_reserve=False) is None


def test_calling_up_goes_on_until_the_best_has_both_its_neighbours_beside_it() -> None:
    truth_s = {2: 5.0, 4: 4.0, 8: 3.0, 16: 2.0, 32: 2.5}
    run = {2: 5.0, 4: 4.0}
    while called := climb(run):
        run[called.strategy.workers] = truth_s[called.strategy.workers]
    assert run == truth_s


def test_a_neighbour_that_failed_is_not_called_up_again() -> None:
    runs = [Run(threads(2)), Run(threads(4)), Run(threads(8), state=State.FAILED, in_reserve=True)]
    assert call_up(runs, {threads(2): 2.0, threads(4): 1.0}) is None


@given(st.dictionaries(st.sampled_from(STEPS), times_s, min_size=2))
def test_whoever_is_called_up_stands_next_to_the_best(jobs_s: dict[int, float]) -> None:
    called = climb(jobs_s)
    if called is not None:
        best_s = min(jobs_s.values())
        best = min(workers for workers, job_s in jobs_s.items() if job_s <= 1.1 * best_s)
        assert abs(STEPS.index(called.strategy.workers) - STEPS.index(best)) == 1
        assert called.strategy.workers not in jobs_s


@pytest.mark.parametrize("other", [PROCESSES, Strategy("threads", 4, native_threads=1)])
def test_neighbours_differ_in_their_number_of_workers_only(other: Strategy) -> None:
    runs = [Run(THREADS), Run(threads(4)), Run(other, state=State.SKIPPED, reason="a belief", in_reserve=True)]
    assert call_up(runs, {THREADS: 2.0, threads(4): 1.0}) is None


@given(warm_ups)
def test_one_worker_count_of_each_pool_goes_on(warm_up_s: dict[Strategy, float]) -> None:
    out = who_stays_out(warm_up_s)
    assert [strategy.pool for strategy in LADDER if strategy not in out] == ["serial", "threads", "processes"]


@given(warm_ups)
def test_who_goes_on_is_the_smallest_pool_of_those_as_good_as_the_best(warm_up_s: dict[Strategy, float]) -> None:
    out = who_stays_out(warm_up_s)
    for chosen in set(warm_up_s) - set(out):
        rivals = [strategy for strategy in LADDER if strategy.pool == chosen.pool]
        good = 1.1 * min(warm_up_s[strategy] for strategy in rivals)
        assert warm_up_s[chosen] <= good
        assert all(warm_up_s[rival] > good for rival in rivals if rival.workers < chosen.workers)


@given(warm_ups, st.integers(-30, 30))
def test_the_unit_of_time_does_not_matter_for_who_goes_on(warm_up_s: dict[Strategy, float], power: int) -> None:
    scaled = {strategy: job_s * 2.0**power for strategy, job_s in warm_up_s.items()}
    assert who_stays_out(scaled).keys() == who_stays_out(warm_up_s).keys()


@given(warm_ups, st.randoms(use_true_random=False))
def test_the_order_of_the_warm_up_does_not_matter(warm_up_s: dict[Strategy, float], chance: random.Random) -> None:
    shuffled = list(warm_up_s.items())
    chance.shuffle(shuffled)
    assert who_stays_out(dict(shuffled)) == who_stays_out(warm_up_s)


@pytest.mark.parametrize(("larger_s", "word"), [(1.05, "no faster"), (0.95, "no faster"), (1.2, "slower")])
def test_who_stays_out_is_told_why_with_both_times(larger_s: float, word: str) -> None:
    out = who_stays_out({Strategy("threads", 2): 1.0, Strategy("threads", 8): larger_s})
    assert out[Strategy("threads", 8)].startswith(f"{word} than threads ×2 in the warm-up round: ")
    assert out[Strategy("threads", 8)].endswith("against 1.00 s")


@pytest.mark.parametrize(
    "kinds",
    [
        [Strategy("processes", 2, start_method="fork"), Strategy("processes", 2, start_method="spawn")],
        [Strategy("threads", 2), Strategy("threads", 2, native_threads=1)],
        [Strategy("serial"), Strategy("serial", native_threads=1)],
    ],
)
def test_start_methods_and_limits_of_native_threads_do_not_put_each_other_out(kinds: list[Strategy]) -> None:
    assert who_stays_out(dict(zip(kinds, (1.0, 9.0), strict=True))) == {}


def test_whom_a_bound_keeps_from_winning_need_not_race() -> None:
    out = who_is_bounded({SERIAL: 1.0, THREADS: 1.0, PROCESSES: 0.6}, looks(HOLDING), cores=2, margin=0.05)
    assert out == {THREADS: "the GIL is held at least 98% of the time, at best 1.02×"}


def test_where_bound_and_warm_up_disagree_the_race_decides() -> None:
    assert who_is_bounded({SERIAL: 1.0, THREADS: 0.7}, looks(HOLDING), cores=2, margin=0.05) == {}


def test_without_a_serial_time_no_bound_can_be_checked() -> None:
    assert who_is_bounded({THREADS: 1.0, PROCESSES: 0.6}, looks(HOLDING), cores=2, margin=0.05) == {}


@given(warm_ups)
def test_serial_and_whom_nothing_bounds_always_race(warm_up_s: dict[Strategy, float]) -> None:
    assert SERIAL not in who_is_bounded(warm_up_s, looks(HOLDING), cores=2, margin=0.05)
    assert who_is_bounded(warm_up_s, looks(sleeping()), cores=2, margin=0.05) == {}
