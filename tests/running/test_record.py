"""The record of a job survives whatever ends the job, and is never mistaken for another."""

import json
import math
import os
import resource
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from whichpool.errors import WhichpoolError, WrongCall
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


class Colour(StrEnum):
    """To JSON, its member is a string like any other."""

    RED = "red"


class Wordless(Exception):
    """Its text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError


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
    values: list[object] = [math.inf, {1: (2, 3)}, {1, 2}, b"\0", {Colour.RED: 1}, Colour.RED]
    write(file, values)
    assert [repr(line.value) for line in read(file)] == [repr(value) for value in values]


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


def test_a_failure_without_words_is_recorded_as_well(file: Path) -> None:
    with Record(file, resume=False) as record:
        record.add(0, digest_of(0), None, Wordless())
    (line,) = read(file)
    assert line.error is not None
    assert line.error["type"] == "Wordless"


def test_a_result_that_cannot_be_written_down_is_an_error_on_record_and_counts_as_one(file: Path) -> None:
    with Record(file, resume=False) as record:
        error = record.add(0, digest_of(0), lambda: None, None)
        assert record.failed == 1
    (line,) = read(file)
    assert line.error is not None
    assert line.error == error
    assert "cannot be recorded" in line.error["message"]


def test_a_result_is_written_at_once_and_counts_when_it_is_synced(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whichpool.running.record._SYNC_AFTER_S", math.inf)
    synced = []
    monkeypatch.setattr(os, "fsync", lambda _: synced.append(file.read_text().count("\n")))
    with Record(file, resume=False) as record:
        synced.clear()
        record.add(0, digest_of(0), "a", None)
        record.add(1, digest_of(1), "b", None)
        assert file.read_text().count("\n") == 2
        assert (record.on_disk, synced) == (0, [])
        record.sync()
        assert (record.on_disk, synced) == (2, [2])


@pytest.mark.parametrize("function", ["pwrite", "fsync"])
@pytest.mark.parametrize("is_late", [False, True])
def test_an_interrupt_in_the_middle_of_writing_doubles_no_line(
    file: Path, monkeypatch: pytest.MonkeyPatch, function: str, *, is_late: bool
) -> None:
    genuine = getattr(os, function)

    def interrupted(*arguments: object) -> object:
        monkeypatch.setattr(os, function, genuine)
        if is_late:
            genuine(*arguments)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Record(file, resume=False) as record:  # noqa: PT012 - it is to be in the midst
        record.add(0, digest_of(0), "a", None)
        monkeypatch.setattr(os, function, interrupted)
        record.add(1, digest_of(1), "b", None)
        record.sync()
    assert [line.value for line in read(file)] == ["a", "b"]
    assert record.on_disk == 2


def test_a_disk_that_is_full_is_told_and_the_job_can_go_on_later(file: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    value = "x" * 1000
    try:
        with pytest.raises(WhichpoolError, match="go on with --resume"), Record(file, resume=False) as record:  # noqa: PT012
            resource.setrlimit(resource.RLIMIT_FSIZE, (2500, limits[1]))  # which cuts the third line
            for index in range(4):
                record.add(index, digest_of(index), value, None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    with Record(file, resume=True) as record:
        assert sorted(record.digests) == [0, 1]
        record.add(2, digest_of(2), value, None)
    assert [line.value for line in read(file)] == [value] * 3


def test_a_child_of_a_fork_does_not_keep_the_record_locked(file: Path) -> None:
    with Record(file, resume=False) as record:
        begun, begin = os.pipe()
        told, tell = os.pipe()
        child = os.fork()
        if not child:
            os.close(tell)
            os.write(begin, b".")
            os.read(told, 1)  # until the test has seen what there is to see
            os._exit(0)
        os.read(begun, 1)
        record.add(0, digest_of(0), "a", None)
    try:
        with Record(file, resume=True) as record:
            assert record.on_disk == 1
    finally:
        os.close(tell)
        os.waitpid(child, 0)
        for descriptor in (begun, begin, told):
            os.close(descriptor)


@pytest.mark.parametrize(
    "torn", ['{"index": 2, "it', '{"ind', '{"index": 2, "item": "a", "value": 3}', "\0\0\0", "\0\0 3}\n", '{"ind\n']
)
def test_a_line_that_was_torn_by_power_loss_is_cut_off(file: Path, torn: str) -> None:
    write(file, ["a", "b"])
    with file.open("a") as out:
        out.write(torn)
    write(file, ["c"], resume=True, first=2)
    assert [(line.index, line.value) for line in read(file)] == [(0, "a"), (1, "b"), (2, "c")]


def test_behind_zeros_that_power_loss_has_left_nothing_had_counted(file: Path) -> None:
    write(file, ["a", "b"])
    with file.open("a") as out:
        out.write('{"ind' + 4096 * "\0" + 'e": 3}\n{"index": 9, "item": "b", "value": 1}\n')
    write(file, ["c"], resume=True, first=2)
    assert [(line.index, line.value) for line in read(file)] == [(0, "a"), (1, "b"), (2, "c")]


class Shelf(dict[str, int]):
    """A dictionary that can be looked at no more."""

    def items(self) -> NoReturn:
        """Fail as a shelf that is closed."""
        raise OSError


class Noted(Exception):
    """An exception whose notes are none."""

    __notes__ = 7  # type: ignore[assignment]


def test_values_and_exceptions_that_cannot_be_looked_at_end_no_job(file: Path) -> None:
    with Record(file, resume=False) as record:
        record.add(0, "", Shelf(a=1), None)
        record.add(1, "", None, Noted("gone"))
    shelf, noted = read(file)
    assert [line.error and line.error["type"] for line in (shelf, noted)] == ["Unsendable", "Noted"]


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


def refuse_other_items(record: Record, items: list[object]) -> None:
    record.refuse_other_items(items, lambda index: digest_of(items[index]))


def test_the_first_item_that_differs_is_named(file: Path) -> None:
    write(file, ["a", "b", "c"])
    with Record(file, resume=True) as record:
        refuse_other_items(record, [0, 1, 2, 3, 4])
        with pytest.raises(WrongCall, match="item 1 has changed since it was recorded: it is 7 now"):
            refuse_other_items(record, [0, 7, 8])
        with pytest.raises(WrongCall, match="item 2 is on record and there are 2 items now"):
            refuse_other_items(record, [0, 1])


def test_an_item_that_stands_there_twice_is_an_error(file: Path) -> None:
    write(file, ["a"])
    write(file, ["b"], resume=True)
    with pytest.raises(WrongCall, match="item 0 stands there twice"):
        Record(file, resume=True)


def test_what_is_no_file_is_refused() -> None:
    with pytest.raises(WrongCall, match="no regular file"):
        Record(Path(os.devnull), resume=False)


def test_a_foreign_file_with_zeros_is_left_alone(file: Path) -> None:
    file.write_bytes(b"PNG\0\1\0")
    with pytest.raises(WrongCall, match="line 1 is no line of a record"):
        Record(file, resume=True)
    assert file.read_bytes() == b"PNG\0\1\0"


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(WrongCall, match="cannot be written"):
        Record(tmp_path / "nowhere" / "file", resume=False)
