"""The report for people, from records made by hand."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from whichpool.errors import Trouble
from whichpool.report import Report
from whichpool.report.terminal import as_html, as_text
from whichpool.values import (
    Caveat,
    Code,
    Entry,
    Estimate,
    Facts,
    Failure,
    Outcome,
    Record,
    Sample,
    State,
    Strategy,
    Verdict,
)

SERIAL = Strategy("serial")
THREADS = Strategy("threads", 2)
MANY = Strategy("threads", 32)
PROCESSES = Strategy("processes", 2, start_method="forkserver")
BROKEN = Strategy("processes", 8, start_method="forkserver")

WIDTHS = (40, 80, 120)

MARKUP = "[red]x[/]"


def estimate(value: float, n: int = 9) -> Estimate:
    return Estimate(value, value * 0.98, value * 1.02, n) if n else Estimate(value, 0.0, math.inf, 0)


def raced(strategy: Strategy, job_s: float, serial_s: float = 1.0, n: int = 9) -> Entry:
    sample = Sample(1, 24, None, 1, job_s=job_s, startup_s=job_s / 100, cpu_s=job_s, load_s=0.0)
    return Entry(
        strategy=strategy,
        state=State.RACED if n else State.DROPPED,
        reason=None if n else "slower than threads ×2 in the warm-up round",
        samples=(sample,),
        job_s=estimate(job_s, n),
        startup_s=sample.startup_s,
        cores_busy=1.0,
        vs_serial=None if strategy == SERIAL else estimate(serial_s / job_s, n),
        vs_threads=estimate(0.9, n) if strategy.pool == "processes" else None,
    )


FAILED = Entry(
    BROKEN,
    State.FAILED,
    "a worker process was killed by SIGSEGV",
    failure=Failure(Trouble.DIED, "a worker process was killed by SIGSEGV"),
)
SKIPPED = Entry(Strategy("processes", 32, start_method="spawn"), State.SKIPPED, "the budget was spent before its turn")

SENTENCES = {
    Outcome.FASTER: "Use threads ×2: 2.00 times faster (1.96–2.04) than serial; at least 95% sure after 9 rounds.",
    Outcome.STAY_SERIAL: "Stay serial: no pool is faster by more than 5%; at least 95% sure after 9 rounds.",
    Outcome.EQUIVALENT: "Equivalent: all lie within 5% of each other, so take the simplest, serial.",
    Outcome.UNDECIDED: "Undecided after 9 rounds: raise --budget.",
}


def record_of(outcome: Outcome = Outcome.FASTER, name: str = "app.py:work", caveats: tuple[Caveat, ...] = ()) -> Record:
    chosen = THREADS if outcome is Outcome.FASTER else SERIAL
    return Record(
        workload=name,
        facts=Facts(24, unpacked=False, by_value=False, start_methods=("fork",), python="3.13.1", load_s=0.02),
        machine={"cores": {"usable": 2, "installed": 8, "reason": "affinity: CPUs 0-1"}},
        measured_items=24,
        rounds=9,
        elapsed_s=12.3,
        margin=0.05,
        entries=(
            raced(SERIAL, 1.0),
            raced(THREADS, 0.5),
            raced(MANY, 0.6, n=0),
            raced(PROCESSES, 12.3),
            FAILED,
            SKIPPED,
        ),
        verdict=Verdict(outcome, chosen, SERIAL, estimate(2.0), SENTENCES[outcome], ("one against other",), caveats),
    )


def row(text: str, name: str) -> str:
    """Find a strategy's line in the table."""
    return next(line for line in text.splitlines() if line[2:].lstrip().startswith(f"{name} "))


def flowing(text: str) -> str:
    """Undo the breaking of lines."""
    return " ".join(text.split())


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
    text = as_text(record_of(outcome, name, (caveat,)), width)
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
    assert shown == [entry.strategy.pool for entry in record_of().entries]


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


def test_what_only_warmed_up_is_said_to_and_what_was_skipped_has_no_figures() -> None:
    text = as_text(record_of())
    assert "warm-up only" in row(text, "threads ×32")
    assert not any(character.isdigit() for character in row(text, "processes ×32 (spawn)").partition(")")[2])


def test_an_interval_that_is_not_known_is_an_open_question() -> None:
    job_s, vs_serial = Estimate(0.5, 0.0, math.inf, 2), Estimate(2.0, 0.0, math.inf, 2)
    entry = replace(raced(THREADS, 0.5), job_s=job_s, vs_serial=vs_serial)
    text = as_text(replace(record_of(), entries=(raced(SERIAL, 1.0), entry)), 120)
    assert row(text, "threads ×2").count("?") == 2
    assert "inf" not in text


def test_the_header_says_what_was_measured_on_what_for_how_long() -> None:
    head = flowing(as_text(record_of(), 120))
    assert head.startswith(
        "app.py:work 24 items · 2 of 8 (affinity: CPUs 0-1) cores · Python 3.13.1 · 9 rounds in 12.3 s"
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
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;") == 5


def test_html_shows_markup_as_it_was_written() -> None:
    assert as_html(with_users_words(MARKUP)).count(MARKUP) == 5


def test_printing_a_report_draws_the_plain_table() -> None:
    report = Report(record_of())
    assert str(report) == as_text(report.record)
    assert "\x1b" not in str(report)
    assert report._repr_html_() == as_html(report.record)
    assert report.verdict is report.record.verdict


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
    text = as_text(replace(record_of(), entries=entries), width)
    assert all(cell_len(line) <= width for line in text.splitlines())
    assert len(rows(text)) == 3
