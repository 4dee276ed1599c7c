"""From the raw samples to the answer."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decide.drawing import make_facts, sleeping
from tests.decide.making import PROCESSES, SERIAL, THREADS, looked, make_breakdown, make_sample
from whichpool.decide.estimates import entries
from whichpool.decide.evidence import Evidence, standing
from whichpool.decide.plan import Plan
from whichpool.decide.propose import simplest_first
from whichpool.decide.verdict import conclude
from whichpool.errors import Trouble
from whichpool.values import (
    THIS_PYTHON,
    Code,
    Dissection,
    Entry,
    Estimate,
    Failure,
    Options,
    Outcome,
    Run,
    Sample,
    State,
    Strategy,
    Verdict,
)

STRATEGIES = (SERIAL, THREADS, PROCESSES)

ITEMS = 24
UNREST = (1.000, 1.006, 0.997, 1.003, 0.995, 1.008, 1.001, 0.999, 1.004, 0.996, 1.002, 0.998)


def sample(number: int, job_s: float, items: int = ITEMS) -> Sample:
    seed = None if items == ITEMS else number
    return make_sample(job_s, round=number, items=items, seed=seed, startup_s=job_s / 10, cpu_s=job_s * 0.8)


def run(strategy: Strategy, jobs_s: Sequence[float], state: State = State.RACED, items: int = ITEMS) -> Run:
    """Make a run of a warm-up round, the first time, and counted rounds."""
    samples = tuple(sample(number, job_s, items) for number, job_s in enumerate(jobs_s))
    return Run(strategy, samples, state, None if state is State.RACED else "said elsewhere")


def steady(job_s: float, rounds: int = 12, shift: int = 0) -> list[float]:
    return [job_s * UNREST[(number + shift) % len(UNREST)] for number in range(rounds + 1)]


def failed(strategy: Strategy, jobs_s: Sequence[float] = ()) -> Run:
    failure = Failure(Trouble.DIED, "a worker process was killed by SIGSEGV")
    return replace(run(strategy, jobs_s), state=State.FAILED, reason=failure.message, failure=failure)


def evidence(*runs: Run, measured: int = ITEMS, options: Options | None = None) -> Evidence:
    plan = Plan(ITEMS, measured, sample_s=1.0, limit_s=10.0, cores=2)
    return Evidence(
        {THIS_PYTHON: Dissection(make_facts(ITEMS), None)}, plan=plan, options=options or Options(), runs=runs
    )


def race(serial_s: float, threads_s: float, processes_s: float, rounds: int = 12) -> Evidence:
    jobs_s = [steady(job_s, rounds, 5 * place) for place, job_s in enumerate((serial_s, threads_s, processes_s))]
    return evidence(*(run(strategy, each) for strategy, each in zip(STRATEGIES, jobs_s, strict=True)))


def verdict_of(seen: Evidence) -> Verdict:
    return conclude(seen, entries(seen))


def entry_of(seen: Evidence, strategy: Strategy) -> Entry:
    return next(entry for entry in entries(seen) if entry.strategy == strategy)


def codes(verdict: Verdict) -> set[Code]:
    return {caveat.code for caveat in verdict.caveats}


@pytest.mark.parametrize(
    ("times_s", "outcome", "strategy", "words"),
    [
        ((1.0, 1.02, 0.5), Outcome.FASTER, PROCESSES, "Use processes ×2 (fork): "),
        ((1.0, 0.25, 0.5), Outcome.FASTER, THREADS, "Use threads ×2: "),
        ((1.0, 0.5, 0.5), Outcome.FASTER, THREADS, "Use threads ×2: "),
        ((1.0, 20.0, 200.0), Outcome.STAY_SERIAL, SERIAL, "Stay serial: every pool is slower"),
        ((1.0, 1.0, 3.0), Outcome.STAY_SERIAL, SERIAL, "Stay serial: no pool is faster by more than 10%"),
        ((1.0, 1.0, 1.0), Outcome.EQUIVALENT, SERIAL, "Equivalent: none is slower than the fastest by more than 10%"),
    ],
)
def test_each_answer_is_given_where_it_is_due(
    times_s: tuple[float, float, float], outcome: Outcome, strategy: Strategy, words: str
) -> None:
    verdict = verdict_of(race(*times_s))
    assert (verdict.outcome, verdict.strategy, verdict.reference) == (outcome, strategy, SERIAL)
    assert verdict.sentence.startswith(words)
    assert "at least 95% sure after 12 rounds" in verdict.sentence


def test_too_few_rounds_leave_it_undecided_with_the_leader_named() -> None:
    verdict = verdict_of(race(1.0, 1.0, 0.5, rounds=2))
    assert (verdict.outcome, verdict.strategy) == (Outcome.UNDECIDED, PROCESSES)
    assert "Undecided after 2 rounds" in verdict.sentence
    assert "raise --budget" in verdict.sentence


def test_a_race_too_close_to_call_names_the_rivals() -> None:
    taking_turns = (run(SERIAL, [1.0, *[1.0, 1.3] * 6]), run(THREADS, [1.0, *[1.3, 1.0] * 6]))
    seen = evidence(*taking_turns, run(PROCESSES, steady(5.0)))
    verdict = verdict_of(seen)
    assert verdict.outcome is Outcome.UNDECIDED
    assert "serial" in verdict.sentence
    assert "threads ×2" in verdict.sentence
    assert "processes" not in verdict.sentence


def test_a_warm_up_round_alone_decides_nothing() -> None:
    verdict = verdict_of(race(1.0, 20.0, 200.0, rounds=0))
    assert verdict.outcome is Outcome.UNDECIDED
    assert "no time for a single counted round" in verdict.sentence


@pytest.mark.parametrize("state", [State.RACED, State.SKIPPED])
def test_pools_that_have_not_been_tried_are_not_said_not_to_work(state: State) -> None:
    reason = "the budget was spent before its turn"
    untried = [Run(each, state=state, reason=reason, why="a step of the ladder") for each in (THREADS, PROCESSES)]
    verdict = verdict_of(replace(evidence(run(SERIAL, [1.0]), *untried), interrupted=state is State.RACED))
    assert verdict.outcome is Outcome.UNDECIDED
    assert "no pool works" not in verdict.sentence


def test_where_all_that_raced_have_failed_a_dropped_one_is_still_an_answer() -> None:
    seen = evidence(
        run(SERIAL, steady(3.0, 4), State.DROPPED), failed(THREADS, steady(1.0, 4)), failed(PROCESSES, steady(1.0, 4))
    )
    assert verdict_of(seen).strategy == SERIAL


def test_without_a_sample_nothing_can_be_said() -> None:
    verdict = verdict_of(evidence(Run(SERIAL), Run(THREADS)))
    assert (verdict.outcome, verdict.strategy, verdict.speedup) == (Outcome.UNDECIDED, None, None)


def test_a_failed_pool_leaves_the_others_compared() -> None:
    verdict = verdict_of(evidence(run(SERIAL, steady(1.0)), run(THREADS, steady(0.5)), failed(PROCESSES)))
    assert (verdict.outcome, verdict.strategy) == (Outcome.FASTER, THREADS)


def test_where_serial_fails_the_next_is_the_reference_and_it_is_said() -> None:
    seen = evidence(failed(SERIAL), run(THREADS, steady(1.0)), run(PROCESSES, steady(0.5, shift=3)))
    verdict = verdict_of(seen)
    assert (verdict.outcome, verdict.strategy, verdict.reference) == (Outcome.FASTER, PROCESSES, THREADS)
    assert Code.REFERENCE_FAILED in codes(verdict)
    assert entry_of(seen, SERIAL).vs_serial is None


def test_where_every_pool_fails_serial_is_all_that_works() -> None:
    verdict = verdict_of(evidence(run(SERIAL, steady(1.0)), failed(THREADS), failed(PROCESSES)))
    assert (verdict.outcome, verdict.strategy) == (Outcome.STAY_SERIAL, SERIAL)
    assert verdict.sentence == "Stay serial: no pool works."


def test_the_three_differences_of_the_exercise_are_all_there() -> None:
    reasons = verdict_of(race(1.0, 2.0, 0.5)).reasons
    assert [reason.partition(":")[0] for reason in reasons] == [
        "threads ×2 against serial",
        "processes ×2 (fork) against serial",
        "processes ×2 (fork) against threads ×2",
    ]
    directions = ("times slower", "times faster", "times faster")
    assert all(words in reason for words, reason in zip(directions, reasons, strict=True))


def test_ratios_are_times_faster_than_serial_and_for_processes_than_threads() -> None:
    seen = race(1.0, 2.0, 0.5)
    threads, processes = entry_of(seen, THREADS), entry_of(seen, PROCESSES)
    assert threads.vs_serial is not None
    assert threads.vs_serial.value == pytest.approx(0.5, rel=0.02)
    assert threads.vs_threads is None
    assert processes.vs_serial is not None
    assert processes.vs_serial.value == pytest.approx(2.0, rel=0.02)
    assert processes.vs_threads is not None
    assert processes.vs_threads.value == pytest.approx(4.0, rel=0.02)
    assert entry_of(seen, SERIAL).vs_serial is None


def test_the_share_of_cores_is_cpu_time_over_job_time() -> None:
    assert entry_of(race(1.0, 1.0, 1.0), SERIAL).cores_busy == pytest.approx(0.8)


def test_a_figure_of_the_warm_up_round_alone_rests_on_no_round() -> None:
    seen = evidence(run(SERIAL, steady(1.0)), run(THREADS, [0.5], State.DROPPED))
    entry = entry_of(seen, THREADS)
    assert entry.job_s is not None
    assert entry.job_s.value == pytest.approx(0.5)
    assert entry.job_s.n == 0
    assert entry.vs_serial is not None
    assert (entry.vs_serial.n, entry.vs_serial.bounded) == (0, False)


def test_the_warm_up_round_does_not_count_where_others_do() -> None:
    entry = entry_of(evidence(run(SERIAL, [100.0, *steady(1.0)[1:]]), run(THREADS, steady(0.5))), SERIAL)
    assert entry.job_s is not None
    assert entry.job_s.n == 12
    assert entry.job_s.high < 2


def test_samples_of_some_items_are_forecast_to_the_whole_job_and_it_is_said() -> None:
    seen = evidence(
        *(run(strategy, steady(job_s), items=6) for strategy, job_s in ((SERIAL, 1.0), (THREADS, 0.5))), measured=6
    )
    entry = entry_of(seen, SERIAL)
    assert entry.job_s is not None
    assert entry.job_s.value == pytest.approx(0.1 + 0.9 * 4, rel=0.02)
    assert Code.FORECAST in codes(verdict_of(seen))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda seen: replace(seen, interrupted=True), Code.INTERRUPTED),
        (lambda seen: looked(seen, by_value=True), Code.BY_VALUE),
        (lambda seen: looked(seen, load_s=60.0), Code.SLOW_LOADING),
    ],
)
def test_what_limits_the_answer_is_said(change: Callable[[Evidence], Evidence], code: Code) -> None:
    seen = race(1.0, 1.0, 0.5)
    assert code not in codes(verdict_of(seen))
    assert code in codes(verdict_of(change(seen)))


@pytest.mark.parametrize(("workers", "is_said"), [((), True), ((2, 8), False)])
def test_a_ladder_whose_last_step_is_the_best_is_said_to_end_there(workers: tuple[int, ...], *, is_said: bool) -> None:
    most = replace(PROCESSES, workers=16)
    runs = (run(SERIAL, steady(1.0)), run(PROCESSES, [0.5], State.DROPPED), run(most, steady(0.1)))
    verdict = verdict_of(evidence(*runs, options=Options(workers=workers)))
    assert verdict.strategy == most
    assert (Code.WORKERS_AT_EDGE in codes(verdict)) is is_said


jobs_s = st.lists(st.floats(min_value=0.01, max_value=100), min_size=1, max_size=20)
near_jobs_s = st.builds(steady, st.sampled_from([0.5, 0.97, 1.0, 1.04, 1.2]), st.integers(0, 20), st.integers(0, 11))
races = st.tuples(*[jobs_s | near_jobs_s] * 3).map(
    lambda times: evidence(*(run(strategy, job_s) for strategy, job_s in zip(STRATEGIES, times, strict=True)))
)


def ratios(seen: Evidence) -> list[Estimate | None]:
    return [figure for entry in entries(seen) for figure in (entry.vs_serial, entry.vs_threads)]


def scaled(seen: Evidence, unit: float) -> Evidence:
    return replace(
        seen,
        runs=tuple(
            replace(
                each,
                samples=tuple(
                    replace(s, job_s=s.job_s * unit, startup_s=s.startup_s * unit, cpu_s=(s.cpu_s or 0.0) * unit)
                    for s in each.samples
                ),
            )
            for each in seen.runs
        ),
        looks=looked(seen, load_s=0.0).looks,
    )


@given(races, st.integers(min_value=-20, max_value=20))
def test_the_unit_of_time_changes_no_verdict_and_no_ratio(seen: Evidence, power: int) -> None:
    # Powers of two, so that rounding does not make a draw a defeat.
    other = scaled(seen, 2.0**power)
    assert ratios(other) == ratios(seen)
    assert verdict_of(other) == verdict_of(seen)


@given(races, st.permutations(STRATEGIES))
def test_the_order_in_which_strategies_stand_changes_no_figure(seen: Evidence, order: list[Strategy]) -> None:
    # Serial stands first whatever happens: whoever stands first is the reference.
    by_strategy = {each.strategy: each for each in seen.runs}
    others = [by_strategy[strategy] for strategy in order if strategy != SERIAL]
    shuffled = replace(seen, runs=(by_strategy[SERIAL], *others))
    assert {e.strategy: e for e in entries(shuffled)} == {e.strategy: e for e in entries(seen)}
    sorted_again = replace(shuffled, runs=simplest_first(shuffled.runs, seen.facts))
    assert verdict_of(sorted_again) == verdict_of(seen)


@given(races, st.randoms(use_true_random=False))
def test_the_order_within_a_round_does_not_matter(seen: Evidence, chance: random.Random) -> None:
    runs = tuple(Run(strategy) for strategy in STRATEGIES)
    grown = Evidence(seen.looks, seen.plan, seen.options, runs)
    for number in range(1 + max(len(each.samples) for each in seen.runs)):
        turns = [each for each in seen.runs if number < len(each.samples)]
        chance.shuffle(turns)
        for each in turns:
            so_far = next(old for old in grown.runs if old.strategy == each.strategy)
            grown = grown.with_run(replace(so_far, samples=(*so_far.samples, each.samples[number])))
    assert grown == seen


@given(races)
def test_a_verdict_agrees_with_itself_and_with_the_standing(seen: Evidence) -> None:
    verdict, judged = verdict_of(seen), standing(seen)
    assert (verdict.outcome is Outcome.UNDECIDED) == (not judged.decided)
    assert not seen.rounds or verdict.strategy == (judged.chosen if judged.decided else judged.leader)
    assert verdict.outcome is not Outcome.STAY_SERIAL or verdict.strategy == SERIAL
    assert verdict.outcome is not Outcome.FASTER or verdict.strategy != SERIAL
    assert verdict.sentence.endswith(".")


@given(races, st.sets(st.sampled_from(STRATEGIES), max_size=2))
def test_every_figure_can_be_had_whoever_failed(seen: Evidence, failing: set[Strategy]) -> None:
    marked: Mapping[Strategy, Run] = {
        each.strategy: failed(each.strategy, [s.job_s for s in each.samples]) if each.strategy in failing else each
        for each in seen.runs
    }
    changed = replace(seen, runs=tuple(marked[strategy] for strategy in STRATEGIES))
    assert verdict_of(changed).strategy not in failing


@given(races)
def test_everything_is_recomputed_from_the_samples_alone(seen: Evidence) -> None:
    copied = replace(seen, runs=tuple(replace(each, samples=tuple(map(replace, each.samples))) for each in seen.runs))
    assert entries(copied) == entries(seen)
    assert verdict_of(copied) == verdict_of(seen)


def test_a_late_failure_does_not_loosen_what_the_others_are_held_to() -> None:
    ran = [run(SERIAL, steady(1.0)), run(THREADS, steady(0.5))]
    raced = evidence(*ran, run(PROCESSES, steady(0.4)))
    broken = evidence(*ran, failed(PROCESSES, steady(0.4)))
    assert broken.level == raced.level


def test_the_five_percent_are_shared_out_among_all_ratios_that_are_shown() -> None:
    seen = evidence(run(SERIAL, steady(1.0)), run(THREADS, steady(0.5)), run(PROCESSES, steady(0.4)))
    shown = [ratio for entry in entries(seen) for ratio in (entry.vs_serial, entry.vs_threads) if ratio is not None]
    assert seen.level * len(shown) == pytest.approx(0.05)


def test_serial_whose_rivals_are_all_excluded_by_bounds_is_the_answer_without_a_round() -> None:
    verdict = verdict_of(evidence(run(SERIAL, [1.0]), *(run(each, [1.0], State.DROPPED) for each in STRATEGIES[1:])))
    assert (verdict.outcome, verdict.strategy) == (Outcome.STAY_SERIAL, SERIAL)
    assert verdict.sentence.startswith("Stay serial: by its bounds no pool can be faster")


def test_before_the_first_counted_round_whoever_warmed_up_fastest_leads() -> None:
    verdict = verdict_of(race(1.0, 2.0, 0.5, rounds=0))
    assert (verdict.outcome, verdict.strategy) == (Outcome.UNDECIDED, PROCESSES)


def test_a_pool_that_had_no_turn_is_not_said_to_be_excluded_by_a_bound() -> None:
    reason = "the budget was spent before its turn"
    unasked = Run(PROCESSES, state=State.SKIPPED, reason=reason, why="the best of its pool")
    verdict = verdict_of(evidence(run(SERIAL, [1.0]), run(THREADS, [1.0], State.DROPPED), unasked))
    assert verdict.outcome is Outcome.UNDECIDED


def test_a_serial_loop_with_its_native_threads_limited_is_an_answer_of_its_own() -> None:
    limited = Strategy("serial", native_threads=1)
    verdict = verdict_of(
        evidence(run(SERIAL, steady(1.0)), run(limited, steady(0.5, shift=3)), run(THREADS, steady(3)))
    )
    assert (verdict.outcome, verdict.strategy) == (Outcome.FASTER, limited)
    assert verdict.sentence.startswith("Use serial (1 native thread): 2.00 times faster")


def explained(seen: Evidence, **peaks: int) -> Evidence:
    """Let each run be explained by a sample that took long, with the peak memory of its pool."""
    runs = (
        replace(
            each,
            explained=make_sample(1e3, round=99, breakdown=make_breakdown(2), peak_pss_bytes=peaks[each.strategy.pool]),
        )
        for each in seen.runs
    )
    return replace(seen, runs=tuple(runs))


@given(races)
def test_explained_samples_enter_no_estimate_and_no_verdict(seen: Evidence) -> None:
    watched = explained(seen, serial=100, threads=140, processes=500)
    assert [replace(entry, spent=None, peak_pss_bytes=None, worker_bytes=None) for entry in entries(watched)] == list(
        entries(seen)
    )
    assert watched.rounds == seen.rounds
    assert replace(verdict_of(watched), reasons=()) == replace(verdict_of(seen), reasons=())


def test_memory_is_told_by_the_explained_sample_and_what_a_worker_adds_is_what_exceeds_serial() -> None:
    seen = explained(race(1.0, 1.0, 1.0), serial=100, threads=140, processes=500)
    assert [(entry.peak_pss_bytes, entry.worker_bytes) for entry in entries(seen)] == [
        (100, None),
        (140, 20),
        (500, 200),
    ]


def test_without_an_explained_sample_of_serial_nobody_knows_what_a_worker_adds() -> None:
    seen = explained(race(1.0, 1.0, 1.0), serial=100, threads=140, processes=500)
    seen = seen.with_run(replace(seen.runs[0], explained=None))
    assert [entry.worker_bytes for entry in entries(seen)] == [None] * 3
    assert entry_of(seen, SERIAL).spent is None


def test_a_whole_job_is_forecast_by_the_turns_that_its_pool_takes() -> None:
    eight = Strategy("threads", 8)
    seen = evidence(run(SERIAL, [0.9] * 6, items=9), run(eight, [0.2] * 6, items=9), measured=9)
    seen = replace(looked(seen, sleeping(0.1)), plan=replace(seen.plan, items=40))
    entry = entry_of(seen, eight)
    assert entry.job_s is not None
    assert entry.job_s.value == pytest.approx(0.02 + 0.18 * 2.5, rel=0.01)
