"""The report for people, from records made by hand."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from whichpool.report import Report
from whichpool.report.terminal import as_html, as_text
from whichpool.values import Caveat, Code, Entry, Estimate, Outcome, Record, State, Strategy, Verdict, Workload

from .records import (
    ANATOMY,
    BREAK_EVEN,
    FAILED,
    MANY,
    PROSPECTS,
    RECORD,
    SERIAL,
    SKIPPED,
    SPENT,
    THREADS,
    estimate,
    flowing,
    raced,
)

WIDTHS = (40, 80, 120)

MARKUP = "[red]x[/]"


SENTENCES = {
    Outcome.FASTER: "Use threads ×2: 2.00 times faster (1.96–2.04) than serial; at least 95% sure after 9 rounds.",
    Outcome.STAY_SERIAL: "Stay serial: no pool is faster by more than 5%; at least 95% sure after 9 rounds.",
    Outcome.EQUIVALENT: "Equivalent: all lie within 5% of each other, so take the simplest, serial.",
    Outcome.UNDECIDED: "Undecided after 9 rounds: raise --budget.",
}


def record_of(outcome: Outcome = Outcome.FASTER, name: str = "app.py:work", caveats: tuple[Caveat, ...] = ()) -> Record:
    chosen = THREADS if outcome is Outcome.FASTER else SERIAL
    return replace(
        RECORD,
        workload=Workload(name),
        verdict=Verdict(outcome, chosen, SERIAL, estimate(2.0), SENTENCES[outcome], ("one against other",), caveats),
    )


def row(text: str, name: str) -> str:
    """Find a strategy's line in the table."""
    return next(line for line in text.splitlines() if line[2:].lstrip().startswith(f"{name} "))


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("width", WIDTHS)
def test_the_answer_is_there_in_every_width(outcome: Outcome, width: int) -> None:
    assert SENTENCES[outcome] in flowing(as_text(record_of(outcome), width))


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_chosen_one_is_pointed_at_unless_nothing_is_decided(outcome: Outcome) -> None:
    pointed = [line for line in as_text(record_of(outcome)).splitlines() if line.startswith("▶")]
    expected = {Outcome.FASTER: ["threads"], Outcome.UNDECIDED: []}.get(outcome, ["serial"])
    assert [line.split()[1] for line in pointed] == expected


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_longer_than_the_terminal_is_wide(outcome: Outcome, width: int) -> None:
    caveat = Caveat(Code.FORECAST, "each sample ran 40 of the 10,000 items, drawn afresh for every round; " * 3)
    name = "a/path/that/goes/on/for/longer/than/any/terminal/would/ever/like/to/show.py:function_with_a_long_name"
    told = replace(record_of(outcome, name, (caveat,)), anatomy=ANATOMY, break_even=BREAK_EVEN, prospects=PROSPECTS)
    explained = [replace(entry, spent=SPENT, why="because " * 30, forecast_s=1.0) for entry in told.entries]
    text, _, _ = as_text(replace(told, entries=tuple(explained)), width, explain=True).partition("The code for")
    assert [line for line in text.splitlines() if cell_len(line) > width] == []


@pytest.mark.parametrize("width", [40, 56])
def test_the_chosen_one_is_pointed_at_in_a_narrow_terminal_too(width: int) -> None:
    assert "▶" in as_text(record_of(), width)


def rows(text: str) -> list[str]:
    """List the table's lines without its head."""
    lines = text.splitlines()
    _, above, below = [number for number, line in enumerate(lines) if not line.strip()][:3]
    return lines[above + 2 : below]


@pytest.mark.parametrize("width", WIDTHS)
def test_each_strategy_stands_on_one_line_whatever_the_width(width: int) -> None:
    shown = [line.lstrip(" ▶✗").split()[0] for line in rows(as_text(record_of(), width))]
    assert shown == [entry.strategy.pool for entry in record_of().entries if entry.state is not State.SKIPPED]


def test_the_time_and_the_factor_of_every_strategy_can_be_read() -> None:
    text = as_text(record_of(), 120)
    assert "500 ms" in row(text, "threads ×2")
    assert "2.00" in row(text, "threads ×2")
    assert "12.3 s" in row(text, "processes ×2 (forkserver)")
    assert "0.0813" in row(text, "processes ×2 (forkserver)")


@pytest.mark.parametrize("width", [40, 56, 80, 100, 120])
def test_no_figure_is_cut_short_whatever_the_width(width: int) -> None:
    # The strategy's name may be; a figure that was cut reads as another one.
    cells = [cell for line in rows(as_text(record_of(), width)) for cell in line.split()]
    assert [cell for cell in cells if cell[0].isdigit() and cell.endswith("…")] == []


@pytest.mark.parametrize(("width", "columns"), [(120, ["start-up", "CPU", "95 %"]), (80, ["95 %"]), (40, ["×"])])
def test_a_wider_terminal_shows_more_columns(width: int, columns: list[str]) -> None:
    head = next(line for line in as_text(record_of(), width).splitlines() if "strategy" in line)
    assert all(column in head for column in columns)


def test_a_failed_strategy_is_told_with_its_reason() -> None:
    text = as_text(record_of())
    assert "✗" in row(text, "processes ×8 (forkserver)")
    assert "failed" in row(text, "processes ×8 (forkserver)")
    assert "processes ×8 (forkserver) failed: a worker process was killed by SIGSEGV" in flowing(text)


def test_what_only_warmed_up_is_said_to() -> None:
    assert "warm-up only" in row(as_text(record_of()), "threads ×32")


def test_what_was_left_out_stands_below_the_table_with_its_reason() -> None:
    text = as_text(record_of())
    assert "×32 (spawn)" not in "".join(rows(text))
    assert "– processes ×32 (spawn) not run: the budget was spent before its turn" in text


def test_what_was_left_out_for_one_reason_is_told_together_by_pool() -> None:
    left_out = [Strategy("processes", n, start_method="fork") for n in (8, 16)]
    left_out += [Strategy("threads", n) for n in (4, 8, 24)] + [Strategy("threads", 4, chunksize=9)]
    entries = tuple(Entry(strategy, State.SKIPPED, "no gain") for strategy in left_out)
    other = Entry(Strategy("threads", 99), State.SKIPPED, "no room")
    text = flowing(as_text(replace(record_of(), entries=(raced(SERIAL, 1.0), *entries, other))))
    assert "– processes ×8, ×16 (fork), threads ×4, ×8, ×24, threads ×4 (chunks of 9) not run: no gain" in text
    assert "– threads ×99 not run: no room" in text


def test_memory_has_columns_only_where_it_is_known() -> None:
    entries = (raced(SERIAL, 1.0), replace(raced(THREADS, 0.5), peak_pss_bytes=148_000_000, worker_bytes=3_100_000))
    text = as_text(replace(record_of(), entries=entries), 120)
    assert "148 MB" in row(text, "threads ×2")
    assert "3.1 MB" in row(text, "threads ×2")
    assert "memory" not in as_text(record_of(), 120)
    assert "3.1 MB" not in as_text(replace(record_of(), entries=entries), 80)


def test_an_interval_that_is_not_known_is_an_open_question() -> None:
    job_s, vs_serial = Estimate(0.5, 0.0, math.inf, 2), Estimate(2.0, 0.0, math.inf, 2)
    entry = replace(raced(THREADS, 0.5), job_s=job_s, vs_serial=vs_serial)
    text = as_text(replace(record_of(), entries=(raced(SERIAL, 1.0), entry)), 120)
    assert row(text, "threads ×2").count("?") == 2
    assert "inf" not in text


def test_the_header_says_what_was_measured_on_what_for_how_long() -> None:
    head = flowing(as_text(record_of(), 120))
    assert head.startswith(
        "app.py:work 24 items · 1.5 of 8 (affinity: CPUs 0-1) cores · Python 3.13.1 · 9 rounds in 12.3 s"
    )


def test_a_forecast_is_called_one() -> None:
    text = as_text(replace(record_of(), measured_items=6), 120)
    assert "job, forecast" in text
    assert "6 of 24 items" in flowing(text)


def test_caveats_are_all_there_below_the_answer() -> None:
    caveats = (Caveat(Code.BY_VALUE, "it travelled by value"), Caveat(Code.INTERRUPTED, "this is what was known"))
    lines = as_text(record_of(caveats=caveats), 120).splitlines()
    assert [line for line in lines if line.startswith("!")] == [
        next(line for line in lines if caveat.message in line) for caveat in caveats
    ]


def with_users_words(words: str) -> Record:
    """Put a user's words wherever a user's words may come in."""
    failed = replace(FAILED, reason=f"item 3 raised {words}")
    record = record_of(name=words, caveats=(Caveat(Code.RESULTS_VARY, f"caveat {words}"),))
    return replace(
        record,
        entries=(*record.entries[:-2], failed),
        verdict=replace(record.verdict, reasons=(f"reason {words}",), sentence=f"sentence {words}"),
    )


@pytest.mark.parametrize("words", [MARKUP, "[bold", "[/]", ":smile:", "\\[x]", "[link=file:///x]y[/link]"])
def test_what_looks_like_markup_is_shown_as_it_was_written(words: str) -> None:
    text = flowing(as_text(with_users_words(words), 120))
    assert text.startswith(words)
    for place in ("sentence", "reason", "caveat", "item 3 raised"):
        assert f"{place} {words}" in text


def test_html_shows_what_users_named_and_runs_none_of_it() -> None:
    html = as_html(with_users_words("<script>alert(1)</script>&amp;"))
    assert "<script" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;") == 6


def test_html_shows_markup_as_it_was_written() -> None:
    assert as_html(with_users_words(MARKUP)).count(MARKUP) == 6


def test_printing_a_report_draws_the_plain_table() -> None:
    report = Report(record_of())
    assert str(report) == as_text(report.record)
    assert "\x1b" not in str(report)
    assert report._repr_html_() == as_html(report.record)
    assert report.verdict is report.record.verdict


def test_a_report_explains_itself_when_it_is_asked_to() -> None:
    explained = replace(record_of(), entries=(replace(raced(SERIAL, 1.0), spent=SPENT, why="to compare"),))
    assert "to compare" not in str(Report(explained))
    assert "to compare" in Report(explained).explain()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_code_stands_flush_left_and_unbroken_in_every_width(width: int) -> None:
    text = as_text(record_of(name="a_function_whose_name_is_longer_than_a_narrow_terminal"), width)
    assert "\nwith ThreadPoolExecutor(2) as pool:\n" in text
    assert "\nparts = [items[start : start + 3] for start in range(0, len(items), 3)]\n" in text


def test_the_code_of_what_leads_is_not_given_out_as_the_answer() -> None:
    assert "The code for threads ×2:" in as_text(record_of(Outcome.FASTER))
    assert "The code for what leads so far, serial:" in as_text(record_of(Outcome.UNDECIDED))


def test_no_line_of_the_plain_table_ends_in_blanks() -> None:
    assert [line for line in as_text(record_of()).splitlines() if line != line.rstrip()] == []


def test_a_record_in_which_nothing_was_measured_can_be_shown() -> None:
    verdict = Verdict(Outcome.UNDECIDED, None, None, None, "Nothing could be measured.")
    record = replace(record_of(), entries=(SKIPPED,), rounds=0, verdict=verdict)
    for width in WIDTHS:
        assert "Nothing could be measured." in flowing(as_text(record, width))


figures = st.floats(min_value=1e-9, max_value=1e6)


@given(figures, figures, st.integers(min_value=40, max_value=200))
def test_no_figure_breaks_the_table(serial_s: float, threads_s: float, width: int) -> None:
    entries = (raced(SERIAL, serial_s), raced(THREADS, threads_s, serial_s), raced(MANY, threads_s, serial_s, n=0))
    text, _, _ = as_text(replace(record_of(), entries=entries), width).partition("The code for")
    assert all(cell_len(line) <= width for line in text.splitlines())
    assert len(rows(text)) == 3
