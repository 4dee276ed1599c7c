import multiprocessing
import threading

import pytest

from whichpool.claims.stays_none import SQUARE, judge, measure
from whichpool.values import Holds, Measured


def left(
    thread: tuple[int | None, int | None] = (None, SQUARE),
    fork: tuple[int | None, int | None] = (None, None),
    spawn: tuple[int | None, int | None] = (None, None),
    returned: int | None = SQUARE,
) -> Measured:
    """Make up what ``result`` was after each worker, without and with ``global``."""
    found: dict[str, int | None] = {}
    for worker, (without, declared) in {"thread": thread, "fork": fork, "spawn": spawn}.items():
        found |= {f"{worker}_square_left": without, f"{worker}_square_returned": SQUARE}
        found |= {f"{worker}_square_global_left": declared, f"{worker}_square_global_returned": returned}
    return {"start_methods": ["fork", "spawn"], **found}


def test_none_after_every_process_and_a_thread_that_needs_global_tell_both_causes() -> None:
    judgement = judge(left())
    assert judgement.holds is Holds.HOLDS
    assert "local name" in judgement.reason
    assert "memory of its own" in judgement.reason
    assert "None and 49 (thread), None and None (process, fork)" in judgement.seen


@pytest.mark.parametrize("after_a_process", [(SQUARE, None), (None, SQUARE), (SQUARE, SQUARE)])
def test_a_process_that_sets_the_result_of_the_main_program_refutes_the_claim(
    after_a_process: tuple[int | None, int | None],
) -> None:
    assert judge(left(spawn=after_a_process)).holds is Holds.DOES_NOT_HOLD


@pytest.mark.parametrize("after_a_thread", [(None, None), (SQUARE, SQUARE), (SQUARE, None)])
def test_causes_that_a_thread_does_not_tell_apart_are_not_claimed(
    after_a_thread: tuple[int | None, int | None],
) -> None:
    assert judge(left(thread=after_a_thread)).holds is Holds.CANNOT_TELL


def test_none_after_a_function_that_did_not_come_back_says_nothing() -> None:
    assert judge(left(returned=None)).holds is Holds.CANNOT_TELL


def test_without_a_process_nothing_is_said_about_processes() -> None:
    assert judge({**left(), "start_methods": []}).holds is Holds.CANNOT_TELL


def test_both_causes_are_seen_in_this_python_and_nothing_is_left_running() -> None:
    threads = threading.active_count()
    measured = measure()
    assert measured["thread_square_left"] is None
    assert measured["thread_square_global_left"] == SQUARE
    for method in multiprocessing.get_all_start_methods():
        assert measured[f"{method}_square_left"] is None
        assert measured[f"{method}_square_global_left"] is None
        assert measured[f"{method}_square_returned"] == SQUARE
    assert judge(measured).holds is Holds.HOLDS
    assert not multiprocessing.active_children()
    assert threading.active_count() == threads
