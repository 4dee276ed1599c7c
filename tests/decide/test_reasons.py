"""Why the answer is what it is: told where the figures bear it out, and only there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decide.making import (
    PROCESSES,
    SERIAL,
    THREADS,
    make_anatomy,
    make_entry,
    make_evidence,
    make_spent,
)
from whichpool.decide.gil_demand import gil_held_by_race
from whichpool.decide.reasons import reasons
from whichpool.values import (
    Anatomy,
    Band,
    Entry,
    Estimate,
    NativeThreads,
    Outcome,
    Parcelled,
    State,
    Strategy,
    Timing,
    Trial,
)


def told(
    anatomy: Anatomy | None,
    *entries: Entry,
    outcome: Outcome = Outcome.FASTER,
    answer: Strategy = PROCESSES,
    cores: float = 2,
    gil: bool = True,
) -> str:
    return "\n".join(reasons(make_evidence(anatomy, cores=cores, gil=gil), entries, outcome, answer))


def race(threads_s: float, processes_s: float, serial_s: float = 1.0, **processes: object) -> tuple[Entry, ...]:
    return (
        make_entry(SERIAL, serial_s, serial_s),
        make_entry(THREADS, threads_s, serial_s),
        make_entry(PROCESSES, processes_s, serial_s, 10, **processes),
    )


def test_processes_win_although_handing_over_costs_because_computing_is_long() -> None:
    small = Parcelled(40, 5e-6, 5e-6)
    trial = Trial("processes", "fork", ready_s=3e-3, handover_s=280e-6, close_s=3e-3)
    anatomy = make_anatomy(6.9e-3, arguments=small, results=small, trials=(trial,))
    words = "processes win although handing an item over costs 300 µs, because computing one takes 6.90 ms"
    assert words in told(anatomy, *race(1.03, 0.55))
    assert words not in told(anatomy, *race(1.03, 0.55), outcome=Outcome.UNDECIDED)
    assert words not in told(anatomy, *race(1.03, 0.97), outcome=Outcome.STAY_SERIAL, answer=SERIAL)


def test_where_handing_over_is_next_to_nothing_processes_win_by_that() -> None:
    assert "processes win: computing an item takes 500 ms, handing it over 204 µs" in told(
        make_anatomy(0.5), *race(1.0, 0.5)
    )


def test_threads_that_wait_for_the_gil_do_not_help() -> None:
    serial, threads, processes = race(1.03, 0.55)
    waited = make_entry(THREADS, 1.03, spent=make_spent(1.03, gil=0.49))
    words = "threads do not help: they wait for the GIL 49% of the time"
    assert words in told(make_anatomy(), serial, waited, processes)
    assert "for the GIL" not in told(make_anatomy(), serial, threads, processes)
    hardly = make_entry(THREADS, 1.03, spent=make_spent(1.03, gil=0.1))
    assert "for the GIL" not in told(make_anatomy(), serial, hardly, processes)


def test_threads_that_help_all_the_same_are_not_said_to_be_of_no_help() -> None:
    waited = make_entry(THREADS, 0.7, spent=make_spent(0.7, gil=0.3))
    text = told(make_anatomy(), make_entry(SERIAL, 1.0), waited, answer=THREADS)
    assert "threads ×2: a worker waits for the GIL 30% of the time" in text
    assert "do not help" not in text


def test_threads_that_were_left_out_of_the_race_could_not_have_helped() -> None:
    raced = (make_entry(SERIAL, 1.0), make_entry(PROCESSES, 0.5))
    words = "threads cannot help: an item holds the GIL for at least 98% of its time"
    assert words in told(make_anatomy(gil_held=Band(0.98, 1.0)), *raced)
    assert "GIL" not in told(make_anatomy(gil_held=Band(0.6, 1.0)), *raced)
    assert "GIL" not in told(make_anatomy(gil_held=Band(0.98, 1.0)), *raced, gil=False)


def test_threads_win_where_computing_releases_the_gil() -> None:
    words = "threads win: an item computes 100% of its time, but holds the GIL for at most 5% of it"
    assert words in told(make_anatomy(gil_held=Band(0.0, 0.05)), *race(0.5, 0.6), answer=THREADS)
    assert words not in told(make_anatomy(gil_held=Band(0.0, 0.05)), *race(0.5, 0.4), answer=PROCESSES)


def test_what_waits_wants_more_workers_than_cores() -> None:
    many = Strategy("threads", 16)
    anatomy = make_anatomy(0.018, cpu_s=0.003, gil_held=Band(0.1, 0.2))
    text = told(anatomy, make_entry(SERIAL, 1.0), make_entry(many, 0.1), answer=many)
    words = "an item waits 83% of its 18.0 ms, and meanwhile others get on"
    assert f"{words}: hence more workers (16) than cores (2)" in text
    few = told(anatomy, make_entry(SERIAL, 1.0), make_entry(THREADS, 0.5), answer=THREADS)
    assert words in few
    assert "hence" not in few


@pytest.mark.parametrize(("cores", "words"), [(2, "both cores"), (8, "1.93 of 8 cores")])
def test_native_threads_that_use_the_cores_already_are_named(cores: int, words: str) -> None:
    native = NativeThreads(("openblas",), 2)
    anatomy = make_anatomy(native=native, native_cpu_s=0.009, gil_held=Band(0.0, 0.1))
    serial = make_entry(SERIAL, 1.0, cores_busy=1.93)
    entries = (serial, make_entry(THREADS, 1.1), make_entry(PROCESSES, 1.2))
    text = told(anatomy, *entries, outcome=Outcome.STAY_SERIAL, answer=SERIAL, cores=cores)
    assert f"openblas already uses {words} in serial, with 2 threads of its own" in text


def test_native_threads_that_idle_are_not_told_of() -> None:
    anatomy = make_anatomy(native=NativeThreads(("openblas",), 2))
    assert "openblas" not in told(anatomy, *race(1.1, 1.2), outcome=Outcome.STAY_SERIAL, answer=SERIAL)


def test_serial_wins_where_pickling_results_takes_longer_than_computing_them() -> None:
    anatomy = make_anatomy(5e-3, results=Parcelled(3_100_000, 5e-3, 4e-3))
    text = told(anatomy, *race(1.1, 2.0), outcome=Outcome.STAY_SERIAL, answer=SERIAL)
    assert "serial wins: pickling an item's result (3.1 MB) takes longer than computing it: 9.00 ms against 5" in text
    assert "pickling" not in told(anatomy, *race(1.1, 0.5))


def test_arguments_too_large_for_processes_are_named_where_threads_win() -> None:
    anatomy = make_anatomy(gil_held=Band(0, 0.1), arguments=Parcelled(8e6, 4e-3, 3e-3))
    text = told(anatomy, *race(0.5, 1.1), answer=THREADS)
    assert "processes do not pay: pickling an item's arguments (8.0 MB) takes 7.00 ms, computing it 10.0 ms" in text


def test_a_start_that_eats_the_gain_is_told() -> None:
    text = told(
        make_anatomy(), *race(1.0, 1.2, startup_s=0.4, serial_s=1.0), outcome=Outcome.STAY_SERIAL, answer=SERIAL
    )
    assert "processes do not pay: starting processes ×2 (fork) takes 400 ms, the whole job in serial 1.00 s" in text


def test_a_start_that_makes_no_difference_is_not_blamed() -> None:
    text = told(make_anatomy(), *race(1.0, 5.0, startup_s=0.4), outcome=Outcome.STAY_SERIAL, answer=SERIAL)
    assert "starting" not in text
    assert "starting" not in told(make_anatomy(), *race(1.0, 0.6, startup_s=0.4))


def test_a_caller_that_can_hand_out_no_faster_is_told() -> None:
    busy = make_spent(0.5, parent_s=0.48)
    words = "processes ×2 (fork): handing out the work keeps the calling process busy 96% of the time"
    assert words in told(make_anatomy(), *race(1.0, 0.5, spent=busy))
    assert words not in told(make_anatomy(), *race(1.0, 0.5, spent=make_spent(0.5, parent_s=0.1)))


def test_one_long_item_bounds_every_pool() -> None:
    anatomy = make_anatomy(0.1, timings=(Timing(0, 0.02), Timing(9, 0.8)))
    entries = (make_entry(SERIAL, 4.0, 4.0), make_entry(PROCESSES, 2.4, 4.0))
    words = "the longest item seen takes 800 ms, 33% of the job in processes ×2 (fork): no pool gets below that"
    assert words in told(anatomy, *entries)
    quicker = (make_entry(SERIAL, 1.0), make_entry(PROCESSES, 0.7))
    assert "no pool gets below" not in told(anatomy, *quicker), "the race has refuted it"


def test_a_long_end_is_told() -> None:
    text = told(make_anatomy(), *race(1.0, 0.6, spent=make_spent(0.6, tail=0.22)))
    assert "processes ×2 (fork): 22% of a worker's time is spent idle at the end, while others finish" in text


def test_small_items_are_why_chunks_are_large() -> None:
    entries = race(1.0, 0.6, chunksize=5000)
    text = told(make_anatomy(3e-6), *entries)
    assert "an item takes 3.00 µs, handing it over alone would cost 200 µs: hence chunks of 5,000" in text
    assert "hence chunks" not in told(make_anatomy(), *entries)


def test_busy_cores_bound_the_workers() -> None:
    words = "processes ×2 (fork) keeps 1.94 of 2 cores busy: more workers would find none free"
    assert words in told(make_anatomy(), *race(1.0, 0.5, cores_busy=1.94))
    assert words not in told(make_anatomy(), *race(1.0, 0.5, cores_busy=1.94), cores=4)


def test_the_differences_follow_the_reasons() -> None:
    found = told(make_anatomy(), *race(1.0, 0.5, vs_threads=Estimate(2.0, 1.9, 2.1, 10))).splitlines()
    assert [reason.partition(":")[0] for reason in found[-3:]] == [
        "threads ×2 against serial",
        "processes ×2 (fork) against serial",
        "processes ×2 (fork) against threads ×2",
    ]


def test_what_only_warmed_up_explains_nothing() -> None:
    threads = make_entry(THREADS, 1.03, rounds=0, spent=make_spent(1.03, gil=0.49))
    text = told(make_anatomy(gil_held=Band(0, 1)), make_entry(SERIAL, 1.0), threads, make_entry(PROCESSES, 0.5))
    assert "for the GIL" not in text


def test_without_anatomy_or_without_serial_the_differences_are_all() -> None:
    assert len(told(None, *race(1.0, 0.5)).splitlines()) == 2
    _, threads, processes = race(1.0, 0.5)
    text = told(make_anatomy(), make_entry(SERIAL, 1.0, state=State.FAILED), threads, processes)
    assert len(text.splitlines()) == 2


shares = st.floats(min_value=0, max_value=1)
times_s = st.floats(min_value=1e-6, max_value=10)
parcels = st.none() | st.builds(Parcelled, st.floats(0, 1e9), times_s, times_s)
anatomies = st.builds(
    lambda item_s, cpu, held, parcels, trials, native: make_anatomy(
        item_s,
        cpu_s=cpu * item_s,
        gil_held=Band(min(held), max(held)),
        arguments=parcels[0],
        results=parcels[1],
        trials=make_anatomy().trials if trials else (),
        native=native,
    ),
    times_s,
    shares,
    st.tuples(shares, shares),
    st.tuples(parcels, parcels),
    st.booleans(),
    st.none() | st.just(NativeThreads((), 4)),
)


@st.composite
def races(draw: st.DrawFn) -> tuple[Entry, ...]:
    serial_s = draw(times_s)
    entries = []
    for strategy in (SERIAL, THREADS, PROCESSES):
        job_s = serial_s if strategy == SERIAL else draw(times_s)
        spent = make_spent(job_s, gil=draw(shares) / 2, tail=draw(shares) / 2) if draw(st.booleans()) else None
        startup_s, busy, rounds = draw(times_s), draw(st.floats(0, 4)), draw(st.integers(0, 3))
        entries.append(make_entry(strategy, job_s, serial_s, rounds, startup_s=startup_s, spent=spent, cores_busy=busy))
    return tuple(entries)


@given(st.none() | anatomies, races(), st.sampled_from(Outcome), st.sampled_from([SERIAL, THREADS, PROCESSES]))
def test_reasons_are_few_and_never_contradict_the_figures(
    anatomy: Anatomy | None, entries: tuple[Entry, ...], outcome: Outcome, answer: Strategy
) -> None:
    found = reasons(make_evidence(anatomy), entries, outcome, answer)
    assert len(found) <= 5 + 2
    text = "\n".join(found)
    for pool in ("threads", "processes"):
        assert f"{pool} win" not in text or (outcome is Outcome.FASTER and answer.pool == pool)
    assert "serial wins" not in text or outcome is Outcome.STAY_SERIAL
    for entry in entries[1:]:
        if entry.vs_serial is not None and entry.vs_serial.value > 1.05:
            assert f"{entry.strategy.pool} do not" not in text


def test_what_threads_really_did_bounds_the_gil() -> None:
    anatomy = make_anatomy(gil_held=Band(0.6, 1.0))
    held = gil_held_by_race(anatomy, race(0.5, 0.5))
    assert held.high == pytest.approx(0.5 * 1.01)
    assert held.low == held.high, "where race and probe disagree, the race is right"


@pytest.mark.parametrize("threads_s", [1.0, 1.5])
def test_threads_that_are_no_faster_tell_nothing_of_the_gil(threads_s: float) -> None:
    anatomy = make_anatomy(gil_held=Band(0.3, 0.9))
    assert gil_held_by_race(anatomy, race(threads_s, 0.5)) == Band(0.3, 0.9)


def test_without_serial_the_race_does_not_bound_the_gil() -> None:
    anatomy = make_anatomy(gil_held=Band(0.6, 1.0))
    _, threads, processes = race(0.5, 0.5)
    assert gil_held_by_race(anatomy, (make_entry(SERIAL, 1.0, state=State.FAILED), threads, processes)).high == 1.0
