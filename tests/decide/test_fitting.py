"""Whether a strategy fits the memory that is left."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decide.making import PROCESSES, SERIAL, THREADS, make_anatomy
from whichpool.decide.fitting import why_not_fit
from whichpool.machine.memory import MemoryLeft
from whichpool.values import Strategy, Trial

MB = 10**6
TRIALS = (
    Trial("threads", None, 0, 0, 0),
    Trial("processes", "fork", 0, 0, 0, worker_bytes=5 * MB),
    Trial("processes", "spawn", 0, 0, 0, worker_bytes=40 * MB),
)
ANATOMY = make_anatomy(base_bytes=100 * MB, item_bytes=50 * MB, trials=TRIALS)

amounts = st.integers(min_value=0, max_value=10**11)


def left(left_bytes: int) -> MemoryLeft:
    return MemoryLeft(left_bytes, "cgroup limit of 2.0 GB in /")


@pytest.mark.parametrize(
    ("strategy", "arithmetic"),
    [
        (Strategy("threads", 8), "8 workers × 50 MB + 100 MB = 500 MB"),
        (Strategy("processes", 8, start_method="fork"), "8 workers × 55 MB + 100 MB = 540 MB"),
        (Strategy("processes", 8, start_method="spawn"), "8 workers × 90 MB + 100 MB = 820 MB"),
        (Strategy("processes", 8, start_method="forkserver"), "8 workers × 50 MB + 100 MB = 500 MB"),
    ],
)
def test_what_does_not_fit_is_told_with_the_arithmetic_and_what_holds_the_memory_there(
    strategy: Strategy, arithmetic: str
) -> None:
    told = why_not_fit(ANATOMY, strategy, left(400 * MB))
    assert told == f"{arithmetic} would not fit the 400 MB that are left (cgroup limit of 2.0 GB in /)"


def test_a_tenth_of_the_memory_is_left_alone() -> None:
    assert why_not_fit(ANATOMY, THREADS, left(223 * MB)) is None
    assert why_not_fit(ANATOMY, THREADS, left(222 * MB)) is not None


@given(amounts)
def test_serial_is_run_whatever_is_left(left_bytes: int) -> None:
    assert why_not_fit(ANATOMY, SERIAL, left(left_bytes)) is None


@pytest.mark.parametrize("unknown", ["base_bytes", "loaded_bytes", "item_bytes"])
def test_where_the_sizes_are_not_known_nothing_is_kept_from_running(unknown: str) -> None:
    unseen = replace(ANATOMY, **{unknown: None})  # type: ignore[arg-type]  # one of two fields that may be None
    assert why_not_fit(unseen, PROCESSES, left(0)) is None


@given(amounts, amounts, st.integers(1, 64))
def test_more_memory_or_fewer_workers_never_keep_a_strategy_out(one: int, other: int, workers: int) -> None:
    less, more = sorted((one, other))
    strategy = Strategy("processes", workers + 1, start_method="fork")
    if why_not_fit(ANATOMY, strategy, left(less)) is None:
        assert why_not_fit(ANATOMY, strategy, left(more)) is None
        assert why_not_fit(ANATOMY, replace(strategy, workers=workers), left(less)) is None
