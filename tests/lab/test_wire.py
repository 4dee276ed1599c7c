"""What caller and child say to each other arrives as it was said, and nothing else is understood."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decide.drawing import anatomies, make_facts
from tests.decide.making import make_breakdown, make_sample
from whichpool.errors import Trouble
from whichpool.lab.wire import Answer, Refused, read_answer, write_answer
from whichpool.values import Anatomy, Dissection, Facts, Failure, Import

FAILURE = Failure(Trouble.RAISED, "item 3 (7) raised ValueError: keine Sieben — \u2028 bitte", "  File 'app.py'\n")
FACTS = make_facts(imports=(Import("app.py", "app", "/some/folder", ("work", "ITEMS"), None),))


def arrived(answer: Answer | Facts) -> Answer | Facts | None:
    """Send an answer through a pipe, as one line between empty ones."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as lines:
        try:
            write_answer(writer, answer)
        finally:
            os.close(writer)
        told = [line for line in lines.read().split(b"\n") if line]
    assert len(told) == 1
    return read_answer(told[0])


@given(st.none() | anatomies(), st.none() | st.just(FAILURE))
def test_a_dissection_arrives_whole(anatomy: Anatomy | None, failure: Failure | None) -> None:
    dissection = Dissection(FACTS, anatomy, failure)
    assert arrived(dissection) == dissection


@pytest.mark.parametrize(
    "answer",
    [
        FACTS,
        FAILURE,
        Refused("there is no item to run"),
        make_sample(digests=("a", "b")),
        make_sample(breakdown=make_breakdown(2, blocked_s=0.5), peak_pss_bytes=7),
    ],
    ids=lambda answer: type(answer).__name__,
)
def test_whatever_is_said_arrives_whole(answer: Answer | Facts) -> None:
    assert arrived(answer) == answer


@pytest.mark.parametrize("line", [b"", b"7", b"[]", b"{}", b"\xff", b'{"kind": "Dissection"}', b'{"kind": "Sample"}'])
def test_what_user_code_may_have_written_is_not_understood(line: bytes) -> None:
    assert read_answer(line) is None
