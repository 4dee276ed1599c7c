"""The flow of a comparison, with scripted times in the place of processes, clock and chance."""

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.comparison import Progress, compare_workload
from whichpool.decide.plan import whole_job_s
from whichpool.errors import Trouble, WorkloadFailed, WrongCall
from whichpool.values import (
    Code,
    Draw,
    Entry,
    Facts,
    Failure,
    Options,
    Outcome,
    Record,
    Sample,
    Scouting,
    State,
    Strategy,
)

UNREST = (1.000, 1.006, 0.997, 1.003, 0.995, 1.008, 1.001, 0.999, 1.004, 0.996, 1.002, 0.998)
CHILD_S = 0.1
POOLS = ("serial", "threads", "processes")

# With the counts named, nobody is left out after the warm-up round, whatever machine the test runs on.
NAMED = Options(workers=(2,))

RAISED = Failure(Trouble.RAISED, "item 3 (7) raised ValueError: no sevens", "  File 'app.py', line 3, in work", 1, 24)
DIED = Failure(Trouble.DIED, "a worker process was killed by SIGSEGV")
CUT = Failure(Trouble.CUT, "gave no result within 10 s, and was stopped with every process it had started")


class ScriptedClock:
    """A clock that goes on only when the lab works."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class ScriptedLab:
    """Keeps the ``Lab`` Protocol, and takes times, failures and interruptions from a script.

    Attributes:
        clock: Goes on by what each sample takes.
        job_s: The job's time in each pool: the same in every round but for some unrest, or by round.
        items: How many items the workload has.
        item_s: What the first look tells of an item.
        failures: What fails: a pool, in a round.
        scouted: What the first look breaks on.
        loads: Whether the workload can be loaded at all.
        interrupted_at: At which sample, counted from 0, Ctrl-C is pressed; the first look is -1.
        asked: What was measured: strategy, draw, round.
    """

    clock: ScriptedClock
    job_s: Mapping[str, float | Callable[[int], float]]
    items: int = 24
    item_s: float | None = 0.01
    failures: Mapping[tuple[str, int], Failure] = field(default_factory=dict)
    scouted: Failure | None = None
    loads: bool = True
    interrupted_at: int | None = None
    asked: list[tuple[Strategy, Draw, int]] = field(default_factory=list)

    def scout(self, python: str, box_s: float, limit_s: float) -> Scouting | Failure:
        """Look at the workload, as the script has it."""
        assert python == ""
        assert 0 < box_s <= limit_s
        if self.interrupted_at == -1:
            raise KeyboardInterrupt
        self.clock.now_s += box_s
        facts = Facts(self.items, unpacked=False, by_value=False, start_methods=("fork",), python="3.11.7", load_s=0.0)
        if self.scouted is not None and not self.loads:
            return self.scouted
        return Scouting(facts, None if self.scouted else self.item_s, self.scouted)

    def measure(self, strategy: Strategy, draw: Draw, round_number: int, limit_s: float) -> Sample | Failure:
        """Take a sample from the script."""
        assert strategy.chunksize is not None
        assert limit_s > 0
        if self.interrupted_at == len(self.asked):
            raise KeyboardInterrupt
        self.asked.append((strategy, draw, round_number))
        told = self.job_s[strategy.pool]
        whole_s = told(round_number) if callable(told) else told * UNREST[(round_number * 5) % len(UNREST)]
        job_s = whole_s * draw.items / self.items
        self.clock.now_s += CHILD_S + job_s
        failure = self.failures.get((strategy.pool, round_number))
        if failure is not None:
            return failure
        return Sample(
            round=round_number,
            items=draw.items,
            seed=draw.seed,
            chunksize=strategy.chunksize,
            job_s=job_s,
            startup_s=0.0,
            cpu_s=job_s / 2,
            load_s=0.0,
        )

    @property
    def rounds(self) -> dict[int, list[str]]:
        """Which pools ran in each round, in the order in which they did."""
        rounds: dict[int, list[str]] = {}
        for strategy, _, number in self.asked:
            rounds.setdefault(number, []).append(strategy.pool)
        return rounds


def lab_of(serial_s: float, threads_s: float, processes_s: float, **script: object) -> ScriptedLab:
    times = dict(zip(POOLS, (serial_s, threads_s, processes_s), strict=True))
    return ScriptedLab(ScriptedClock(), times, **script)  # type: ignore[arg-type]  # a test names the field it means


def compare(
    lab: ScriptedLab, options: Options = NAMED, seed: int = 0, watch: Callable[[Progress], object] = repr
) -> tuple[Record | None, KeyboardInterrupt | None]:
    return compare_workload(
        "app.py:work",
        lab,
        options,
        watch=watch,
        clock=lab.clock,
        chance=random.Random(seed),  # noqa: S311 - a race, not a secret
    )


def record_of(lab: ScriptedLab, options: Options = NAMED, seed: int = 0) -> Record:
    record, interrupt = compare(lab, options, seed)
    assert interrupt is None
    assert record is not None
    return record


def entry_of(record: Record, pool: str) -> Entry:
    return next(entry for entry in record.entries if entry.strategy.pool == pool)


def codes(record: Record) -> set[Code]:
    return {caveat.code for caveat in record.verdict.caveats}


@pytest.mark.parametrize(
    ("times_s", "outcome", "pool"),
    [
        ((0.3, 0.31, 0.1), Outcome.FASTER, "processes"),
        ((0.3, 0.1, 0.2), Outcome.FASTER, "threads"),
        ((0.1, 0.3, 0.5), Outcome.STAY_SERIAL, "serial"),
        ((0.3, 0.3, 0.3), Outcome.EQUIVALENT, "serial"),
    ],
)
def test_a_race_with_a_clear_end_ends_with_it(times_s: tuple[float, float, float], outcome: Outcome, pool: str) -> None:
    record = record_of(lab_of(*times_s))
    assert record.verdict.outcome is outcome
    assert record.verdict.strategy is not None
    assert record.verdict.strategy.pool == pool
    assert record.elapsed_s < NAMED.budget_s


def wavering_lab() -> ScriptedLab:
    """Serial and threads take turns in winning, and processes are far behind."""
    return ScriptedLab(
        ScriptedClock(),
        {"serial": lambda n: (0.5, 0.3)[n % 2], "threads": lambda n: (0.3, 0.5)[n % 2], "processes": 2.0},
    )


def test_a_race_without_an_end_is_undecided_when_the_budget_is_spent() -> None:
    record = record_of(wavering_lab())
    assert record.verdict.outcome is Outcome.UNDECIDED
    assert all(name in record.verdict.sentence for name in ("Undecided after", "serial", "threads ×2"))
    assert NAMED.budget_s - 2 < record.elapsed_s <= NAMED.budget_s


@pytest.mark.parametrize("number", [0, 1, 3])
@pytest.mark.parametrize("pool", ["threads", "processes"])
@pytest.mark.parametrize("failure", [RAISED, DIED, CUT])
def test_a_pool_that_fails_in_any_round_leaves_the_others_raced(pool: str, number: int, failure: Failure) -> None:
    other = "processes" if pool == "threads" else "threads"
    times_s = {"serial": 0.3, pool: 0.28, other: 0.1}
    lab = ScriptedLab(ScriptedClock(), times_s, failures={(pool, number): failure})
    record = record_of(lab)
    assert (entry_of(record, pool).state, entry_of(record, pool).reason) == (State.FAILED, failure.message)
    assert len(entry_of(record, pool).samples) == number
    assert record.verdict.outcome is Outcome.FASTER
    assert record.verdict.strategy == entry_of(record, other).strategy
    assert all(pool not in pools for later, pools in lab.rounds.items() if later > number)


@pytest.mark.parametrize("failure", [DIED, CUT])
def test_where_serial_fails_the_next_is_the_reference(failure: Failure) -> None:
    record = record_of(lab_of(0.3, 0.3, 0.1, failures={("serial", 0): failure}))
    assert entry_of(record, "serial").state is State.FAILED
    assert record.verdict.reference == entry_of(record, "threads").strategy
    assert record.verdict.strategy == entry_of(record, "processes").strategy
    assert Code.REFERENCE_FAILED in codes(record)


@pytest.mark.parametrize("number", [0, 2])
def test_items_that_raise_in_the_serial_loop_are_the_workloads_failure(number: int) -> None:
    with pytest.raises(WorkloadFailed) as caught:
        compare(lab_of(0.3, 0.3, 0.3, failures={("serial", number): RAISED}))
    assert str(caught.value) == f"{RAISED.message}\n{RAISED.traceback}"


@pytest.mark.parametrize(("failure", "loads"), [(RAISED, True), (CUT, False)])
def test_what_fails_at_the_first_look_ends_it_before_anything_is_raced(failure: Failure, *, loads: bool) -> None:
    lab = lab_of(0.3, 0.3, 0.3, scouted=failure, loads=loads)
    with pytest.raises(WorkloadFailed) as caught:
        compare(lab)
    assert str(caught.value).startswith(failure.message)
    assert lab.asked == []


def test_a_first_look_that_was_cut_does_not_keep_pools_from_their_chance() -> None:
    record = record_of(lab_of(9.0, 0.1, 0.2, scouted=CUT, failures={("serial", 0): CUT}))
    assert record.verdict.strategy == entry_of(record, "threads").strategy


def test_where_all_fail_every_reason_is_told_and_shared_ones_once() -> None:
    failures = {("serial", 0): CUT, ("threads", 0): CUT, ("processes", 0): DIED}
    with pytest.raises(WorkloadFailed) as caught:
        compare(lab_of(0.3, 0.3, 0.3, failures=failures))
    told = str(caught.value)
    assert f"serial, threads ×2: {CUT.message}" in told
    assert f"processes ×2 (fork): {DIED.message}" in told
    assert told.count(CUT.message) == 1


def test_where_all_that_are_still_raced_fail_at_once_what_others_measured_is_kept() -> None:
    # Serial is out after round 4; threads and processes are as fast as each other, and both fail before it is settled.
    late = {(pool, 5): CUT for pool in ("threads", "processes")}
    near: dict[str, float | Callable[[int], float]] = {
        "serial": 0.9,
        "threads": lambda n: 0.3 * UNREST[n] + 0.1 * (n % 2),
        "processes": lambda n: 0.4 - 0.1 * (n % 2),
    }
    record = record_of(ScriptedLab(ScriptedClock(), near, failures=late))
    assert entry_of(record, "serial").job_s is not None


@pytest.mark.parametrize("pools", [("threads",), ("processes",)])
def test_only_the_named_pools_race_serial(pools: tuple[str, ...]) -> None:
    lab = lab_of(0.3, 0.1, 0.1)
    record_of(lab, Options(pools=pools, workers=(2,)))
    assert {strategy.pool for strategy, _, _ in lab.asked} == {"serial", *pools}


def test_the_order_within_rounds_is_shuffled_by_the_chance_that_was_given() -> None:
    def orders(seed: int) -> list[tuple[str, ...]]:
        lab = lab_of(0.30, 0.31, 0.32)
        record_of(lab, seed=seed)
        return [tuple(pools) for number, pools in lab.rounds.items() if number]

    assert orders(1) == orders(1)
    assert orders(1) != orders(2)
    assert len({order for seed in range(20) for order in orders(seed) if len(order) == 3}) == 6


def test_every_strategy_still_raced_runs_once_a_round() -> None:
    lab = lab_of(0.30, 0.31, 0.9)
    record_of(lab)
    assert all(len(set(pools)) == len(pools) for pools in lab.rounds.values())
    assert list(lab.rounds) == list(range(len(lab.rounds)))


def test_the_draw_of_a_round_is_the_same_for_all_and_another_in_the_next() -> None:
    lab = lab_of(100.0, 100.0, 100.0, items=10_000)
    record = record_of(lab)
    drawn: dict[int, set[Draw]] = {}
    for _, draw, number in lab.asked:
        drawn.setdefault(number, set()).add(draw)
    assert all(len(draws) == 1 for draws in drawn.values())
    assert len(set.union(*drawn.values())) == len(drawn) > 2
    assert record.measured_items < 10_000
    assert Code.FORECAST in codes(record)
    job_s = entry_of(record, "serial").job_s
    assert job_s is not None
    assert job_s.value == pytest.approx(100.0, rel=0.02)


def test_a_job_that_fits_runs_all_its_items_every_time() -> None:
    lab = lab_of(0.3, 0.3, 0.1)
    assert record_of(lab).measured_items == 24
    assert {draw for _, draw, _ in lab.asked} == {Draw(24)}


def test_who_was_dropped_is_never_run_again() -> None:
    lab = wavering_lab()
    record = record_of(lab)
    dropped = entry_of(record, "processes")
    assert dropped.state is State.DROPPED
    assert dropped.reason is not None
    assert dropped.reason.startswith("certainly slower than ")
    last = dropped.samples[-1].round
    assert record.rounds > last + 2
    assert all("processes" not in pools for number, pools in lab.rounds.items() if number > last)


def test_without_named_counts_one_of_each_pool_goes_on_from_the_warm_up_round() -> None:
    lab = lab_of(0.3, 0.2, 0.1)
    record = record_of(lab, Options())
    first = [strategy for strategy, _, number in lab.asked if number == 1]
    assert sorted(strategy.pool for strategy in first) == sorted(POOLS)
    left_out = [entry for entry in record.entries if entry.reason and "in the warm-up round" in entry.reason]
    assert all(entry.state is State.DROPPED for entry in left_out)
    assert len(left_out) + 3 == len(record.entries)


def test_the_samples_in_the_record_are_those_that_the_lab_gave() -> None:
    lab = lab_of(0.3, 0.25, 0.1)
    record = record_of(lab)
    given_out = [(strategy.pool, number) for strategy, _, number in lab.asked]
    kept = [(entry.strategy.pool, sample.round) for entry in record.entries for sample in entry.samples]
    assert sorted(kept) == sorted(given_out)
    assert record.rounds == max(number for _, number in given_out)


def samples_in_all() -> int:
    lab = lab_of(0.3, 0.31, 0.1)
    compare(lab)
    return len(lab.asked)


@pytest.mark.parametrize("place", range(-1, samples_in_all()))
def test_ctrl_c_at_any_sample_gives_back_what_is_known(place: int) -> None:
    lab = lab_of(0.3, 0.31, 0.1, interrupted_at=place)
    record, interrupt = compare(lab)
    assert isinstance(interrupt, KeyboardInterrupt)
    assert (record is None) == (place < 1)
    if record is not None:
        assert sum(len(entry.samples) for entry in record.entries) == place
        assert Code.INTERRUPTED in codes(record)


def test_ctrl_c_in_the_warm_up_round_leaves_it_undecided() -> None:
    record, _ = compare(lab_of(0.3, 0.31, 0.1, interrupted_at=1))
    assert record is not None
    assert record.verdict.outcome is Outcome.UNDECIDED


def test_a_budget_that_serial_alone_has_spent_leaves_it_undecided() -> None:
    record = record_of(lab_of(40.0, 0.1, 0.1, items=2, item_s=0.01), Options(budget_s=30.0, workers=(2,)))
    assert [entry.state for entry in record.entries] == [State.RACED, State.SKIPPED, State.SKIPPED]
    assert record.verdict.outcome is Outcome.UNDECIDED


times_s = st.floats(min_value=0.001, max_value=60)


@given(st.tuples(times_s, times_s, times_s), st.floats(min_value=0.5, max_value=60), st.integers(1, 2_000))
def test_the_budget_is_overrun_by_a_sample_at_most(
    jobs_s: tuple[float, float, float], budget_s: float, items: int
) -> None:
    lab = lab_of(*jobs_s, items=items, item_s=jobs_s[0] / items)
    begun_s = lab.clock.now_s
    record = record_of(lab, Options(budget_s=budget_s, workers=(2,)))
    draw_share = record.measured_items / items
    assert lab.clock.now_s - begun_s <= budget_s + CHILD_S + max(jobs_s) * max(UNREST) * draw_share + 0.05


def test_a_function_that_becomes_slow_overruns_the_budget_by_a_sample_at_most() -> None:
    def slow_from_round_three(job_s: float) -> Callable[[int], float]:
        return lambda number: job_s * (20 if number >= 3 else 1) * UNREST[number]

    script = {pool: slow_from_round_three(0.4) for pool in POOLS}
    record = record_of(ScriptedLab(ScriptedClock(), script), Options(budget_s=10.0, workers=(2,)))
    assert record.elapsed_s <= 10.0 + CHILD_S + 0.4 * 20 * max(UNREST)


@given(st.tuples(times_s, times_s, times_s), st.integers(1, 2_000), st.integers(0, 100))
def test_any_race_ends_with_a_record_that_agrees_with_its_samples(
    jobs_s: tuple[float, float, float], items: int, seed: int
) -> None:
    lab = lab_of(*jobs_s, items=items, item_s=jobs_s[0] / items)
    record = record_of(lab, seed=seed)
    for entry in record.entries:
        whole = [whole_job_s(sample, items) for sample in entry.samples]
        assert entry.job_s is None or min(whole) <= entry.job_s.value * (1 + 1e-9)
        assert entry.job_s is None or entry.job_s.value <= max(whole) * (1 + 1e-9)


@given(st.tuples(*[st.floats(min_value=0.01, max_value=2)] * 3))
def test_the_times_of_the_warm_up_round_change_no_ratio(warm_up_s: tuple[float, ...]) -> None:
    def ratios(first_s: Mapping[str, float]) -> list[object]:
        def by_round(pool: str, job_s: float) -> Callable[[int], float]:
            return lambda number: job_s * UNREST[number % len(UNREST)] if number else first_s[pool]

        script = {pool: by_round(pool, job_s) for pool, job_s in zip(POOLS, (0.30, 0.32, 0.2), strict=True)}
        record = record_of(ScriptedLab(ScriptedClock(), script), Options(workers=(2,), budget_s=300.0))
        return [(entry.vs_serial, entry.vs_threads, entry.state) for entry in record.entries]

    assert ratios(dict(zip(POOLS, warm_up_s, strict=True))) == ratios(dict.fromkeys(POOLS, 0.3))


def test_those_who_watch_see_every_sample_and_every_round() -> None:
    told: list[Progress] = []
    lab = lab_of(0.3, 0.31, 0.1)
    record, _ = compare(lab, watch=told.append)
    assert record is not None
    assert str(told[0]) == "  0 of 30 s · looking at the workload"
    ended = [progress for progress in told if progress.round_ended]
    assert [progress.record.rounds for progress in ended if progress.record] == list(range(record.rounds + 1))
    assert len(told) == 1 + len(lab.asked) + len(ended)
    assert [progress.elapsed_s for progress in told] == sorted(progress.elapsed_s for progress in told)
    assert ended[-1].record is not None
    assert ended[-1].record.entries == record.entries


def test_those_who_watch_are_told_what_comes_next() -> None:
    told: list[str] = []
    compare(lab_of(0.3, 0.31, 0.1), watch=lambda progress: told.append(progress.doing))
    assert told[:6] == [
        "looking at the workload",
        "warm-up: serial",
        "warm-up: threads ×2",
        "warm-up: processes ×2 (fork)",
        "the warm-up round has ended",
        told[5],
    ]
    assert told[5].startswith("round 1: ")
    assert told[-1].endswith("has ended")


def test_an_unknown_start_method_is_a_wrong_call_before_anything_is_raced() -> None:
    lab = lab_of(0.3, 0.3, 0.3)
    with pytest.raises(WrongCall, match="spawn"):
        compare(lab, Options(start_methods=("spawn",)))
    assert lab.asked == []


def test_figures_of_an_undecided_race_are_open_not_made_up() -> None:
    record, _ = compare(lab_of(0.3, 0.31, 0.1, interrupted_at=4))
    assert record is not None
    for entry in record.entries:
        assert entry.vs_serial is None or (entry.vs_serial.low, entry.vs_serial.high) == (0.0, math.inf)
