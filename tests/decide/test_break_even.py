"""From how many items on a pool pays."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decide.making import ITEMS, PROCESSES, SERIAL, THREADS, make_anatomy, make_entry, make_evidence
from whichpool.decide.break_even import break_even
from whichpool.values import Anatomy, BreakEven, Entry, Estimate, Outcome, Strategy, Trial, Verdict

SLOW_START = make_anatomy(trials=(Trial("processes", "fork", ready_s=0.4, handover_s=200e-6, close_s=0.02),))


def verdict(strategy: Strategy | None, speedup: float | None = None) -> Verdict:
    figure = None if speedup is None else Estimate(speedup, speedup, speedup, 10)
    return Verdict(Outcome.FASTER, strategy, SERIAL, figure, "")


def found(anatomy: Anatomy | None, concluded: Verdict, *entries: Entry, items: int = ITEMS) -> BreakEven:
    answer = break_even(make_evidence(anatomy, items=items), entries, concluded)
    assert answer is not None
    return answer


def race(processes_s: float, threads_s: float = 1.0) -> tuple[Entry, ...]:
    return make_entry(SERIAL, 1.0), make_entry(THREADS, threads_s), make_entry(PROCESSES, processes_s)


def test_processes_pay_once_they_have_earned_their_start() -> None:
    answer = found(SLOW_START, verdict(PROCESSES, 1.0 / 0.93), *race(0.93))
    assert answer.pays_from is not None
    assert 88 <= answer.pays_from <= 98, "1.05 × (0.42 s + items × 5 ms) = items × 10 ms"
    assert answer.strategy is not None
    assert answer.strategy.pool == "processes"
    by_items = {size.items: size for size in answer.sizes}
    assert list(by_items) == [10, 100, 1000]
    assert by_items[10].strategy == SERIAL
    assert by_items[10].speedup == 1
    assert 1.4 < by_items[1000].speedup < 2.2


def test_the_verdict_stands_for_the_job_itself() -> None:
    answer = found(SLOW_START, verdict(SERIAL), *race(0.93))
    own = next(size for size in answer.sizes if size.items == ITEMS)
    assert (own.strategy, own.speedup) == (SERIAL, 1.0)
    assert answer.pays_from is not None
    assert answer.pays_from > ITEMS


def test_where_even_one_item_pays_that_is_said() -> None:
    anatomy = make_anatomy(trials=(Trial("processes", "fork", 0.0, 1e-9, 0.0),))
    entries = (make_entry(SERIAL, 1.0), make_entry(PROCESSES, 0.25))
    assert found(anatomy, verdict(PROCESSES, 4.0), *entries).pays_from == 1


def test_where_no_pool_ever_pays_there_is_no_number() -> None:
    answer = found(make_anatomy(), verdict(SERIAL), make_entry(SERIAL, 1.0), make_entry(THREADS, 1.05))
    assert (answer.pays_from, answer.strategy) == (None, None)
    assert {size.strategy for size in answer.sizes} == {SERIAL}


def test_the_simplest_within_the_margin_is_taken() -> None:
    answer = found(make_anatomy(), verdict(THREADS, 2.0), *race(0.49, threads_s=0.5))
    assert {size.strategy.pool for size in answer.sizes if size.items >= ITEMS} == {"threads"}


def test_there_are_no_more_workers_than_items() -> None:
    many = Strategy("threads", 64)
    anatomy = make_anatomy(cpu_s=0.0)
    answer = found(anatomy, verdict(many, 50.0), make_entry(SERIAL, 1.0), make_entry(many, 0.02))
    assert all(size.strategy.workers <= size.items for size in answer.sizes)
    assert answer.sizes[-1].strategy.workers == 64


@pytest.mark.parametrize(
    ("items", "sizes"),
    [
        (3, [3, 10, 100, 1000]),
        (24, [10, 24, 100, 1000]),
        (1000, [10, 100, 1000, 10_000]),
        (2500, [10, 100, 1000, 2500, 10_000]),
    ],
)
def test_the_table_has_powers_of_ten_and_the_job_itself(items: int, sizes: list[int]) -> None:
    answer = found(make_anatomy(), verdict(PROCESSES, 1.9), *race(0.53), items=items)
    assert [size.items for size in answer.sizes] == sizes


@pytest.mark.parametrize(
    ("anatomy", "strategy", "entries"),
    [
        (None, PROCESSES, race(0.5)),
        (make_anatomy(), None, race(0.5)),
        (make_anatomy(), SERIAL, race(0.5)[:1]),
        (make_anatomy(), PROCESSES, race(0.5)[1:]),
        (make_anatomy(), SERIAL, (make_entry(SERIAL, 1.0), make_entry(THREADS, 0.5, rounds=0))),
        (make_anatomy(arguments=None), SERIAL, (make_entry(SERIAL, 1.0), make_entry(PROCESSES, 0.5))),
    ],
)
def test_without_a_pool_raced_against_serial_there_is_nothing_to_tell(
    anatomy: Anatomy | None, strategy: Strategy | None, entries: tuple[Entry, ...]
) -> None:
    assert break_even(make_evidence(anatomy), entries, verdict(strategy)) is None


@settings(max_examples=40)
@given(
    item_s=st.floats(1e-6, 1.0),
    ready_s=st.floats(0, 2),
    threads=st.floats(0.2, 5),
    processes=st.floats(0.2, 5),
    items=st.integers(1, 20_000),
)
def test_from_the_number_given_all_sizes_of_the_table_pay(
    item_s: float, ready_s: float, threads: float, processes: float, items: int
) -> None:
    anatomy = make_anatomy(item_s, trials=(Trial("processes", "fork", ready_s, 200e-6, 0.0),))
    serial_s = items * item_s
    entries = (
        make_entry(SERIAL, serial_s, serial_s),
        make_entry(THREADS, serial_s / threads, serial_s),
        make_entry(PROCESSES, serial_s / processes, serial_s),
    )
    speedups = {SERIAL: 1.0, THREADS: threads, PROCESSES: processes}
    answer = next(strategy for strategy, speedup in speedups.items() if speedup * 1.05 >= max(speedups.values()))
    concluded = verdict(answer, None if answer == SERIAL else speedups[answer])
    told = found(anatomy, concluded, *entries, items=items)
    for size in told.sizes:
        pays = size.strategy.pool != "serial"
        assert pays or told.pays_from is None or size.items < told.pays_from
        assert size.items == items or (size.speedup > 1) == pays  # the simplest within the margin of the best
    assert told.pays_from is not None or told.sizes[-1].strategy == SERIAL
