"""The line that says where an item's time goes."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.report.anatomy import anatomy_line
from whichpool.values import Anatomy, Band, NativeThreads, Parcelled, Timing

from .records import ANATOMY, RECORD

MS = 1e-3


def line(anatomy: Anatomy | None = ANATOMY, *, raced: Band | None = None, gil: bool = True) -> str:
    record = replace(RECORD, anatomy=anatomy, gil_held=raced, facts=replace(RECORD.facts, gil=gil))
    return "\n".join(text.plain for text in anatomy_line(record))


def item(cpu_share: float, low: float, high: float) -> Anatomy:
    return replace(ANATOMY, item_s=0.01, cpu_s=0.01 * cpu_share, gil_held=Band(low, high))


def items_of(*times_s: float) -> Anatomy:
    return replace(ANATOMY, timings=tuple(Timing(place, time_s) for place, time_s in enumerate(times_s)))


def test_an_item_is_told_in_a_line() -> None:
    assert line(item(0.98, 0.95, 0.98)) == (
        "An item takes 10.0 ms: 98% Python holding the GIL, 2% waiting; 40 B in, 28 B out"
    )


def test_nothing_is_said_where_nothing_is_known() -> None:
    assert line(None) == ""


@pytest.mark.parametrize(
    ("cpu_share", "low", "high", "words"),
    [
        (1.0, 0.97, 1.0, "100% Python holding the GIL"),
        (0.02, 0.0, 0.02, "2% Python holding the GIL, 98% waiting"),
        (0.98, 0.0, 0.0, "98% native code without the GIL, 2% waiting"),
        (0.9, 0.4, 0.44, "42% Python holding the GIL, 48% native code without it, 10% waiting"),
        (0.98, 0.6, 0.8, "60–80% Python holding the GIL, 18–38% native code without it, 2% waiting"),
        (0.98, 0.9, 0.98, "90–98% Python holding the GIL, 2% waiting"),
        (1.0, 0.5, 0.9, "100% computing (GIL: not resolved)"),
        (0.6, 0.0, 1.0, "60% computing (GIL: not resolved), 40% waiting"),
        (0.1, 0.0, 1.0, "0–10% Python holding the GIL, 90% waiting"),
        (0.0, 0.98, 1.0, "98% Python holding the GIL, 2% waiting"),
        (0.0, 0.0, 0.0, "100% waiting"),
    ],
)
def test_the_shares_are_told_as_sharply_as_they_are_known(
    cpu_share: float, low: float, high: float, words: str
) -> None:
    assert line(item(cpu_share, low, high)) == f"An item takes 10.0 ms: {words}; 40 B in, 28 B out"


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_the_shares_add_up_to_100(cpu_share: float, one: float, other: float) -> None:
    shares = line(item(cpu_share, min(one, other), max(one, other))).partition(";")[0]
    spans = [(int(low or high), int(high)) for low, high in re.findall(r"(?:(\d+)–)?(\d+)%", shares)]
    most = [high for _, high in spans]
    if "native" in shares and len({*spans[0]}) > 1:
        most[1] = spans[1][0]  # as one band has more, the other has less
    assert sum(most) == 100


def test_what_threads_did_in_the_race_comes_before_what_the_probe_felt() -> None:
    assert "70% Python holding the GIL" in line(item(0.98, 0.5, 0.98), raced=Band(0.68, 0.72))


def test_without_a_gil_nobody_holds_it() -> None:
    assert "98% computing (no GIL), 2% waiting" in line(item(0.98, 0.0, 0.0), gil=False)


def test_threads_hidden_in_native_code_are_shown_and_waiting_for_them_is_computing() -> None:
    anatomy = replace(item(0.5, 0.0, 0.02), native_cpu_s=0.0145, native=NativeThreads(("openblas",), 2))
    assert "1% Python holding the GIL, 97% native code without it, 2% waiting" in line(anatomy)
    assert "; 2 native threads (openblas) keep 1.95 cores busy" in line(anatomy)
    assert "; 2 native threads keep" in line(replace(anatomy, native=NativeThreads((), 2)))


def test_pickling_is_told_where_it_takes_long() -> None:
    large = Parcelled(3_100_000.0, 4 * MS, 5 * MS)
    assert "40 B in, 3.1 MB out; pickling takes 9.00 ms" in line(replace(ANATOMY, results=large))


def test_what_cannot_be_pickled_is_named() -> None:
    assert "; results cannot be pickled: processes cannot be used" in line(replace(ANATOMY, results=None))
    assert "; arguments and results cannot" in line(replace(ANATOMY, arguments=None, results=None))


def test_items_that_are_alike_need_no_word() -> None:
    assert "items" not in line(items_of(*[MS, 1.1 * MS] * 20))


def test_items_that_differ_are_said_to() -> None:
    assert line(items_of(*[MS, 5 * MS] * 5)).endswith("; items take 1.00 ms to 5.00 ms")


def test_a_few_slow_items_are_pointed_out() -> None:
    assert line(items_of(*([*[MS] * 19, 19 * MS] * 5))).endswith(
        "; items take 1.00 ms to 19.0 ms, the slowest 1 in 20 have 50% of the time"
    )


@pytest.mark.parametrize(
    ("step", "words"),
    [(1, "later items take 3.00× as long as early ones"), (-1, "early items take 3.00× as long as later ones")],
)
def test_drift_along_the_input_is_told(step: int, words: str) -> None:
    times = [*[MS] * 8, *[2 * MS] * 8, *[3 * MS] * 8][::step]
    assert line(items_of(*times)).endswith(words)
