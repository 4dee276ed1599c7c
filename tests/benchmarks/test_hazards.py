"""The benchmark of hazards reads its labels right, and counts right."""

from pathlib import Path

import pytest
from hazards import Case, Score, cases

from whichpool.values import Hazard

FOUND = Case("a.py", "f", (Hazard.RACE, Hazard.STATE_CHANGED), None, "")
CLEAN = Case("a.py", "g", (), "range(3)", "")


def test_there_are_enough_cases_and_about_half_of_them_are_clean() -> None:
    labelled = list(cases())
    clean = [case for case in labelled if not case.codes]
    assert len(labelled) >= 60
    assert 0.4 <= len(clean) / len(labelled) <= 0.6
    assert all(case.name for case in labelled)


def test_a_label_belongs_to_the_function_below_it(tmp_path: Path) -> None:
    text = "# label: hazard race lock | items: [1, 2]\ndef count(x): ...\n\n# label: clean | name: A.b | call: (7)\n"
    (tmp_path / "app.py").write_text(text, encoding="utf-8")
    assert list(cases(tmp_path)) == [
        Case("app.py", "count", (Hazard.RACE, Hazard.LOCK), "[1, 2]", ""),
        Case("app.py", "A.b", (), None, "(7)"),
    ]


def test_a_hazard_without_its_codes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("# label: hazard\ndef count(x): ...\n", encoding="utf-8")
    with pytest.raises(ValueError, match="labelled with its codes"):
        list(cases(tmp_path))


def test_a_hazard_is_found_by_any_of_its_codes_and_not_by_another() -> None:
    score = Score()
    assert score.note(FOUND, {Hazard.RACE, Hazard.RESOURCE})
    assert not score.note(FOUND, {Hazard.RESOURCE})
    assert score.recall == 0.5


def test_a_clean_function_is_accused_by_anything() -> None:
    score = Score()
    assert score.note(CLEAN, set())
    assert not score.note(CLEAN, {Hazard.MODULE_WORK})
    assert score.false_alarms == 0.5
