"""The table across Pythons, from records made by hand."""

import io
from collections.abc import Sequence
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from whichpool.report.pythons import pythons_table
from whichpool.values import Entry, Outcome, Python, PythonSeen, Record, Strategy, Verdict

from .records import FAILED, RECORD, estimate, flowing, raced

OLD, NEW, FREE = Python("", "3.11"), Python("/usr/bin/python3.15", "3.15"), Python("/opt/python3.14t", "3.14t")
LACKING = Python("/usr/bin/python3.12", "3.12")
NO_NUMPY = "importing app.py failed: No module named 'numpy'; install it there: python3.12 -m pip install numpy"
REFERENCE = Strategy("serial", python=OLD)
ANSWER = Strategy("threads", 8, python=FREE)
ENTRIES = (
    replace(raced(REFERENCE, 1.0), vs_serial=None),
    raced(Strategy("serial", python=NEW), 0.8),
    raced(Strategy("serial", python=FREE), 1.25),
    raced(Strategy("threads", 8, python=OLD), 1.1),
    raced(Strategy("threads", 8, python=NEW), 0.9),
    raced(Strategy("threads", 4, python=FREE), 0.24),
    raced(ANSWER, 0.25),
    raced(Strategy("interpreters", 2, python=NEW), 0.5),
    raced(Strategy("interpreters", 4, python=NEW), 0.2, n=0),
)


def record_of(
    pythons: Sequence[Python] = (OLD, NEW, FREE),
    entries: Sequence[Entry] = ENTRIES,
    outcome: Outcome = Outcome.FASTER,
    *absent: PythonSeen,
) -> Record:
    seen = [
        PythonSeen(
            python, replace(RECORD.facts, unavailable={"interpreters": "3.14 is the first"} if python is OLD else {})
        )
        for python in pythons
    ]
    verdict = Verdict(outcome, ANSWER, REFERENCE, estimate(4.0), "Use threads.")
    return replace(RECORD, entries=tuple(entries), pythons=(*seen, *absent), verdict=verdict)


def drawn(record: Record, width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    table = pythons_table(record, width)
    assert table is not None
    with console.capture() as captured:
        console.print(table, crop=False)
    return [line.rstrip() for line in captured.get().splitlines()]


def cells(lines: list[str], name: str) -> list[str]:
    (line,) = (line for line in lines if line.startswith(f"{name} "))
    return line.removeprefix(name).split()


def test_one_python_is_no_table() -> None:
    assert pythons_table(RECORD, 80) is None
    assert pythons_table(record_of([OLD]), 80) is None


def test_rows_are_pythons_columns_are_pools_and_cells_compare_with_serial_on_the_first() -> None:
    lines = drawn(record_of())
    assert lines[0].split() == ["×", "serial", "on", "3.11", "serial", "threads", "interpreters"]
    assert [line.split()[0] for line in lines[1:]] == ["3.11", "3.15", "3.14t"]
    assert cells(lines, "3.15") == ["1.25", "1.11", "2.00"]


def test_the_reference_is_one() -> None:
    assert cells(drawn(record_of()), "3.11")[0] == "1"


def test_the_answer_is_marked_even_where_another_of_its_pool_was_a_little_faster() -> None:
    assert cells(drawn(record_of()), "3.14t") == ["0.800", "▶", "4.00"]


def test_what_is_undecided_marks_nothing_and_shows_the_fastest() -> None:
    lines = drawn(record_of(outcome=Outcome.UNDECIDED))
    assert cells(lines, "3.14t") == ["0.800", "4.17"]
    assert not any("▶" in line for line in lines)


def test_a_pool_that_a_python_does_not_have_is_told_from_one_that_was_not_run() -> None:
    lines = drawn(record_of())
    assert cells(lines, "3.11")[-1] == "–"
    assert len(cells(lines, "3.14t")) == len(["serial", "▶", "threads"])


def test_a_pool_that_failed_is_shown_as_failed() -> None:
    failed = replace(FAILED, strategy=Strategy("processes", 2, python=OLD))
    lines = drawn(record_of(entries=[*ENTRIES, failed]))
    assert "✗" in cells(lines, "3.11")


def test_what_only_warmed_up_is_shown_where_nothing_raced() -> None:
    warmed_up = raced(Strategy("processes", 2, python=NEW), 0.4, n=0)
    assert cells(drawn(record_of(entries=[*ENTRIES, warmed_up])), "3.15") == ["1.25", "1.11", "2.50", "2.00"]


def test_a_python_that_takes_no_part_has_the_reason_in_its_row() -> None:
    absent = PythonSeen(LACKING, why_not=f"{NO_NUMPY}\n  File 'app.py', line 1")
    lines = drawn(record_of((OLD, NEW), ENTRIES, Outcome.FASTER, absent))
    assert flowing(" ".join(lines[3:])) == f"3.12 {NO_NUMPY}"


def test_where_all_others_take_no_part_there_is_still_a_table() -> None:
    lines = drawn(record_of((OLD,), ENTRIES, Outcome.FASTER, PythonSeen(LACKING, why_not="it crashed")))
    assert lines[-1].split() == ["3.12", "it", "crashed"]


def test_intervals_stand_where_there_is_room_for_all_of_them() -> None:
    assert "1.23–1.27" in cells(drawn(record_of(), 120), "3.15")
    assert not any("1.23–" in line for line in drawn(record_of(), 50))


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    pools = ("processes", "loky", "dask", "ray", "asyncio")
    more = [raced(Strategy(pool, 2, python=python), 0.7) for pool in pools for python in (OLD, NEW, FREE)]
    absent = PythonSeen(LACKING, why_not=NO_NUMPY)
    lines = drawn(record_of((OLD, NEW, FREE), [*ENTRIES, *more], Outcome.FASTER, absent), width)
    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_figure_is_whole_in_a_usual_terminal(width: int) -> None:
    assert cells(drawn(record_of(), width), "3.11")[0] == "1"
    assert "4.00" in cells(drawn(record_of(), width), "3.14t")
