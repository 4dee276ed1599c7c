"""The flow of a comparison, with scripted times in the place of processes, clock and chance."""

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decide.making import UNAVAILABLE, make_anatomy, make_breakdown
from whichpool.comparison import Progress, compare_workload
from whichpool.errors import Trouble, WorkloadFailed, WrongCall
from whichpool.machine.cores import Cores
from whichpool.machine.description import Machine
from whichpool.machine.memory import MemoryLeft
from whichpool.values import (
    Anatomy,
    Band,
    Code,
    Dissection,
    Draw,
    Entry,
    Facts,
    Failure,
    Options,
    Outcome,
    Parcelled,
    Python,
    Record,
    Sample,
    State,
    Strategy,
    Workload,
)

UNREST = (1.000, 1.006, 0.997, 1.003, 0.995, 1.008, 1.001, 0.999, 1.004, 0.996, 1.002, 0.998)
CHILD_S = 0.1
POOLS = ("serial", "threads", "processes")

MACHINE = Machine(Cores(2, 2, None), memory=None, description={})
WAITING = make_anatomy(cpu_s=0.0, gil_held=Band(0.0, 0.0))
UNSURE = make_anatomy(0.005, cpu_s=0.001, gil_held=Band(0.05, 0.2))
HOLDING = make_anatomy(gil_held=Band(0.98, 1.0))

# With the counts named, nobody is left out after the warm-up round.
NAMED = Options(workers=(2,))

RAISED = Failure(Trouble.RAISED, "item 3 (7) raised ValueError: no sevens", "  File 'app.py', line 3, in work")
DIED = Failure(Trouble.DIED, "a worker process was killed by SIGSEGV")
Script = float | Callable[[Strategy, int], float]

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
        job_s: The job's time in each pool: the same in every round but for some unrest, or by strategy and round.
        items: How many items the workload has.
        anatomy: What the first look tells of an item.
        failures: What fails: a pool, in a round.
        broke_on: What the first look breaks on.
        loads: Whether the workload can be loaded at all.
        interrupted_at: At which sample, counted from 0, Ctrl-C is pressed; the first look is -1.
        looked: What was asked for at the first look: pools and start methods.
        asked: What was measured: strategy, draw, round.
        explained: What was measured and explained, in the same way.
    """

    clock: ScriptedClock
    job_s: Mapping[str, Script]
    items: int = 24
    anatomy: Anatomy = WAITING
    failures: Mapping[tuple[str, int], Failure] = field(default_factory=dict)
    broke_on: Failure | None = None
    loads: bool = True
    interrupted_at: int | None = None
    looked: list[tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)
    asked: list[tuple[Strategy, Draw, int]] = field(default_factory=list)
    explained: list[tuple[Strategy, Draw, int]] = field(default_factory=list)

    def dissect(self, python: Python, options: Options, box_s: float, limit_s: float) -> Dissection | Failure:
        """Look at the workload, as the script has it."""
        assert python in options.pythons
        assert 0 < box_s <= limit_s
        self.looked.append((options.pools, options.start_methods))
        if self.interrupted_at == -1:
            raise KeyboardInterrupt
        self.clock.now_s += box_s
        facts = Facts(
            self.items,
            unpacked=False,
            by_value=False,
            start_methods=("fork",),
            python="3.11.7",
            load_s=0.0,
            unavailable=UNAVAILABLE,
        )
        if self.broke_on is not None and not self.loads:
            return self.broke_on
        return Dissection(facts, None if self.broke_on else self.anatomy, self.broke_on)

    def measure(
        self, strategy: Strategy, draw: Draw, round_number: int, limit_s: float, *, explained: bool = False
    ) -> Sample | Failure:
        """Take a sample from the script; an explained one takes a little longer."""
        assert strategy.chunksize is not None
        assert limit_s > 0
        if self.interrupted_at == len(self.asked) + len(self.explained):
            raise KeyboardInterrupt
        (self.explained if explained else self.asked).append((strategy, draw, round_number))
        told = self.job_s[strategy.pool]
        unrest = UNREST[(round_number * 5) % len(UNREST)]
        whole_s = told(strategy, round_number) if callable(told) else told * unrest
        job_s = whole_s * draw.items / self.items * (1.1 if explained else 1.0)
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
            breakdown=make_breakdown(strategy.workers, blocked_s=job_s) if explained else None,
            peak_pss_bytes=10**6 * strategy.workers if explained else None,
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
    lab: ScriptedLab,
    options: Options = NAMED,
    seed: int = 0,
    watch: Callable[[Progress], object] = repr,
    machine: Machine = MACHINE,
) -> tuple[Record | None, KeyboardInterrupt | None]:
    return compare_workload(
        Workload("app.py:work"),
        lab,
        options,
        watch=watch,
        clock=lab.clock,
        chance=random.Random(seed),  # noqa: S311 - a race, not a secret
        machine=machine,
    )


def record_of(lab: ScriptedLab, options: Options = NAMED, seed: int = 0, machine: Machine = MACHINE) -> Record:
    record, interrupt = compare(lab, options, seed, machine=machine)
    assert interrupt is None
    assert record is not None
    return record


def entry_of(record: Record, pool: str) -> Entry:
    return next(entry for entry in record.entries if entry.strategy.pool == pool)


def unexplained(entry: Entry) -> Entry:
    return replace(entry, spent=None, peak_pss_bytes=None, worker_bytes=None)


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
        {"serial": lambda _, n: (0.5, 0.3)[n % 2], "threads": lambda _, n: (0.3, 0.5)[n % 2], "processes": 2.0},
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
    lab = lab_of(0.3, 0.3, 0.3, broke_on=failure, loads=loads)
    with pytest.raises(WorkloadFailed) as caught:
        compare(lab)
    assert str(caught.value).startswith(failure.message)
    assert lab.asked == []


def test_a_first_look_that_was_cut_does_not_keep_pools_from_their_chance() -> None:
    record = record_of(lab_of(9.0, 0.1, 0.2, broke_on=CUT, failures={("serial", 0): CUT}))
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
    near: dict[str, Script] = {
        "serial": 0.9,
        "threads": lambda _, n: 0.3 * UNREST[n] + 0.1 * (n % 2),
        "processes": lambda _, n: 0.4 - 0.1 * (n % 2),
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
    lab = lab_of(0.3, 0.2, 0.1, items=400, anatomy=UNSURE)
    record = record_of(lab, Options())
    first = [strategy for strategy, _, number in lab.asked if number == 1]
    assert sorted(strategy.pool for strategy in first) == sorted(POOLS)
    left_out = [entry for entry in record.entries if entry.reason and "in the warm-up round" in entry.reason]
    assert {entry.state for entry in left_out} == {State.DROPPED}
    tried = [(entry.strategy.pool, entry.strategy.workers) for entry in record.entries if entry.samples]
    kept = [(strategy.pool, strategy.workers) for strategy in first]
    assert sorted(tried) == sorted([*kept, *((entry.strategy.pool, entry.strategy.workers) for entry in left_out)])


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
    return len(lab.asked) + len(lab.explained)


@pytest.mark.parametrize("place", range(-1, samples_in_all()))
def test_ctrl_c_at_any_sample_gives_back_what_is_known(place: int) -> None:
    lab = lab_of(0.3, 0.31, 0.1, interrupted_at=place)
    record, interrupt = compare(lab)
    assert isinstance(interrupt, KeyboardInterrupt)
    assert (record is None) == (place < 1)
    if record is not None:
        assert sum(len(entry.samples) for entry in record.entries) == len(lab.asked)
        assert sum(entry.spent is not None for entry in record.entries) == len(lab.explained)
        assert len(lab.asked) + len(lab.explained) == place
        assert Code.INTERRUPTED in codes(record)


def test_ctrl_c_in_the_warm_up_round_leaves_it_undecided() -> None:
    record, _ = compare(lab_of(0.3, 0.31, 0.1, interrupted_at=1))
    assert record is not None
    assert record.verdict.outcome is Outcome.UNDECIDED


def test_a_budget_that_serial_alone_has_spent_leaves_it_undecided() -> None:
    record = record_of(lab_of(40.0, 0.1, 0.1, items=2), Options(budget_s=30.0, workers=(2,)))
    assert [entry.state for entry in record.entries] == [State.RACED, State.SKIPPED, State.SKIPPED]
    assert record.verdict.outcome is Outcome.UNDECIDED


times_s = st.floats(min_value=0.001, max_value=60)


@settings(max_examples=60)
@given(st.tuples(times_s, times_s, times_s), st.floats(min_value=0.5, max_value=60), st.integers(1, 2_000))
def test_the_budget_is_overrun_by_a_sample_at_most(
    jobs_s: tuple[float, float, float], budget_s: float, items: int
) -> None:
    lab = lab_of(*jobs_s, items=items, anatomy=replace(WAITING, item_s=jobs_s[0] / items))
    begun_s = lab.clock.now_s
    record_of(lab, Options(budget_s=budget_s, workers=(2,)))
    draw_share = max(draw.items for _, draw, _ in lab.asked) / items
    assert lab.clock.now_s - begun_s <= budget_s + CHILD_S + 1.1 * max(jobs_s) * max(UNREST) * draw_share + 0.05


def slowing_lab() -> ScriptedLab:
    """From round three on everything takes twenty times as long."""

    def slow_from_round_three(_: Strategy, number: int) -> float:
        return 0.4 * (20 if number >= 3 else 1) * UNREST[number]

    return ScriptedLab(ScriptedClock(), dict.fromkeys(POOLS, slow_from_round_three))


def test_a_function_that_becomes_slow_overruns_the_budget_by_a_sample_at_most() -> None:
    record = record_of(slowing_lab(), Options(budget_s=10.0, workers=(2,)))
    assert record.elapsed_s <= 10.0 + CHILD_S + 0.4 * 20 * max(UNREST)


@settings(max_examples=60)
@given(st.tuples(times_s, times_s, times_s), st.integers(1, 2_000), st.integers(0, 100))
def test_any_race_ends_with_a_record_that_agrees_with_its_samples(
    jobs_s: tuple[float, float, float], items: int, seed: int
) -> None:
    lab = lab_of(*jobs_s, items=items, anatomy=replace(WAITING, item_s=jobs_s[0] / items))
    record = record_of(lab, seed=seed)
    for entry in record.entries:
        known = entry.job_s
        assert (known is None) == (not entry.samples)
        if known is not None:
            times_s = [sample.job_s for sample in entry.samples]
            assert known.n == sum(sample.round > 0 for sample in entry.samples)
            assert known.value >= min(times_s) * (1 - 1e-9)
            assert known.value <= max(times_s) * (1 + 1e-9) or entry.samples[0].items < items


@settings(max_examples=25)
@given(st.tuples(*[st.floats(min_value=0.01, max_value=2)] * 3))
def test_the_times_of_the_warm_up_round_change_no_ratio(warm_up_s: tuple[float, ...]) -> None:
    def ratios(first_s: Mapping[str, float]) -> list[object]:
        def by_round(pool: str, job_s: float) -> Callable[[Strategy, int], float]:
            return lambda _, number: job_s * UNREST[number % len(UNREST)] if number else first_s[pool]

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
    assert len(told) == 1 + len(lab.asked) + len(lab.explained) + len(ended)
    assert [progress.elapsed_s for progress in told] == sorted(progress.elapsed_s for progress in told)
    assert ended[-1].record is not None
    assert ended[-1].record.entries == tuple(map(unexplained, record.entries))


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
    *_, last_round, serial, threads, processes = told
    assert last_round.endswith(" has ended")
    assert (serial, threads) == ("where the time goes: serial", "where the time goes: threads ×2")
    assert processes == "where the time goes: processes ×2 (fork)"


def test_an_unknown_start_method_is_a_wrong_call_before_anything_is_raced() -> None:
    lab = lab_of(0.3, 0.3, 0.3)
    with pytest.raises(WrongCall, match="spawn"):
        compare(lab, Options(start_methods=("spawn",)))
    assert lab.asked == []


def test_only_what_may_be_raced_is_tried_at_the_first_look() -> None:
    lab = lab_of(0.3, 0.1, 0.1)
    record_of(lab, Options(pools=("processes",), start_methods=("fork",)))
    assert lab.looked == [(("processes",), ("fork",))]


def test_the_explaining_round_comes_last_once_for_the_reference_the_chosen_and_the_best_of_every_pool() -> None:
    lab = lab_of(0.3, 0.2, 0.1)
    record = record_of(lab, Options(workers=(2, 4)))
    assert [(strategy.pool, number) for strategy, _, number in lab.explained] == [
        (pool, record.rounds + 1) for pool in POOLS
    ]
    explained = {entry.strategy for entry in record.entries if entry.spent is not None}
    assert explained == {replace(strategy, chunksize=None) for strategy, _, _ in lab.explained[1:]} | {
        Strategy("serial")
    }
    assert record.verdict.strategy in explained
    assert all((entry.peak_pss_bytes is not None) == (entry.strategy in explained) for entry in record.entries)


def test_nothing_of_the_explaining_round_is_counted() -> None:
    lab = lab_of(0.3, 0.2, 0.1)
    told: list[Progress] = []
    record, _ = compare(lab, watch=told.append)
    assert record is not None
    assert len(lab.explained) == 3
    last = next(progress.record for progress in reversed(told) if progress.round_ended)
    assert last is not None
    assert tuple(map(unexplained, record.entries)) == last.entries
    assert (record.rounds, record.verdict.speedup) == (last.rounds, last.verdict.speedup)
    counted = {sample.round for entry in record.entries for sample in entry.samples}
    assert record.rounds + 1 not in counted


def test_nothing_is_explained_once_the_budget_is_spent() -> None:
    lab = slowing_lab()
    record = record_of(lab, Options(budget_s=10.0, workers=(2,)))
    assert lab.explained == []
    assert all(entry.spent is None for entry in record.entries)
    assert record.rounds == 3


def test_a_race_without_an_end_leaves_time_to_explain_it() -> None:
    lab = wavering_lab()
    record = record_of(lab)
    assert record.elapsed_s <= NAMED.budget_s + 0.5
    assert [strategy.pool for strategy, _, _ in lab.explained] == list(POOLS)


@pytest.mark.parametrize("failure", [RAISED, DIED, CUT])
@pytest.mark.parametrize("pool", POOLS)
def test_what_fails_while_it_is_explained_has_raced_all_the_same(pool: str, failure: Failure) -> None:
    well = lab_of(0.3, 0.2, 0.1)
    raced = record_of(well)
    record = record_of(lab_of(0.3, 0.2, 0.1, failures={(pool, raced.rounds + 1): failure}))
    assert entry_of(record, pool) == replace(unexplained(entry_of(raced, pool)))
    assert record.verdict.strategy == raced.verdict.strategy


def test_what_failed_is_not_explained() -> None:
    lab = lab_of(0.3, 0.3, 0.1, failures={("threads", 2): DIED})
    record_of(lab)
    assert [strategy.pool for strategy, _, _ in lab.explained] == ["serial", "processes"]


def test_threads_that_a_bound_excludes_run_once_to_check_it() -> None:
    lab = lab_of(0.3, 0.3, 0.1, anatomy=HOLDING)
    record = record_of(lab, Options())
    threads = entry_of(record, "threads")
    assert (threads.state, threads.reason) == (State.DROPPED, "the GIL is held at least 98% of the time, at best 1.02×")
    assert threads.why == "to check a bound: the GIL is held at least 98% of the time, at best 1.02×"
    assert [sample.round for sample in threads.samples] == [0]
    assert record.verdict.strategy == Strategy("processes", 2, start_method="fork")


@pytest.mark.parametrize("options", [Options(pools=("threads", "processes")), NAMED, Options(chunksizes=(3,))])
def test_what_was_named_races_whatever_the_bounds(options: Options) -> None:
    lab = lab_of(0.3, 0.3, 0.1, anatomy=HOLDING)
    assert entry_of(record_of(lab, options), "threads").samples[-1].round > 0


def test_a_bound_that_the_warm_up_round_refutes_keeps_nobody_from_racing() -> None:
    lab = lab_of(0.3, 0.2, 0.1, anatomy=HOLDING)
    assert entry_of(record_of(lab, Options()), "threads").samples[-1].round > 0


def test_where_bounds_exclude_every_pool_serial_is_the_answer_without_a_round() -> None:
    slow = Parcelled(1e6, 0.01, 0.01)
    lab = lab_of(0.3, 0.3, 0.5, anatomy=replace(HOLDING, results=slow))
    record = record_of(lab, Options())
    assert (record.rounds, record.verdict.outcome) == (0, Outcome.STAY_SERIAL)
    assert {number for _, _, number in lab.asked} == {0}


def climbing_lab(best: int) -> ScriptedLab:
    """Threads are the faster the nearer their number comes to the best, whatever the forecast says."""

    def by_workers(strategy: Strategy, _: int) -> float:
        return 0.1 * max(strategy.workers / best, best / strategy.workers)

    return ScriptedLab(ScriptedClock(), {"serial": 2.0, "threads": by_workers, "processes": 2.0}, 400, UNSURE)


@pytest.mark.parametrize("best", [2, 4, 8, 16, 64])
def test_where_the_best_stands_at_the_edge_its_neighbours_are_called_up(best: int) -> None:
    record = record_of(climbing_lab(best), Options())
    assert record.verdict.strategy == Strategy("threads", best)
    threads = [entry for entry in record.entries if entry.strategy.pool == "threads"]
    place = next(place for place, entry in enumerate(threads) if entry.strategy.workers == best)
    assert all(entry.samples for entry in threads[max(0, place - 1) : place + 2])
    called = [entry for entry in threads if entry.why.startswith("a neighbour of the best: ")]
    assert all(entry.samples and entry.state is not State.SKIPPED for entry in called)


def test_calling_up_ends_when_much_of_the_budget_is_spent() -> None:
    lab = climbing_lab(2)
    record = record_of(lab, Options(budget_s=4.0))
    assert not any(entry.why.startswith("a neighbour of the best: ") for entry in record.entries)


def test_what_the_memory_does_not_hold_is_never_run() -> None:
    left = replace(MACHINE, memory=MemoryLeft(10**9, "available in all"))
    lab = lab_of(0.3, 0.1, 0.1, anatomy=replace(WAITING, base_bytes=10**8, item_bytes=10**9))
    record = record_of(lab, NAMED, machine=left)
    assert {strategy.pool for strategy, _, _ in lab.asked} == {"serial"}
    assert entry_of(record, "threads").reason == (
        "2 workers × 1.0 GB + 100 MB = 2.1 GB would not fit the 1.0 GB that are left (available in all)"
    )


def test_where_the_memory_holds_no_pool_time_is_not_what_was_short() -> None:
    left = replace(MACHINE, memory=MemoryLeft(10**9, "available in all"))
    lab = lab_of(0.3, 0.1, 0.1, anatomy=replace(WAITING, base_bytes=10**8, item_bytes=10**9))
    record = record_of(lab, machine=left)
    assert record.verdict.strategy == Strategy("serial")
    assert "raise --budget" not in record.verdict.sentence


def test_a_pool_of_many_workers_is_measured_on_more_items_that_keep_them_busy() -> None:
    lab = lab_of(100.0, 1.0, 30.0, items=1_000, anatomy=replace(WAITING, item_s=0.1))
    record = record_of(lab, Options(workers=(2, 64)))
    drawn = {(strategy.pool, strategy.workers): draw.items for strategy, draw, _ in lab.asked}
    assert drawn["serial", 1] == record.measured_items
    assert drawn["threads", 64] > drawn["threads", 2] >= record.measured_items


def test_figures_of_an_undecided_race_are_open_not_made_up() -> None:
    record, _ = compare(lab_of(0.3, 0.31, 0.1, interrupted_at=4))
    assert record is not None
    for entry in record.entries:
        assert entry.vs_serial is None or (entry.vs_serial.low, entry.vs_serial.high) == (0.0, math.inf)
