"""The check as people see it."""

import re
from dataclasses import replace

import pytest

from whichpool.report import CheckReport
from whichpool.report.check import check_as_html, check_as_text
from whichpool.values import PoolKind, Spot, Unseen

from .checks import ASSIGNED, CLEAN, DRAWS, FOLDER, NO_INTERPRETERS, NOTE, RECORD, UNPICKLABLE, check_of
from .records import flowing


def test_the_first_line_says_what_was_looked_at_and_how_closely() -> None:
    first = check_as_text(RECORD).strip().splitlines()[0]
    assert first == "app.py:count  3 functions read · 2 trial calls · Python 3.11.7"


def test_each_pool_has_a_line_with_a_sign_its_status_in_words_and_the_numbers_of_its_hazards() -> None:
    text = check_as_text(RECORD)
    assert re.search(r"^✗  threads +hazard  1 COUNT$", text, re.MULTILINE)
    assert re.search(r"^✗  processes \(fork\) +hazard  1 COUNT, 2 the result, 3 RNG$", text, re.MULTILINE)
    clean = check_as_text(CLEAN)
    assert re.search(r"^✓  threads without a GIL +no hazard found$", clean, re.MULTILINE)
    assert re.search(r"^\?  interpreters +could not look +see below$", clean, re.MULTILINE)


def test_hazards_stand_before_notes_and_these_before_what_was_not_looked_at() -> None:
    text = check_as_text(RECORD)
    messages = [ASSIGNED.message, UNPICKLABLE.message, DRAWS.message, NOTE.message, NO_INTERPRETERS.message]
    places = [text.index(message) for message in messages]
    assert places == sorted(places)


def test_an_effect_that_several_pools_share_is_told_once() -> None:
    text = flowing(check_as_text(RECORD))
    assert text.count(ASSIGNED.effects[PoolKind.THREADS]) == 1
    assert "· threads, threads without a GIL: two calls can collide" in text
    assert "· processes, interpreters: each worker changes" in text
    everywhere = replace(DRAWS, effects=dict.fromkeys(PoolKind, "it goes wrong"))
    assert "· every pool: it goes wrong" in check_as_text(check_of(everywhere))


def test_lines_are_shown_with_their_code_and_many_are_counted() -> None:
    lines = [line.strip() for line in check_as_text(RECORD).splitlines()]
    assert "counting/app.py:12  COUNT += 1" in lines
    assert "and 2 more" in lines
    assert not any("undo" in line or ":44" in line for line in lines)


def test_a_file_below_the_folder_is_shown_relative_to_it_and_another_whole() -> None:
    text = check_as_text(RECORD)
    assert FOLDER not in text
    assert "/usr/lib/elsewhere/sampling.py:7" in text
    cell = replace(NOTE, spots=(Spot("<ipython-input-3>", 2, "x = 1"),))
    assert "<ipython-input-3>:2  x = 1" in check_as_text(check_of(cell))


def test_what_was_seen_in_a_trial_is_told_from_what_was_only_read() -> None:
    text = check_as_text(RECORD)
    assert "COUNT, a number of the module, is assigned (seen in a trial)" in text
    assert "is drawn from (seen" not in text


def test_what_was_not_looked_at_names_its_pools_unless_it_concerns_all() -> None:
    everything = Unseen(tuple(PoolKind), "no source was found")
    text = check_as_text(check_of(unseen=(NO_INTERPRETERS, everything)))
    assert "? interpreters: interpreters cannot be tried" in text
    assert "? no source was found" in text


def test_a_check_without_calls_says_what_items_would_add() -> None:
    read_only = check_of(ASSIGNED, calls=0)
    assert "no call was tried: with items" in check_as_text(read_only)
    tried = replace(read_only, workload=replace(read_only.workload, targets=("app.py:count(7)",)))
    assert "no call was tried" not in check_as_text(tried)


def test_the_word_safe_is_never_used() -> None:
    assert "safe" not in check_as_text(RECORD) + check_as_text(CLEAN)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_report_fits_its_columns_and_loses_nothing(width: int) -> None:
    text = check_as_text(RECORD, width)
    assert max(map(len, text.splitlines())) <= width
    for finding in RECORD.examination.findings:
        assert finding.message in flowing(text)
        assert finding.mend in " ".join(flowing(text).split())
    for kind in PoolKind:
        assert kind in flowing(text)


def test_how_far_the_look_went_is_told_without_a_question_mark() -> None:
    examination = replace(CLEAN.examination, unseen=(Unseen((), "util.remember was not read"),))
    text = check_as_text(replace(CLEAN, examination=examination))
    assert "– util.remember was not read" in text


def test_a_long_line_of_code_is_cut_and_its_place_is_not() -> None:
    long = replace(NOTE, spots=(Spot(f"{FOLDER}/{'deep/' * 7}app.py", 12, f"values = [{'1, ' * 60}]"),))
    text = check_as_text(check_of(long), 60)
    assert f"{'deep/' * 7}app.py:12" in text
    assert "values = [1, 1," in text
    assert "…" in text


def test_signs_that_move_the_cursor_are_not_passed_on() -> None:
    evil = replace(NOTE, message="\x1b[2Jgone", spots=(Spot(f"{FOLDER}/a\rb.py", 1, "x = '\x1b[31m'\t# red"),))
    text = check_as_text(check_of(evil))
    assert "\x1b" not in text
    assert "\r" not in text
    assert "[31m" in text


def test_several_lines_of_a_message_stay_lines() -> None:
    misfit = replace(UNPICKLABLE, message="quad(7) does not fit\n    def quad()")
    assert re.search(r"^ +def quad\(\) \(seen", check_as_text(check_of(misfit)), re.MULTILINE)


def test_html_escapes_what_users_named() -> None:
    html = check_as_html(check_of(replace(NOTE, message="<script>")))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_the_report_shows_itself() -> None:
    report = CheckReport(RECORD)
    assert str(report) == check_as_text(RECORD)
    assert report.findings == RECORD.examination.findings
    assert report.assessments == RECORD.assessments
    assert report._repr_html_().startswith("<pre")
