"""The bars that show where the time went."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.report.apportion import apportion
from whichpool.report.terminal import as_text
from whichpool.values import Entry, Record, Spending, Spent

from .records import FAILED, MANY, RECORD, SERIAL, SKIPPED, SPENT, THREADS, flowing, raced

ALONE = Spent(1.0, 24, 1, {Spending.COMPUTING: 1.0}, 0.001)


def record_of(*entries: Entry) -> Record:
    return replace(RECORD, entries=entries)


def bars(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if re.fullmatch(r"  [<█░▓▒=·>-]+", line)]


def test_each_worker_s_time_is_shown_in_percent_in_order_of_time() -> None:
    text = as_text(record_of(replace(raced(THREADS, 0.5), spent=SPENT)), 100, explain=True)
    assert "threads ×2  500 ms, the caller used 12.3 ms of CPU" in text
    assert "< start-up 4%   █ computing 88%   = handing over 5%   - idle at the end 3%" in text
    (bar,) = bars(text)
    assert re.fullmatch("<+█+=+-+", bar)


def test_bars_are_as_long_as_their_jobs_took() -> None:
    entries = replace(raced(SERIAL, 1.0), spent=ALONE), replace(raced(THREADS, 0.5), spent=SPENT)
    text = as_text(record_of(*entries), 100, explain=True)
    alone, together = bars(text)
    assert len(alone) == 2 * len(together)
    assert "(bars to scale)" in flowing(text)


def test_bars_are_all_alike_where_one_would_be_too_short_to_be_read() -> None:
    entries = replace(raced(SERIAL, 50.0), spent=replace(ALONE, job_s=50.0)), replace(raced(THREADS, 0.5), spent=SPENT)
    text = as_text(record_of(*entries), 100, explain=True)
    alone, together = bars(text)
    assert len(alone) == len(together)
    assert "(each bar a whole job)" in flowing(text)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_sign_and_its_meaning_are_never_parted(width: int) -> None:
    parts = dict.fromkeys(Spending, 0.1)
    spent = Spent(0.9, 24, 2, parts, 0.0)
    text = as_text(record_of(replace(raced(THREADS, 0.9), spent=spent)), width, explain=True)
    for spending in Spending:
        assert re.search(rf"[<█░▓▒=·>-] {spending} 11%|[<█░▓▒=·>-] {spending} 12%", text)
    assert len(set(bars(text)[0])) == len(Spending)


def test_workers_that_had_nothing_to_do_are_left_out_of_the_count() -> None:
    entry = replace(raced(MANY, 0.5), spent=replace(SPENT, workers=24))
    assert "24 workers had work" in as_text(record_of(entry), explain=True)


def test_the_reason_and_the_forecast_stand_beside_what_was_measured() -> None:
    entry = replace(raced(THREADS, 0.5), why="the forecast likes it best", forecast_s=0.4)
    text = flowing(as_text(record_of(entry), explain=True))
    assert "tried because: the forecast likes it best" in text
    assert "forecast 400 ms, by the rounds 500 ms (25% longer)" in text
    exact = replace(entry, forecast_s=0.5)
    assert "forecast 500 ms, by the rounds 500 ms the" not in flowing(as_text(record_of(exact), explain=True))
    assert "longer" not in as_text(record_of(exact), explain=True)


def test_who_left_the_race_is_told_why() -> None:
    entry = replace(raced(MANY, 0.6, n=0), why="the next worker count")
    assert "left the race: slower than threads ×2 in the warm-up round" in as_text(record_of(entry), explain=True)


def test_nothing_is_explained_where_there_is_nothing_to_explain() -> None:
    record = record_of(raced(SERIAL, 1.0), FAILED, replace(SKIPPED, why="to see"))
    assert as_text(record, explain=True) == as_text(record)


@given(st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=9), st.integers(0, 200))
def test_whole_numbers_add_up_and_are_off_by_less_than_one(parts: list[float], total: int) -> None:
    parts[0] += 1e-3
    seats = apportion(parts, total)
    assert sum(seats) == total
    for part, seat in zip(parts, seats, strict=True):
        assert abs(seat - part / sum(parts) * total) < 1 + 1e-9
