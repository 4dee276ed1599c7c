"""A claim's experiment runs in a child of its own, and nothing that it starts outlives it."""

import sys

import pytest

from whichpool.errors import Trouble, WrongCall
from whichpool.lab.launch import try_claim
from whichpool.lab.wire import Tried, read_answer
from whichpool.values import Failure

HEAP = 1
EXECUTION_TIME = 13


def test_an_experiment_tells_what_it_saw_and_under_which_python() -> None:
    tried = try_claim(HEAP, "", 30.0)
    assert isinstance(tried, Tried)
    assert tried.python.startswith(f"{sys.version_info.major}.{sys.version_info.minor}.")
    assert tried.measured["thread_parent_saw"] == ["global", "list", "object"]


def test_an_experiment_that_takes_too_long_is_cut() -> None:
    tried = try_claim(EXECUTION_TIME, "", 0.2)
    assert isinstance(tried, Failure)
    assert tried.trouble is Trouble.CUT
    assert "gave no result within 0.2 s" in tried.message


def test_a_python_that_does_not_exist_is_a_wrong_call() -> None:
    with pytest.raises(WrongCall, match="cannot be started"):
        try_claim(HEAP, "/nowhere/python", 1.0)


def test_a_line_that_only_looks_like_an_experiments_answer_is_ignored() -> None:
    assert read_answer(b'{"kind": "Tried", "python": "3.11"}') is None
