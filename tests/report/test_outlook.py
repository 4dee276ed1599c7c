"""What is said of jobs of other sizes and of other machines."""

from dataclasses import replace

import pytest

from whichpool.report.terminal import as_text
from whichpool.values import BreakEven, Elsewhere, Prospect, Record, Size

from .records import BREAK_EVEN, PROSPECTS, RECORD, SERIAL, THREADS, flowing


def text_of(record: Record, width: int = 100) -> str:
    return flowing(as_text(record, width))


def test_the_break_even_is_said_with_what_suits_other_sizes() -> None:
    words = "By forecast a pool pays from 12 items on. 10 items: serial · 100: threads ×2 1.70× · 1,000: the same 1.90×"
    assert words in text_of(replace(RECORD, break_even=BREAK_EVEN))


def test_a_pool_may_pay_from_the_first_item_on() -> None:
    found = BreakEven(1, THREADS, (Size(10, THREADS, 1.7),))
    assert "a pool pays from the first item on. 10 items: threads ×2" in text_of(replace(RECORD, break_even=found))


def test_where_no_pool_pays_sizes_have_nothing_to_add() -> None:
    found = BreakEven(None, None, (Size(10, SERIAL, 1.0),))
    text = text_of(replace(RECORD, break_even=found))
    assert "By forecast no pool pays, up to 10 items." in text
    assert "10 items:" not in text


def test_prospects_are_marked_as_forecasts_and_stand_in_a_line_for_each_machine() -> None:
    text = text_of(replace(RECORD, prospects=PROSPECTS))
    assert "What if (forecast, nothing of it measured; times faster than serial here):" in text
    assert "16 cores processes ×16 (forkserver) 9.20–14.1× · threads ×2 1.02×" in text
    assert "no GIL threads ×32 2.00–2.50×" in text


@pytest.mark.parametrize(
    ("elsewhere", "words"),
    [
        (Elsewhere(1), "1 core"),
        (Elsewhere(1.5), "1.5 cores"),
        (Elsewhere(64, gil=False), "64 cores, no GIL"),
        (Elsewhere(), "here"),
    ],
)
def test_another_machine_is_named_by_what_is_other_about_it(elsewhere: Elsewhere, words: str) -> None:
    prospect = Prospect(elsewhere, THREADS, 1.0, 2.0)
    assert f"{words} threads ×2 1.00–2.00×" in text_of(replace(RECORD, prospects=(prospect,)))


def test_a_record_without_forecasts_speaks_of_none() -> None:
    text = text_of(RECORD)
    assert "By forecast" not in text
    assert "What if" not in text
