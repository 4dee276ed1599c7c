"""Where a job's time went, by what was seen of its workers."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decide.making import (
    ITEMS,
    PROCESSES,
    SERIAL,
    THREADS,
    make_anatomy,
    make_breakdown,
    make_evidence,
    make_sample,
)
from whichpool.decide.estimates import entries
from whichpool.decide.time_spent import time_spent
from whichpool.values import Breakdown, Sample, Spending, Strategy

times_s = st.floats(min_value=0, max_value=100)
PARTS = ("startup_s", "computing_s", "blocked_s", "queued_s", "handing_s", "idle_s", "tail_s", "closing_s")


@st.composite
def explained_samples(draw: st.DrawFn) -> Sample:
    parts = {name: draw(times_s) for name in PARTS}
    parts["computing_s"] += 1e-3
    seen = make_breakdown(draw(st.integers(1, 64)), **parts, parent_s=draw(times_s))
    return make_sample(sum(parts.values()), items=draw(st.integers(1, 1000)), breakdown=seen)


def explained(seen: Breakdown, items: int = ITEMS) -> Sample:
    return make_sample(1.0, items=items, breakdown=seen)


def shares(sample: Sample, serial: Sample | None, strategy: Strategy, *, gil: bool = True) -> dict[Spending, float]:
    spent = time_spent(sample, serial, strategy, float(gil))
    assert spent is not None
    return dict(spent.parts)


@given(
    sample=explained_samples(),
    serial=st.none() | explained_samples(),
    strategy=st.sampled_from([SERIAL, THREADS, PROCESSES]),
    gil=st.booleans(),
)
def test_the_parts_sum_up_to_the_jobs_time_and_none_is_negative(
    sample: Sample, serial: Sample | None, strategy: Strategy, *, gil: bool
) -> None:
    spent = time_spent(sample, serial, strategy, float(gil))
    assert spent is not None
    assert sum(spent.parts.values()) == pytest.approx(sample.job_s, rel=1e-9)
    assert min(spent.parts.values()) >= 0
    assert spent.share(*Spending) == pytest.approx(1.0)
    assert Spending.GIL not in spent.parts or (gil and strategy == THREADS and serial is not None)


def test_what_serial_did_not_wait_for_threads_wait_for_the_gil() -> None:
    serial = explained(make_breakdown(1, computing_s=0.8, blocked_s=0.2))
    threads = explained(make_breakdown(2, computing_s=0.4, blocked_s=0.5, tail_s=0.1))
    assert shares(threads, serial, THREADS) == pytest.approx(
        {Spending.COMPUTING: 0.4, Spending.WAITING: 0.1, Spending.GIL: 0.4, Spending.TAIL: 0.1}
    )


def test_serials_own_waiting_is_never_the_gils() -> None:
    serial = explained(make_breakdown(1, computing_s=0.3, blocked_s=0.7))
    assert shares(serial, serial, SERIAL) == {Spending.COMPUTING: 0.3, Spending.WAITING: 0.7}


def test_nobody_waits_for_the_gil_for_longer_than_others_can_have_held_it() -> None:
    serial = explained(make_breakdown(1, computing_s=0.01, blocked_s=0.09))
    overrun_server = explained(make_breakdown(4, computing_s=0.02, queued_s=0.01, blocked_s=0.97))
    assert shares(overrun_server, serial, THREADS)[Spending.GIL] == pytest.approx(3 * 0.03)


def test_where_threads_ran_more_items_than_serial_the_items_own_waiting_grows_with_them() -> None:
    serial = explained(make_breakdown(1, computing_s=0.8, blocked_s=0.2), items=10)
    threads = explained(make_breakdown(2, computing_s=0.5, blocked_s=0.5), items=40)
    assert shares(threads, serial, THREADS)[Spending.WAITING] == pytest.approx(0.4)


@pytest.mark.parametrize(("strategy", "gil"), [(PROCESSES, True), (THREADS, False)])
def test_where_there_is_no_gil_between_workers_all_blocking_is_waiting(strategy: Strategy, *, gil: bool) -> None:
    serial = explained(make_breakdown(1, computing_s=0.8, blocked_s=0.2))
    workers = explained(make_breakdown(2, computing_s=0.4, blocked_s=0.5, queued_s=0.1))
    assert shares(workers, serial, strategy, gil=gil) == {
        Spending.COMPUTING: 0.4,
        Spending.WAITING: 0.5,
        Spending.CORE: 0.1,
    }


def test_the_parts_stand_in_the_order_of_time() -> None:
    sample = explained(make_breakdown(2, **dict.fromkeys(PARTS, 0.1)))
    for strategy in (THREADS, PROCESSES):
        parts = shares(sample, explained(make_breakdown(1, computing_s=1.0)), strategy)
        assert list(parts) == [spending for spending in Spending if spending in parts]


def test_a_sample_that_was_not_watched_tells_nothing() -> None:
    assert time_spent(make_sample(), make_sample(), THREADS) is None


def test_an_entry_tells_where_time_and_memory_went_in_the_explaining_round() -> None:
    serial = make_sample(1.0, breakdown=make_breakdown(1, computing_s=1.0), peak_pss_bytes=20_000_000)
    threads = make_sample(1.0, breakdown=make_breakdown(2, computing_s=0.5, blocked_s=0.5), peak_pss_bytes=26_000_000)
    explained_by = {SERIAL: serial, THREADS: threads}
    evidence = make_evidence(make_anatomy())
    runs = tuple(replace(run, why="named", explained=explained_by.get(run.strategy)) for run in evidence.runs)
    of_serial, of_threads, of_processes = entries(replace(evidence, runs=runs))
    assert of_threads.spent is not None
    assert of_threads.spent.share(Spending.GIL) == pytest.approx(0.5)
    assert (of_threads.why, of_threads.peak_pss_bytes, of_threads.worker_bytes) == ("named", 26_000_000, 3_000_000)
    assert (of_serial.peak_pss_bytes, of_serial.worker_bytes) == (20_000_000, None)
    assert (of_processes.spent, of_processes.peak_pss_bytes, of_processes.worker_bytes) == (None, None, None)
