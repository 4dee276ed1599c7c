"""What every pool promises, held against every row of the catalogue: a new pool is taken up without a new test."""

import importlib
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from pathlib import Path
from types import ModuleType

import pytest

from tests.pools.opening import HERE, chunked, close_what_stands, opened, over, results, run
from whichpool.errors import Trouble
from whichpool.lab.launch import Laboratory
from whichpool.pools.catalogue import find
from whichpool.pools.chunk import Chunk
from whichpool.pools.parcel import Parcel
from whichpool.pools.protocol import PoolFailed
from whichpool.values import Draw, Sample, Strategy, Workload

FURTHEST_AHEAD = 100
WITHOUT_WHICHPOOL = """
import sys
class Hider:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "whichpool":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Hider)
"""


every_pool = over(lambda _: True)
every_pool_of_processes = over(lambda row: row.has_processes)
every_pool_that_pickles_by_name = over(lambda row: not (row.shares_memory or row.takes_closures))
every_pool_that_takes_closures = over(lambda row: row.shares_memory or row.takes_closures)


@pytest.fixture(scope="module")
def duties() -> Iterator[ModuleType]:
    """Import the functions under test as a worker would: by name, from a folder on ``sys.path``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(HERE)
        module = importlib.import_module("duties")
        yield module
        del sys.modules["duties"]


@pytest.fixture(scope="module", autouse=True)
def _nothing_stands_in_the_end() -> Iterator[None]:
    yield
    close_what_stands()


def _exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@every_pool
@pytest.mark.parametrize("size", [1, 3, 20], ids="chunks of {}".format)
def test_every_item_has_its_result_in_the_chunks_order(strategy: Strategy, size: int, duties: ModuleType) -> None:
    ends = run(strategy, duties.square, chunked(range(10), size))
    assert [end.index for end in ends] == list(range(-(-10 // size)))
    assert results(ends) == [number**2 for number in range(10)]
    assert not any(end.results.failures for end in ends)


@every_pool
def test_what_code_nested_in_the_function_calls_is_found(strategy: Strategy, duties: ModuleType) -> None:
    assert results(run(strategy, duties.sum_of_squares, chunked(range(5), 2))) == [0, 0, 1, 5, 14]


@every_pool
def test_a_tuple_is_unpacked_where_the_chunk_says_so(strategy: Strategy, duties: ModuleType) -> None:
    assert results(run(strategy, duties.add, chunked([(1, 2), (3, 4)], 1, unpacked=True))) == [3, 7]
    assert results(run(strategy, duties.same, chunked([(1, 2), (3, 4)], 1))) == [(1, 2), (3, 4)]


@every_pool
def test_no_chunks_give_no_ends(strategy: Strategy, duties: ModuleType) -> None:
    assert run(strategy, duties.square, []) == []


@every_pool
def test_a_chunk_tells_when_it_ran_and_where(strategy: Strategy, duties: ModuleType) -> None:
    for end in run(strategy, duties.who, chunked(range(4), 1)):
        process, _ = end.results.values[0]
        assert end.worker == process
        assert (end.worker == os.getpid()) != find(strategy.pool).has_processes
        assert end.begun_s <= end.ended_s
        assert end.worker_cpu_s > 0


@every_pool
def test_a_chunk_that_is_to_be_explained_tells_the_clocks_of_the_thread_that_ran_it(
    strategy: Strategy, duties: ModuleType
) -> None:
    for end in run(strategy, duties.native_thread, chunked(range(4), 1, explained=True)):
        assert end.clocks is not None
        before, after = end.clocks
        assert [before.thread, after.thread] == end.results.values * 2
        assert before.cpu_s <= after.cpu_s
        assert before.queued_s <= after.queued_s


@every_pool
def test_a_chunk_that_is_not_to_be_explained_reads_no_clocks(strategy: Strategy, duties: ModuleType) -> None:
    assert [end.clocks for end in run(strategy, duties.same, chunked(range(4), 1))] == [None] * 4


@every_pool
def test_what_travelled_tells_what_pickling_took_on_the_way_there_and_back(
    strategy: Strategy, duties: ModuleType
) -> None:
    for end in run(strategy, duties.same, chunked(range(4), 1)):
        travelled = not find(strategy.pool).shares_memory
        assert (end.unpacked_s > 0) is travelled
        assert (end.results.packed_s > 0) is travelled
        assert (end.results.unpacked_s > 0) is travelled


@every_pool
def test_results_stream_out_of_an_endless_input_that_is_drawn_no_further_than_needed(
    strategy: Strategy, duties: ModuleType
) -> None:
    drawn: list[int] = []

    def endless() -> Iterator[Chunk]:
        for index in count():
            drawn.append(index)
            yield Chunk(index, Parcel([index]))

    with opened(strategy, duties.square, fresh=True) as pool:
        ends = list(islice(pool.run(duties.square, endless()), 10))
    assert len({end.index for end in ends}) == 10
    assert all(end.results.values == [end.index**2] for end in ends)
    assert len(drawn) <= 10 + FURTHEST_AHEAD


@every_pool
def test_a_pool_can_be_run_twice(strategy: Strategy, duties: ModuleType) -> None:
    with opened(strategy, duties.square) as pool:
        for start in (0, 10):
            ends = sorted(pool.run(duties.square, chunked(range(start, start + 3), 1)), key=lambda end: end.index)
            assert results(ends) == [number**2 for number in range(start, start + 3)]


@every_pool
@pytest.mark.parametrize("size", [1, 3, 10], ids="chunks of {}".format)
def test_an_exception_is_that_items_failure_and_its_siblings_keep_their_results(
    strategy: Strategy, size: int, duties: ModuleType
) -> None:
    ends = run(strategy, duties.raise_odd, chunked(range(10), size))
    assert results(ends) == [0, None, 2, None, 4, None, 6, None, 8, 9]
    failures = {end.index * size + place: failure for end in ends for place, failure in end.results.failures.items()}
    # a coroutine cannot be left by a StopIteration: PEP 479
    is_async = find(strategy.pool).is_async_only
    stopped = "RuntimeError: coroutine raised StopIteration" if is_async else "StopIteration: three"
    assert {place: failure.message for place, failure in failures.items()} == {
        1: "ValueError: one",
        3: stopped,
        5: "TwoPartError: five: two parts",
        7: "LockedError: seven",
    }
    assert {failure.trouble for failure in failures.values()} == {Trouble.RAISED}
    assert isinstance(failures[1].error, ValueError)
    for failure in failures.values():
        assert "duties.py" in failure.traceback
        assert "chunk.py" not in failure.traceback


@every_pool
@pytest.mark.parametrize("name", ["TwoPartError", "LockedError"])
def test_an_exception_that_cannot_travel_is_told_in_words(strategy: Strategy, name: str, duties: ModuleType) -> None:
    place = {"TwoPartError": 5, "LockedError": 7}[name]
    failure = run(strategy, duties.raise_odd, chunked([place], 1))[0].results.failures[0]
    assert name in failure.message
    assert (failure.error is None) != find(strategy.pool).shares_memory


@every_pool
def test_an_exception_whose_str_raises_is_still_only_that_items_failure(strategy: Strategy, duties: ModuleType) -> None:
    ends = run(strategy, duties.raise_mutely, chunked(range(3), 3))
    assert results(ends) == [0, None, 2]
    assert "MuteError" in ends[0].results.failures[1].message


@every_pool
@pytest.mark.parametrize(
    ("name", "kind"),
    [("leave_by_exit", SystemExit), ("leave_by_interrupt", KeyboardInterrupt)],
)
def test_what_is_no_exception_reaches_the_caller(
    strategy: Strategy, name: str, kind: type[BaseException], duties: ModuleType
) -> None:
    with pytest.raises(kind):
        run(strategy, getattr(duties, name), chunked(range(3), 1), fresh=True)


@every_pool
def test_an_argument_that_cannot_be_pickled_costs_no_other_item(strategy: Strategy, duties: ModuleType) -> None:
    ends = run(strategy, duties.kind_of, chunked([1, threading.Lock(), "three"], 3))
    if not find(strategy.pool).shares_memory:
        assert results(ends) == ["int", None, "str"]
        assert ends[0].results.failures[1].trouble is Trouble.UNPICKLABLE
        assert "lock" in ends[0].results.failures[1].message
    else:
        assert results(ends) == ["int", "lock", "str"]


@every_pool
@pytest.mark.parametrize("size", [1, 2, 4], ids="chunks of {}".format)
def test_an_argument_that_cannot_be_rebuilt_costs_no_other_chunk(
    strategy: Strategy, size: int, duties: ModuleType
) -> None:
    ends = run(strategy, duties.kind_of, chunked([1, 2, 3, duties.OneWay()], size))
    if not find(strategy.pool).shares_memory:
        kept = 4 - size
        assert results(ends) == ["int"] * kept + [None] * size
        assert "cannot be unpickled" in ends[-1].results.failures[size - 1].message
    else:
        assert results(ends) == ["int", "int", "int", "OneWay"]


@every_pool
def test_a_result_that_cannot_be_pickled_or_rebuilt_is_that_items_failure(
    strategy: Strategy, duties: ModuleType
) -> None:
    ends = run(strategy, duties.lock_of_one, chunked(range(5), 1))
    if not find(strategy.pool).shares_memory:
        assert results(ends) == [0, None, None, 3, 4]
        assert {ends[place].results.failures[0].trouble for place in (1, 2)} == {Trouble.UNPICKLABLE}
        assert "lock" in ends[1].results.failures[0].message
        assert "not a number" in ends[2].results.failures[0].message
    else:
        assert not any(end.results.failures for end in ends)


@every_pool
def test_siblings_in_the_chunk_of_an_unpicklable_result_are_kept(strategy: Strategy, duties: ModuleType) -> None:
    values = results(run(strategy, duties.lock_of_one, chunked([0, 1, 3], 3)))
    assert [values[0], values[2]] == [0, 3]


@every_pool
def test_a_result_too_deep_for_pickle_is_that_items_failure(strategy: Strategy, duties: ModuleType) -> None:
    ends = run(strategy, duties.nested, chunked([1, 100_000, 2], 3))
    assert ends[0].results.values[::2] == [[[]], [[[]]]]
    assert set(ends[0].results.failures) == (set() if find(strategy.pool).shares_memory else {1})


@every_pool
def test_a_thousand_tiny_items_all_come_back(strategy: Strategy, duties: ModuleType) -> None:
    assert results(run(strategy, duties.square, chunked(range(1000), 1))) == [number**2 for number in range(1000)]


@every_pool
def test_ten_items_of_8_mib_come_back_whole(strategy: Strategy, duties: ModuleType) -> None:
    items = [bytes([number]) * (8 << 20) for number in range(10)]
    assert results(run(strategy, duties.same, chunked(items, 1))) == items


def threads_beside(before: set[threading.Thread]) -> set[threading.Thread]:
    """List the threads that have come since; an engine's own may still be on its way out."""
    until_s = time.monotonic() + 5
    while (left := set(threading.enumerate()) - before) and time.monotonic() < until_s:
        time.sleep(0.01)
    return left


@every_pool
def test_nothing_of_a_closed_pool_is_left(strategy: Strategy, duties: ModuleType) -> None:
    close_what_stands()
    threads = set(threading.enumerate())
    ends = run(strategy, duties.who, chunked(range(8), 1), fresh=True)
    assert not threads_beside(threads)
    assert multiprocessing.active_children() == []
    assert not [end.worker for end in ends if end.worker != os.getpid() and _exists(end.worker)]


@every_pool
def test_nothing_is_left_of_a_pool_whose_results_were_not_all_taken(strategy: Strategy, duties: ModuleType) -> None:
    close_what_stands()
    threads = set(threading.enumerate())
    with opened(strategy, duties.who, fresh=True) as pool:
        end = next(iter(pool.run(duties.who, chunked(range(100), 1))))
    assert not threads_beside(threads)
    assert multiprocessing.active_children() == []
    assert end.worker == os.getpid() or not _exists(end.worker)


@every_pool
def test_nothing_is_left_of_a_pool_in_which_the_caller_raised(strategy: Strategy, duties: ModuleType) -> None:
    close_what_stands()
    threads = set(threading.enumerate())

    def use() -> None:
        with opened(strategy, duties.who, fresh=True) as pool:
            next(iter(pool.run(duties.who, chunked(range(10), 1))))
            raise LookupError

    with pytest.raises(LookupError):
        use()
    assert not threads_beside(threads)
    assert multiprocessing.active_children() == []


@every_pool_of_processes
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("die_by_kill", "SIGKILL; the system kills a process so when memory runs out"),
        ("die_by_exit", "exit code 7"),
        ("die_by_segfault", "SIGSEGV"),
    ],
)
def test_a_worker_that_dies_is_named_with_its_signal_or_code(
    strategy: Strategy, name: str, words: str, duties: ModuleType
) -> None:
    with pytest.raises(PoolFailed, match="a worker process") as failed:
        run(strategy, getattr(duties, name), chunked(range(20), 1), fresh=True)
    assert failed.value.trouble is Trouble.DIED
    if strategy.pool == "ray":  # its workers are children of a process of its own, which tells nobody how they ended
        words = "Ray does not tell how"
    assert words in str(failed.value)
    assert multiprocessing.active_children() == []


@every_pool_that_pickles_by_name
def test_a_lambda_is_refused_by_name_with_the_mend(strategy: Strategy) -> None:
    with pytest.raises(PoolFailed, match=r"<lambda>.* cannot be pickled .*at the top level of a module") as failed:
        run(strategy, lambda number: number, chunked(range(3), 1))
    assert failed.value.trouble is Trouble.UNPICKLABLE


@every_pool_that_pickles_by_name
def test_a_method_of_an_object_that_cannot_travel_is_refused_by_name_with_the_mend(
    strategy: Strategy, duties: ModuleType
) -> None:
    with pytest.raises(PoolFailed, match=r"Gauge\.read cannot be pickled .*lock.*the object it is bound to"):
        run(strategy, duties.Gauge().read, chunked(range(3), 1))


@every_pool_that_takes_closures
def test_a_pool_that_can_send_a_closure_takes_a_lambda(strategy: Strategy) -> None:
    assert results(run(strategy, lambda number: -number, chunked(range(3), 1))) == [0, -1, -2]


@every_pool
def test_a_python_that_could_not_import_whichpool_runs_its_jobs(
    strategy: Strategy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_WHICHPOOL, encoding="ascii")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    close_what_stands()  # an engine leaves its mark on the environment
    target = "duties_awaited.py:halve" if find(strategy.pool).is_async_only else "duties.py:square"
    laboratory = Laboratory(Workload("", (target,), "range(4)", folder=str(HERE)))
    sample = laboratory.measure(replace(strategy, chunksize=1), Draw(4), 1, limit_s=60)
    assert isinstance(sample, Sample), sample
