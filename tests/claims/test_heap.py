import multiprocessing
import threading
from collections.abc import Sequence

import pytest

from whichpool.claims import heap
from whichpool.claims.heap import judge, measure
from whichpool.values import Holds, Measured

ALL = heap.THINGS


def saw(thread: Sequence[str], fork: Sequence[str], spawn: Sequence[str], worker: Sequence[str] = ALL) -> Measured:
    """Make up what the parent saw of each worker's changes."""
    return {
        "start_methods": ["fork", "spawn"],
        "thread_worker_saw": worker,
        "thread_parent_saw": thread,
        "fork_worker_saw": worker,
        "fork_parent_saw": fork,
        "spawn_worker_saw": worker,
        "spawn_parent_saw": spawn,
    }


def test_what_a_thread_changes_and_no_process_changes_shows_one_heap_and_heaps_of_their_own() -> None:
    assert judge(saw(ALL, [], [])).holds is Holds.HOLDS


@pytest.mark.parametrize("thing", ALL)
def test_one_thing_that_a_process_changes_for_the_parent_refutes_the_claim(thing: str) -> None:
    assert judge(saw(ALL, [], [thing])).holds is Holds.DOES_NOT_HOLD


@pytest.mark.parametrize("thing", ALL)
def test_one_thing_that_a_thread_does_not_change_for_the_parent_refutes_the_claim(thing: str) -> None:
    assert judge(saw([other for other in ALL if other != thing], [], [])).holds is Holds.DOES_NOT_HOLD


def test_a_worker_that_does_not_see_its_own_changes_says_nothing_about_the_parent() -> None:
    assert judge(saw(ALL, [], [], worker=ALL[:-1])).holds is Holds.CANNOT_TELL


def test_without_a_process_nothing_is_said_about_processes() -> None:
    alone: Measured = {"start_methods": [], "thread_worker_saw": ALL, "thread_parent_saw": ALL}
    assert judge(alone).holds is Holds.CANNOT_TELL


def test_every_start_method_is_shown_with_what_the_parent_saw() -> None:
    assert judge(saw(ALL, [], ["list"])).seen.endswith("3 (thread), 0 (process, fork), 1 (process, spawn)")


def test_the_claim_holds_in_this_python_and_nothing_is_left_running() -> None:
    threads = threading.active_count()
    measured = measure()
    assert measured["start_methods"] == multiprocessing.get_all_start_methods()
    assert judge(measured).holds is Holds.HOLDS
    assert not multiprocessing.active_children()
    assert threading.active_count() == threads
