"""The record of a job survives whatever ends the job, and is never mistaken for another."""

import json
import math
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from whichpool.errors import WrongCall
from whichpool.lab.digest import digest_of
from whichpool.running.record import Record, read

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "results.jsonl"


def write(file: Path, results: list[object], *, resume: bool = False, first: int = 0) -> None:
    with Record(file, resume=resume) as record:
        for index, value in enumerate(results, start=first):
            record.add(index, digest_of(index), value, None)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(value=values)
def test_a_value_comes_back_as_it_was(file: Path, value: object) -> None:
    file.unlink(missing_ok=True)
    write(file, [value])
    (line,) = read(file)
    assert repr(line.value) == repr(value)
    assert line.error is None


def test_what_json_has_no_word_for_comes_back_as_well(file: Path) -> None:
    write(file, [math.inf, {1: (2, 3)}, {1, 2}, b"\0"])
    assert [line.value for line in read(file)] == [math.inf, {1: (2, 3)}, {1, 2}, b"\0"]


def test_plain_values_can_be_read_by_anyone(file: Path) -> None:
    write(file, [{"a": [1, 2.5, None, "ä"]}])
    assert json.loads(file.read_text())["value"] == {"a": [1, 2.5, None, "ä"]}


def test_a_failure_is_recorded_by_its_type_its_message_and_its_traceback(file: Path) -> None:
    with Record(file, resume=False) as record:
        try:
            os.environ["NO_SUCH_THING"]
        except KeyError as error:
            record.add(0, digest_of(0), None, error)
    (line,) = read(file)
    assert line.error is not None
    assert (line.error["type"], line.error["message"]) == ("KeyError", "'NO_SUCH_THING'")
    assert "test_record.py" in line.error["traceback"]


def test_a_result_that_cannot_be_written_down_is_an_error_on_record(file: Path) -> None:
    write(file, [lambda: None])
    (line,) = read(file)
    assert line.error is not None
    assert "cannot be recorded" in line.error["message"]


def test_what_counts_is_on_disk(file: Path) -> None:
    with Record(file, resume=False) as record:
        record.add(0, digest_of(0), 1, None)
        record.commit()
        assert record.on_disk == 1
        assert len(file.read_text().splitlines()) == 1


@pytest.mark.parametrize("torn", ['{"index": 2, "it', '{"ind', '{"index": 2, "item": "a", "value": 3}', "\0\0\0"])
def test_a_line_that_was_torn_by_power_loss_is_cut_off(file: Path, torn: str) -> None:
    write(file, ["a", "b"])
    with file.open("a") as out:
        out.write(torn)
    write(file, ["c"], resume=True, first=2)
    assert [(line.index, line.value) for line in read(file)] == [(0, "a"), (1, "b"), (2, "c")]


@pytest.mark.parametrize("text", ["my notes\n", "my notes", '{"index": 1}\n', "[]\n", '{"index": 2, "it\n{"index": 3'])
def test_a_file_that_is_no_record_is_refused_and_left_as_it_is(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(WrongCall, match="line 1 is no line of a record"):
        Record(file, resume=True)
    assert file.read_text() == text


def test_a_record_that_is_there_is_not_written_over(file: Path) -> None:
    write(file, ["a"])
    with pytest.raises(WrongCall, match="add --resume"):
        Record(file, resume=False)


def test_two_jobs_do_not_write_one_record(file: Path) -> None:
    with Record(file, resume=False), pytest.raises(WrongCall, match="another job"):
        Record(file, resume=True)


def test_the_first_item_that_differs_is_named(file: Path) -> None:
    write(file, ["a", "b", "c"])
    with Record(file, resume=True) as record:
        record.refuse_other_items([0, 1, 2, 3, 4], digest_of)
        with pytest.raises(WrongCall, match="item 1 has changed since it was recorded: it is 7 now"):
            record.refuse_other_items([0, 7, 8], digest_of)
        with pytest.raises(WrongCall, match="item 2 is on record and there are 2 items now"):
            record.refuse_other_items([0, 1], digest_of)


def test_an_item_that_stands_there_twice_is_an_error(file: Path) -> None:
    write(file, ["a"])
    write(file, ["b"], resume=True)
    with pytest.raises(WrongCall, match="item 0 stands there twice"):
        Record(file, resume=True)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(WrongCall, match="cannot be written"):
        Record(tmp_path / "nowhere" / "file", resume=False)
