"""What was measured, whole: who is still alive, who went on to the race, and whose time is worth explaining."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.decide.making import PROCESSES, SERIAL, THREADS, make_evidence, make_sample
from whichpool.decide.evidence import Evidence
from whichpool.errors import Trouble
from whichpool.values import Failure, Noise, Run, State, Strategy

MANY = Strategy("threads", 8)
LIMITED = Strategy("serial", native_threads=1)
SPAWNED = Strategy("processes", 2, start_method="spawn")


def run(strategy: Strategy, jobs_s: Sequence[float], state: State = State.RACED) -> Run:
    """Make a run of a warm-up round, the first time, and counted rounds."""
    samples = tuple(make_sample(job_s, round=number) for number, job_s in enumerate(jobs_s))
    return Run(strategy, samples, state, None if state is State.RACED else "a reason")


def failed(strategy: Strategy, jobs_s: Sequence[float] = ()) -> Run:
    return replace(run(strategy, jobs_s, State.FAILED), failure=Failure(Trouble.DIED, "was killed by SIGSEGV"))


def seen(*runs: Run) -> Evidence:
    return replace(make_evidence(), runs=runs)


RACE = (run(SERIAL, [3.0, 3.0]), run(THREADS, [2.0, 2.0]), run(PROCESSES, [1.0, 1.0]))


def test_the_reference_the_chosen_one_and_the_best_of_every_pool_are_explained() -> None:
    slow = [run(MANY, [5.0, 5.0]), run(SPAWNED, [4.0, 4.0])]
    assert seen(*RACE, *slow).to_explain() == [SERIAL, THREADS, PROCESSES]


def test_each_is_explained_once_the_simplest_first() -> None:
    assert seen(*RACE).to_explain() == [SERIAL, THREADS, PROCESSES]
    assert seen(RACE[0]).to_explain() == [SERIAL]


def test_the_best_of_a_pool_is_one_that_raced_not_one_that_only_warmed_up() -> None:
    warm = run(MANY, [0.1], State.DROPPED)
    assert seen(*RACE, warm).to_explain() == [SERIAL, THREADS, PROCESSES]
    assert seen(RACE[0], warm).to_explain() == [SERIAL, MANY]


def test_the_chosen_one_is_explained_though_another_of_its_pool_is_faster() -> None:
    jobs_s = [1.0, *[1.0, 1.01, 0.99] * 4]
    near = run(MANY, [0.98 * job_s for job_s in jobs_s])
    assert seen(run(SERIAL, [9.0] * 13), run(THREADS, jobs_s), near).to_explain() == [SERIAL, THREADS, MANY]


def test_the_reference_is_explained_though_serial_is_faster_with_its_native_threads_limited() -> None:
    assert seen(RACE[0], run(LIMITED, [1.0, 1.0])).to_explain() == [SERIAL, LIMITED]


def test_what_failed_or_never_ran_cannot_be_explained() -> None:
    left_out = Run(MANY, state=State.SKIPPED, reason="a belief")
    assert seen(failed(SERIAL, [1.0]), left_out, RACE[2]).to_explain() == [PROCESSES]
    assert seen(failed(SERIAL), left_out).to_explain() == []


def test_a_run_is_replaced_and_all_others_are_as_they_were() -> None:
    before = seen(*RACE)
    after = before.with_run(run(THREADS, [7.0]))
    assert after.runs == (RACE[0], run(THREADS, [7.0]), RACE[2])
    assert before.runs == RACE


def test_the_noise_of_each_round_is_kept() -> None:
    one, other = Noise(1.0, own_s=0.5), Noise(2.0, own_s=0.1)
    assert seen(*RACE).with_noise(one).with_noise(other).noise == (one, other)


def test_who_had_no_turn_before_an_interruption_is_told_so() -> None:
    left_out = Run(MANY, state=State.SKIPPED, reason="a belief")
    broken = failed(SPAWNED)
    cut = seen(RACE[0], Run(THREADS), left_out, broken).cut_short()
    assert cut.interrupted
    assert cut.runs[0] == RACE[0]
    assert (cut.runs[1].state, cut.runs[1].reason) == (State.SKIPPED, "interrupted before its turn")
    assert cut.runs[2:] == (left_out, broken)


def test_those_that_warmed_up_only_are_alive_but_were_not_in_the_race() -> None:
    warm = run(MANY, [0.1], State.DROPPED)
    beaten = run(THREADS, [2.0, 2.0], State.DROPPED)
    broken = failed(PROCESSES, [1.0, 1.0])
    here = seen(RACE[0], beaten, warm, broken)
    assert here.alive() == [RACE[0], beaten, warm]
    assert here.entrants() == [RACE[0], beaten, broken]


@pytest.mark.parametrize(
    ("runs", "ratios"),
    [(RACE[:1], 1), (RACE[:2], 1), (RACE, 3), ((RACE[0], RACE[2]), 1), ((*RACE, run(SPAWNED, [1.0, 1.0])), 5)],
)
def test_the_five_percent_are_shared_out_among_the_ratios(runs: tuple[Run, ...], ratios: int) -> None:
    assert seen(*runs).level == pytest.approx(0.05 / ratios)


def test_the_warm_up_round_counts_only_where_there_is_no_other() -> None:
    here = seen(run(SERIAL, [9.0, 1.0, 1.2]), run(THREADS, [9.0]))
    assert here.times(here.runs[0]) == {1: 1.0, 2: 1.2}
    assert here.times(here.runs[1]) == {0: 9.0}
    assert here.warm_up_s() == {SERIAL: 9.0, THREADS: 9.0}
    assert here.rounds == 2
