"""While the caller is at an item that takes long, others begin."""

import contextvars
import gc
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
import weakref
from collections.abc import Iterator

import pytest

import whichpool
from whichpool.machine.gil import gil_is_on
from whichpool.running.heartbeat import Heartbeat

VARIABLE = contextvars.ContextVar("VARIABLE", default="none")


def test_an_action_happens_while_the_caller_is_away_and_at_no_other_time() -> None:
    acted: list[str] = []

    def act() -> None:
        acted.append(VARIABLE.get())

    heartbeat = Heartbeat()
    heartbeat.beat()
    assert acted == []
    token = VARIABLE.set("the caller's")
    heartbeat.leave(act)
    VARIABLE.reset(token)
    heartbeat.beat()
    assert acted == ["the caller's"]
    heartbeat.come_back()
    heartbeat.beat()
    assert acted == ["the caller's"]


def test_what_an_action_raises_is_raised_once_and_by_the_caller() -> None:
    def act() -> None:
        message = "not now"
        raise OSError(message)

    heartbeat = Heartbeat()
    heartbeat.leave(act)
    heartbeat.beat()
    heartbeat.come_back()
    with pytest.raises(OSError, match="not now"):
        heartbeat.complain()
    heartbeat.complain()


def test_coming_back_waits_for_an_action_that_has_begun() -> None:
    has_begun, goes_on = threading.Event(), threading.Event()
    acted: list[bool] = []

    def act() -> None:
        has_begun.set()
        acted.append(goes_on.wait(10))

    heartbeat = Heartbeat()
    heartbeat.leave(act)
    beating = threading.Thread(target=heartbeat.beat)
    beating.start()
    assert has_begun.wait(10)
    threading.Timer(0.05, goes_on.set).start()
    heartbeat.come_back()
    assert acted == [True]
    beating.join()


def test_coming_back_that_is_interrupted_can_be_done_again() -> None:
    has_begun, goes_on = threading.Event(), threading.Event()
    acted: list[bool] = []

    def act() -> None:
        has_begun.set()
        acted.append(goes_on.wait(10))

    heartbeat = Heartbeat()
    heartbeat.leave(act)
    beating = threading.Thread(target=heartbeat.beat)
    beating.start()
    assert has_begun.wait(10)
    threading.Timer(0.05, signal.pthread_kill, (threading.get_ident(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        heartbeat.come_back()
    goes_on.set()
    heartbeat.come_back()
    heartbeat.beat()
    assert acted == [True]
    beating.join()


def test_ctrl_c_at_any_moment_of_items_that_wait_leaves_no_thread() -> None:
    script = """
import os, signal, threading, time, whichpool
main = threading.main_thread()
def interrupt(after_s):
    time.sleep(after_s)
    os.kill(os.getpid(), signal.SIGINT)
def work(number):
    time.sleep(0.04)
list(whichpool.map(work, range(2)))  # an interrupt while Python imports something may leave a half of it
for step in range(40):
    threading.Thread(target=interrupt, args=(0.02 + 0.001 * step,), daemon=True).start()
    try:
        list(whichpool.map(work, range(500)))
        time.sleep(1)
    except KeyboardInterrupt:
        pass
    left = [thread for thread in threading.enumerate() if thread.name == "whichpool"]
    assert not left, (step, left)
print("none")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("none\n", "")


@pytest.mark.parametrize("amount", [2, 8])
def test_items_that_wait_for_each_other_run_side_by_side_the_first_included(amount: int) -> None:
    everyone = threading.Barrier(amount)
    results = whichpool.map(lambda _: everyone.wait(20) >= 0, list(range(amount)))
    assert list(results) == [True] * amount
    assert results.report.items == amount
    assert results.report.pools == ("serial", "threads")


@pytest.mark.parametrize("quick", [3000, 100_000])
def test_items_that_wait_run_side_by_side_after_thousands_that_did_not(quick: int) -> None:
    together = threading.Barrier(2)

    def work(number: int) -> int:
        if number >= quick:
            together.wait(20)
        return number

    assert list(whichpool.map(work, range(quick + 40))) == list(range(quick + 40))


@pytest.mark.skipif(
    not gil_is_on(), reason="without the GIL, a batch that was begun in the loop is run to its end there"
)
def test_a_batch_of_the_loop_is_cut_short_where_its_items_come_to_take_long() -> None:
    def work(number: int) -> int:
        if number >= 5000:
            time.sleep(0.05)
        return number

    results = whichpool.map(work, (number for number in range(5100)))
    assert list(results) == list(range(5100))
    assert results.report.pools[:2] == ("serial", "threads")
    assert results.report.stages[0].items < 5050


@pytest.mark.skipif(not gil_is_on(), reason="without the GIL, threads are where such items belong")
def test_a_first_item_that_waits_and_others_that_compute_mislead_for_a_moment_only() -> None:
    def work(number: int) -> int:
        if number == 0:
            time.sleep(0.1)
        return sum(range(number % 10 + 10_000))

    results = whichpool.map(work, range(8000))
    assert list(results) == [sum(range(number % 10 + 10_000)) for number in range(8000)]
    misled, again = results.report.stages[1:3]
    assert (misled.pool, misled.speedup, again.pool) == ("threads", None, "serial")
    assert "of another kind than those that the loop had run" in again.why


def test_a_batch_that_is_cut_short_is_run_once_whatever_fails_in_it() -> None:
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        if number % 500 == 499:
            time.sleep(0.02)
        if number % 7 == 0:
            raise LookupError(number)
        return number

    for items in (range(4000), iter(range(4000))):
        begun.clear()
        outcomes = list(whichpool.map(work, items, errors="return", pools=("serial", "threads")))
        assert [str(each) for each in outcomes] == [str(number) for number in range(4000)]
        assert sorted(begun) == list(range(4000))


def test_what_happens_meanwhile_is_logged_by_the_caller_and_leaves_no_thread_in_the_books(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "whichpool")
    everyone = threading.Barrier(3)
    before = threading.enumerate()
    list(whichpool.map(lambda _: everyone.wait(20) >= 0, range(3)))
    assert threading.enumerate() == before
    assert caplog.messages[-1].startswith("moving to threads ×2")
    assert {told.thread for told in caplog.records} == {threading.get_ident()}


def test_results_are_in_order_though_the_first_item_ends_last() -> None:
    others = threading.Barrier(5)

    def work(number: int) -> int:
        others.wait(20)
        if number == 0:
            time.sleep(0.05)
        return number

    assert list(whichpool.map(work, range(5))) == list(range(5))


def test_an_iterator_is_advanced_by_the_caller_alone_and_not_while_it_is_at_an_item() -> None:
    drawn: list[bool] = []
    is_at_item = False

    def items() -> Iterator[int]:
        for number in range(4):
            drawn.append(is_at_item and threading.current_thread() is threading.main_thread())
            yield number

    def work(number: int) -> int:
        nonlocal is_at_item
        is_at_item = True
        time.sleep(0.03)
        is_at_item = False
        return number

    results = whichpool.map(work, items())
    assert next(results) == 0
    assert drawn == [False]
    assert list(results) == [1, 2, 3]


def test_an_item_that_waits_for_a_program_is_not_taken_for_one_that_only_waits() -> None:
    side_by_side: list[int] = []
    running: list[int] = []

    def work(number: int) -> None:
        running.append(number)
        subprocess.run([sys.executable, "-S", "-c", "import time; time.sleep(0.1)"], check=True)
        side_by_side.append(len(running))
        running.remove(number)

    results = whichpool.map(work, range(3), pools=("serial", "threads"))
    next(results)
    assert side_by_side[0] == 1
    list(results)


def test_a_child_that_was_there_before_has_nothing_to_do_with_the_items() -> None:
    with subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE) as child:
        time.sleep(0.05)
        everyone = threading.Barrier(3)
        assert list(whichpool.map(lambda _: everyone.wait(20) >= 0, range(3))) == [True] * 3
        assert child.stdin is not None
        child.stdin.close()
        child.kill()


def test_what_the_first_item_raises_ends_the_job_and_the_threads_that_have_begun() -> None:
    begun = threading.Event()

    def work(number: int) -> None:
        if number == 0:
            assert begun.wait(20)
            message = "the first"
            raise ValueError(message)
        begun.set()

    with pytest.raises(ValueError, match="the first"):
        list(whichpool.map(work, range(50)))
    assert not [thread for thread in threading.enumerate() if thread.name == "whichpool"]


def test_an_initializer_that_fails_in_a_thread_that_begins_early_is_heard_of() -> None:
    def initialize() -> None:
        if threading.current_thread() is not threading.main_thread():
            message = "not in here"
            raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="not in here"):
        list(whichpool.map(lambda _: time.sleep(0.05), range(10), initializer=initialize, pools=("serial", "threads")))


def test_a_failure_among_those_that_began_early_stands_in_its_place() -> None:
    everyone = threading.Barrier(4)

    def work(number: int) -> int:
        everyone.wait(20)
        if number == 2:
            raise LookupError(number)
        return number

    outcomes = list(whichpool.map(work, range(4), errors="return"))
    assert isinstance(outcomes.pop(2), LookupError)
    assert outcomes == [0, 1, 3]


def test_a_fork_by_an_item_comes_back_whatever_the_heartbeat_was_at() -> None:
    is_acting, goes_on = threading.Event(), threading.Event()

    def act() -> None:
        is_acting.set()
        goes_on.wait(10)

    heartbeat = Heartbeat()
    heartbeat.leave(act)
    beating = threading.Thread(target=heartbeat.beat)
    beating.start()
    assert is_acting.wait(10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # there is a thread beside it, which is the point
        pid = os.fork()
    if not pid:
        heartbeat.come_back()
        os._exit(7)
    for _ in range(500):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            break
        time.sleep(0.01)
    else:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        pytest.fail("the fork did not come back")
    assert os.waitstatus_to_exitcode(status) == 7
    goes_on.set()
    heartbeat.come_back()
    beating.join()


def test_nothing_of_a_job_is_kept_alive_when_it_is_over() -> None:
    class Item:
        """Something that can be seen to be gone."""

    items = [Item() for _ in range(30)]
    first = weakref.ref(items[0])
    gc.disable()
    try:
        for _ in whichpool.map(lambda _: time.sleep(0.002), items):
            pass
        del items, _
        assert first() is None
    finally:
        gc.enable()
