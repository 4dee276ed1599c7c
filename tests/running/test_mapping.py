"""``whichpool.map`` gives what the built-in ``map`` gives, in whatever pool it runs."""

import asyncio
import contextlib
import contextvars
import gc
import itertools
import os
import threading
import time
import warnings
import zlib
from collections.abc import Callable, Iterator
from concurrent import futures
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import whichpool
from whichpool.errors import WrongCall
from whichpool.running.mapping import run_job
from whichpool.running.options import Options

POOLS = ("serial", "threads", "processes")
each_pool = pytest.mark.parametrize("pool", POOLS)


def square(number: int) -> int:
    return number * number


def picky(number: int, bad: frozenset[int] = frozenset()) -> int:
    if number in bad:
        message = f"no {number}"
        raise ValueError(message)
    return number * 3


def log_and_square(number: int, file: str) -> int:
    with Path(file).open("a", encoding="utf-8") as log:
        log.write(f"{number}\n")
    return number * number


def spin(number: int) -> int:
    total = 0
    for step in range(20_000):
        total += step * number
    return total


def wait_and_square(number: int) -> int:
    time.sleep(0.005)
    return number * number


def work_or_wait(number: int) -> tuple[int, int]:
    time.sleep(0.002)
    return number, os.getpid()


@each_pool
def test_results_come_in_the_order_of_the_items(pool: str) -> None:
    assert list(whichpool.map(square, range(500), pools=pool)) == [number**2 for number in range(500)]


@each_pool
def test_several_iterables_are_gone_through_together(pool: str) -> None:
    assert list(whichpool.map(pow, [2, 3, 4], [5, 2, 3, 9], pools=pool)) == [32, 9, 64]


@each_pool
def test_nothing_to_do_is_done_at_once(pool: str) -> None:
    results = whichpool.map(square, [], pools=pool)
    assert list(results) == []
    assert results.report.verdict == "There was no item to run."


@each_pool
def test_an_item_is_run_once(pool: str, tmp_path: Path) -> None:
    file = tmp_path / "log"
    list(whichpool.map(partial(log_and_square, file=str(file)), range(300), pools=pool))
    assert sorted(map(int, file.read_text().split())) == list(range(300))


@each_pool
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amount=st.integers(0, 60),
    chunksize=st.none() | st.integers(1, 20),
    workers=st.none() | st.integers(1, 4),
    bad=st.frozensets(st.integers(0, 59), max_size=6),
    is_list=st.booleans(),
)
def test_whatever_fails_and_however_it_is_cut_up_it_equals_the_plain_loop(  # noqa: PLR0913 - all that is varied
    pool: str, amount: int, chunksize: int | None, workers: int | None, bad: frozenset[int], *, is_list: bool
) -> None:
    items = list(range(amount)) if is_list else (number for number in range(amount))
    function = partial(picky, bad=bad)
    given_back = list(whichpool.map(function, items, pools=pool, chunksize=chunksize, workers=workers, errors="return"))
    assert [repr(one) for one in given_back] == [
        repr(ValueError(f"no {number}")) if number in bad else str(number * 3) for number in range(amount)
    ]


@each_pool
def test_an_exception_is_raised_in_the_place_of_its_result(pool: str) -> None:
    results = whichpool.map(partial(picky, bad=frozenset({5})), range(100), pools=pool)
    taken = list(itertools.islice(results, 5))
    assert taken == [0, 3, 6, 9, 12]
    with pytest.raises(ValueError, match="no 5"):
        next(results)


@each_pool
def test_without_order_every_result_comes_once(pool: str) -> None:
    assert sorted(whichpool.map(square, range(200), pools=pool, ordered=False)) == [n * n for n in range(200)]


@each_pool
def test_an_endless_input_is_drawn_no_further_than_keeps_the_workers_busy(pool: str) -> None:
    drawn = 0

    def numbers() -> Iterator[int]:
        nonlocal drawn
        while True:
            drawn += 1
            yield drawn

    results = whichpool.map(wait_and_square, numbers(), pools=pool, workers=2, chunksize=3)
    assert list(itertools.islice(results, 20)) == [number**2 for number in range(1, 21)]
    results.close()
    assert drawn <= 400  # while one worker is kept from its work, the other may get ahead of it


@each_pool
def test_an_iterator_that_raises_half_way_does_so_after_the_results_before(pool: str) -> None:
    def items() -> Iterator[int]:
        yield from range(30)
        message = "half-way"
        raise OSError(message)

    results = whichpool.map(square, items(), pools=pool)
    taken: list[int] = []
    with pytest.raises(OSError, match="half-way"):
        taken.extend(results)
    assert taken == [number**2 for number in range(30)]


@each_pool
def test_retries_try_again_what_failed_and_nothing_else(pool: str, tmp_path: Path) -> None:
    function = partial(_fails_twice, folder=str(tmp_path))
    assert list(whichpool.map(function, range(20), pools=pool, retries=2)) == list(range(20))
    tries = [len(list(tmp_path.glob(f"{number}-*"))) for number in range(20)]
    assert tries == [3 if number % 7 == 0 else 1 for number in range(20)]


def _fails_twice(number: int, folder: str) -> int:
    """Leave a mark for every try; every seventh number fails at its first two tries."""
    tries = len(list(Path(folder).glob(f"{number}-*")))
    Path(folder, f"{number}-{tries}").touch()
    if number % 7 == 0 and tries < 2:
        raise ConnectionError(number)
    return number


@each_pool
def test_the_initializer_runs_wherever_items_run_and_before_them(pool: str) -> None:
    assert set(whichpool.map(_was_initialized, range(40), pools=pool, initializer=_initialize)) == {True}


_initialized = threading.local()


def _initialize() -> None:
    _initialized.here = True


def _was_initialized(_: int) -> bool:
    return getattr(_initialized, "here", False)


@each_pool
def test_a_map_within_a_map_stays_in_its_worker(pool: str) -> None:
    inner = list(whichpool.map(_pools_inside, range(6), pools=pool, workers=2))
    assert inner == [("serial",)] * 6 if pool != "serial" else inner


def _pools_inside(_: int) -> tuple[str, ...]:
    results = whichpool.map(spin, range(50), pools=None)
    list(results)
    return results.report.pools


def test_a_lambda_and_a_closure_run_in_processes() -> None:
    offset = 5
    assert list(whichpool.map(lambda number: number + offset, range(50), pools="processes")) == list(range(5, 55))


def test_what_waits_moves_to_threads_and_says_why() -> None:
    results = whichpool.map(work_or_wait, range(100))
    assert [number for number, _ in results] == list(range(100))
    assert "threads" in results.report.pools
    text = str(results.report)
    assert text.startswith("Threads ×")
    assert "by forecast" in text
    assert "– processes not used: by forecast " in text


def test_what_is_over_at_once_stays_in_the_loop() -> None:
    results = whichpool.map(square, [7, 8])
    assert list(results) == [49, 64]
    assert results.report.pools == ("serial",)
    assert results.report.finished
    assert results.report.passed_over.keys() == {"threads", "processes"}
    assert "– threads and processes not used: " in str(results.report)


def test_a_notebook_shows_a_report_as_print_does() -> None:
    shown: list[str] = []
    results = whichpool.map(square, [7])
    list(results)
    results.report._repr_pretty_(SimpleNamespace(text=shown.append))
    assert shown == [str(results.report)]


def test_a_pool_that_nobody_might_have_used_is_not_spoken_of() -> None:
    results = whichpool.map(square, range(10), pools="serial")
    list(results)
    assert results.report.passed_over == {}


def test_nothing_runs_before_a_result_is_asked_for() -> None:
    calls: list[int] = []
    results = whichpool.map(calls.append, range(10))
    assert calls == []
    next(results)
    assert calls[0] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pools": "thread"}, "no pool 'thread'"),
        ({"pools": ()}, "pools is empty"),
        ({"pools": 5}, "pools must be the name of a pool, or several, not 5"),
        ({"workers": 0}, "workers must be"),
        ({"chunksize": 1.5}, "chunksize must be"),
        ({"timeout": 0}, "timeout must be"),
        ({"timeout": 1, "pools": "serial"}, "cannot stop"),
        ({"errors": "ignore"}, "errors must be"),
        ({"ordered": "no"}, "ordered must be True or False, not 'no'"),
        ({"ordered": None}, "ordered must be True or False, not None"),
        ({"progress": "x"}, "progress must be True or False, not 'x'"),
        ({"initializer": 3}, "initializer must be callable"),
        ({"memory_limit": 10**9, "pools": "threads"}, "memory_limit"),
    ],
)
def test_a_wrong_call_is_refused_before_anything_runs(options: dict[str, Any], message: str) -> None:
    with pytest.raises(WrongCall, match=message):
        whichpool.map(square, [1], **options)


@pytest.mark.parametrize(("function", "iterables"), [(5, ([1],)), (square, ()), (square, (5,))])
def test_what_is_no_function_or_no_items_is_refused(function: Callable[..., Any], iterables: tuple[Any, ...]) -> None:
    with pytest.raises(WrongCall):
        whichpool.map(function, *iterables)


async def _fetched(number: int) -> int:
    await asyncio.sleep(0.002)
    if number == 13:
        message = "unlucky"
        raise ConnectionError(message)
    return number + 1


def test_an_async_function_is_awaited_many_items_at_a_time() -> None:
    results = whichpool.map(_fetched, range(100), errors="return")
    given_back = list(results)
    assert [one for one in given_back if isinstance(one, int)] == [n + 1 for n in range(100) if n != 13]
    assert isinstance(given_back[13], ConnectionError)
    assert results.report.pools == ("asyncio",)


async def _stuck_at_three(number: int) -> int:
    await asyncio.sleep(60 if number == 3 else 0)
    return number


def test_an_async_item_that_is_stuck_is_cancelled_and_the_others_go_on() -> None:
    given_back = list(whichpool.map(_stuck_at_three, range(6), timeout=0.1, errors="return"))
    assert isinstance(given_back.pop(3), TimeoutError)
    assert given_back == [0, 1, 2, 4, 5]


def test_an_async_job_that_is_abandoned_leaves_no_thread() -> None:
    results = whichpool.map(_stuck_at_three, itertools.cycle([1, 2]))
    assert next(results) == 1
    del results
    assert not [thread for thread in threading.enumerate() if thread.name == "whichpool"]


def test_an_async_function_is_not_run_by_threads() -> None:
    with pytest.raises(WrongCall, match="asyncio only"):
        whichpool.map(_fetched, [1], pools="threads")
    with pytest.raises(WrongCall, match="async functions only"):
        whichpool.map(square, [1], pools="asyncio")


@each_pool
def test_a_list_that_grows_while_it_is_run_is_run_to_its_new_end(pool: str) -> None:
    todo = list(range(100))
    taken = []
    for number, result in enumerate(whichpool.map(square, todo, pools=pool, chunksize=5)):
        taken.append(result)
        if number == 20:
            todo.extend(range(100, 150))
    assert taken == [number**2 for number in range(150)]


def test_what_a_function_does_to_its_argument_is_seen_by_the_caller() -> None:
    rows = [[number] for number in range(400)]
    list(whichpool.map(_append_sum, rows))
    assert all(len(row) == 2 for row in rows)


def test_so_it_is_with_an_argument_that_cannot_be_pickled() -> None:
    counters = [_Counter(number) for number in range(200)]
    list(whichpool.map(_count, counters))
    assert all(counter.total == spin(counter.number) for counter in counters)


def test_so_it_is_with_what_is_bound_to_it_already() -> None:
    seen: list[int] = []
    counts = list(whichpool.map(partial(_take_note, seen), range(200)))
    assert counts == list(range(1, 201))
    assert len(seen) == 200


def test_so_it_is_with_what_compiled_code_belongs_to() -> None:
    blocks = [os.urandom(500) * 400 for _ in range(60)]
    compressor = zlib.compressobj()
    packed = b"".join(whichpool.map(compressor.compress, blocks)) + compressor.flush()
    assert zlib.decompress(packed) == b"".join(blocks)


def _take_note(seen: list[int], number: int) -> int:
    spin(number)
    seen.append(number)
    return len(seen)


class _Counter:
    def __init__(self, number: int) -> None:
        self.number = number
        self.total = 0
        self.lock = threading.Lock()


def _count(counter: _Counter) -> None:
    counter.total = spin(counter.number)


def _append_sum(row: list[int]) -> int:
    row.append(spin(row[0]))
    return row[1]


@pytest.mark.parametrize("make", [list, iter])
def test_many_items_that_are_tried_again_one_by_one_do_not_let_batches_grow(make: Callable[[range], Any]) -> None:
    failed: set[int] = set()

    def fail_once(number: int) -> int:
        if number in failed:
            return number
        failed.add(number)
        raise ValueError

    items = range(3000)
    assert list(whichpool.map(fail_once, make(items), pools="serial", retries=1)) == list(items)


def test_retries_over_an_endless_input_hold_nothing_up(tmp_path: Path) -> None:
    function = partial(_fails_twice, folder=str(tmp_path))
    results = whichpool.map(function, itertools.count(), pools="serial", retries=2)
    assert list(itertools.islice(results, 30)) == list(range(30))
    assert len(results.report.stages) == 1


def test_threads_with_a_time_for_each_item_and_large_chunks_answer_them_all() -> None:
    assert list(whichpool.map(square, range(50), pools="threads", timeout=30, chunksize=10)) == [
        number**2 for number in range(50)
    ]


def test_threads_see_the_context_variables_of_the_caller() -> None:
    token = _CONTEXT.set("caller")
    assert set(whichpool.map(_context, range(20), pools="threads")) == {"caller"}
    _CONTEXT.reset(token)


_CONTEXT = contextvars.ContextVar("_CONTEXT", default="none")


def _context(_: int) -> str:
    return _CONTEXT.get()


@pytest.mark.parametrize("options", [{"timeout": 5}, {"pools": ("threads", "processes")}])
def test_a_job_that_cannot_begin_in_the_loop_says_which_pool_is_wrong_for_its_function(options: dict[str, Any]) -> None:
    results = whichpool.map(_remember, range(3), **options)
    list(results)
    assert "_SEEN" in str(results.report)


_SEEN: list[int] = []


def _remember(number: int) -> int:
    _SEEN.append(number)
    return number


@pytest.mark.parametrize("pool", ["threads", "processes"])
def test_while_workers_have_nothing_to_tell_whoever_shows_the_job_is_called(pool: str) -> None:
    calls: list[int] = []
    outcomes = run_job(time.sleep, [1.2], Options(pools=(pool,)))
    outcomes.when_silent(lambda: calls.append(outcomes.report.items))
    assert [index for arrived in outcomes for index, _, _ in arrived] == [0]
    assert calls
    assert not any(calls)


@pytest.mark.parametrize(
    "options", [{"pools": "threads"}, {"pools": "processes"}, {"timeout": 30.0}, {"pools": "threads", "timeout": 30.0}]
)
def test_items_that_wait_get_more_workers_also_where_no_loop_has_shown_that(options: dict[str, Any]) -> None:
    results = whichpool.map(time.sleep, [0.02] * 60, **options)
    list(results)
    assert results.report.stages[0].workers > 4
    settled = whichpool.map(time.sleep, [0.002] * 20, workers=2, **options)
    list(settled)
    assert settled.report.stages[0].workers == 2


def test_a_slow_iterator_goes_on_while_workers_are_at_work() -> None:
    is_second_drawn = threading.Event()

    def slowly() -> Iterator[int]:
        time.sleep(0.005)
        yield 0
        time.sleep(0.005)
        is_second_drawn.set()
        yield 1

    assert list(whichpool.map(lambda _: is_second_drawn.wait(10), slowly(), pools="threads", workers=2)) == [True, True]


def test_what_the_iterator_takes_is_a_part_of_what_the_loop_alone_would_have_taken() -> None:
    def slowly() -> Iterator[int]:
        for number in range(30):
            time.sleep(0.01)
            yield number

    results = whichpool.map(lambda _: time.sleep(0.01), slowly())
    list(results)
    assert results.report.pool != "the loop"
    assert results.report.speedup is not None
    assert results.report.speedup > 1.2


def test_chunks_and_workers_that_were_asked_for_count_in_the_forecast() -> None:
    in_one = whichpool.map(time.sleep, [0.01] * 20, chunksize=1_000)
    list(in_one)
    assert in_one.report.pools == ("serial",)
    many = whichpool.map(time.sleep, [0.01] * 20, workers=1_000)
    list(many)
    assert many.report.stages[-1].workers == 19


def test_an_interrupt_that_the_function_raises_ends_the_job_in_any_pool() -> None:
    for pool in POOLS:
        with pytest.raises(KeyboardInterrupt, match="mine"):
            list(whichpool.map(_interrupt_oneself, range(20), pools=pool, errors="return"))


def _interrupt_oneself(number: int) -> int:
    if number == 5:
        raise KeyboardInterrupt("mine")  # noqa: EM101 - as a user would
    return number


async def _swallow(number: int) -> int:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(60 if number else 0)
    return number


def test_an_async_function_that_swallows_being_cancelled_does_not_keep_the_job_from_ending() -> None:
    results = whichpool.map(_swallow, range(200))
    assert next(results) == 0
    results.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "whichpool"]


def test_nothing_is_awaited_where_the_initializer_fails() -> None:
    begun: list[int] = []

    async def work(number: int) -> None:
        begun.append(number)

    def fail() -> None:
        message = "not ready"
        raise OSError(message)

    with pytest.raises(OSError, match="not ready"):
        list(whichpool.map(work, range(20), initializer=fail))
    assert begun == []


def test_a_child_that_an_item_forks_and_that_raises_does_nothing_for_the_job(tmp_path: Path) -> None:
    function = partial(_fork_and_exit, file=str(tmp_path / "log"))
    assert list(whichpool.map(function, range(20), pools="processes", chunksize=5)) == list(range(20))
    assert sorted(map(int, (tmp_path / "log").read_text().split())) == list(range(20))


def _fork_and_exit(number: int, file: str) -> int:
    with Path(file).open("a", encoding="utf-8") as log:
        log.write(f"{number}\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # there is a second thread in a worker
        pid = os.fork()
    if not pid:
        raise SystemExit
    os.waitpid(pid, 0)
    return number


def test_two_threads_that_ask_for_results_at_once_are_refused_both() -> None:
    is_at_item, goes_on = threading.Event(), threading.Event()

    def work(number: int) -> int:
        is_at_item.set()
        goes_on.wait(10)
        return number

    results = whichpool.map(work, range(50), pools="serial")
    with futures.ThreadPoolExecutor(1) as pool:
        first = pool.submit(list, results)
        assert is_at_item.wait(10)
        with pytest.raises(ValueError, match="one call at a time"):
            next(results)
        goes_on.set()
        with pytest.raises(ValueError, match="one call at a time"):
            first.result()


def test_threads_may_take_results_one_after_the_other() -> None:
    results = whichpool.map(square, range(50))
    with futures.ThreadPoolExecutor(4) as pool:
        assert [pool.submit(next, results).result() for _ in range(50)] == [number**2 for number in range(50)]


def test_a_crew_grows_with_a_job_whose_length_nobody_knows() -> None:
    results = whichpool.map(wait_and_square, (number for number in range(600)), pools=("serial", "threads"))
    assert list(results) == [number**2 for number in range(600)]
    assert results.report.stages[1].workers >= 16


def _quick_then_slow(number: int, file: str) -> int:
    with Path(file).open("a", encoding="utf-8") as log:
        log.write(f"{number}\n")
    if number >= 1500:
        time.sleep(0.02)
    if number % 11 == 0:
        raise LookupError(number)
    return number


@pytest.mark.parametrize("is_endless", [False, True])
@each_pool
def test_what_comes_back_of_a_batch_is_run_once_and_in_its_place(pool: str, is_endless: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter
    log = tmp_path / "log"
    items = (number for number in range(1560)) if is_endless else range(1560)
    function = partial(_quick_then_slow, file=str(log))
    outcomes = list(whichpool.map(function, items, pools=("serial", pool), errors="return"))
    assert [str(outcome) for outcome in outcomes] == [str(number) for number in range(1560)]
    assert sorted(map(int, log.read_text(encoding="utf-8").split())) == list(range(1560))


def test_what_is_awaited_longer_than_was_to_be_expected_is_awaited_side_by_side() -> None:
    under_way = most = 0

    async def fetch(number: int) -> int:
        nonlocal under_way, most
        if number >= 3000:
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.05)
            under_way -= 1
        return number

    assert list(whichpool.map(fetch, range(3400))) == list(range(3400))
    assert most >= 16


def test_what_threads_have_answered_is_not_run_again_where_no_more_of_them_can_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    may_start, begun = True, []
    really_start = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        if not may_start:
            message = "can't start new thread"
            raise RuntimeError(message)
        really_start(thread)

    def work(number: int) -> int:
        begun.append(number)
        time.sleep(0.15 + 0.05 * min(number, 3))
        if number == 2 and begun.count(2) == 1:
            raise OSError(number)
        return number

    monkeypatch.setattr(threading.Thread, "start", start)
    results = whichpool.map(work, list(range(9)), pools=("serial", "threads"), chunksize=2, retries=1)
    taken: list[int] = []
    for number in results:
        may_start = False
        taken.append(number)
        if number == 1:
            time.sleep(1)
    assert taken == list(range(9))
    assert sorted(begun) == [0, 1, 2, 2, 3, 4, 5, 6, 7, 8]


def test_nothing_is_said_of_what_is_awaited_when_results_are_given_up(capfd: pytest.CaptureFixture[str]) -> None:
    async def fetch(number: int) -> int:
        await asyncio.sleep(0)
        if number:
            time.sleep(0.05)  # noqa: ASYNC251 - it is to fail while the loop is told to end
            raise OSError(number)
        return number

    results = whichpool.map(fetch, range(10), workers=2, chunksize=1)
    assert next(results) == 0
    results.close()
    del results
    gc.collect()
    assert capfd.readouterr().err == ""
