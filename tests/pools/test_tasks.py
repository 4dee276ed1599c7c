"""What is special about ``async def`` functions: how many are in flight at a time, and that nothing of them is left."""

import asyncio
import contextlib
import importlib
import multiprocessing
import site
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import NoReturn

import pytest

from whichpool.errors import Trouble
from whichpool.pools.catalogue import CATALOGUE, find
from whichpool.pools.chunk import Chunk, ChunkEnd, Function, run_chunk
from whichpool.pools.parcel import Parcel
from whichpool.values import Strategy

HERE = Path(__file__).parent
EVERY_POOL = [
    pytest.param(
        Strategy(row.name, 1 if row.name == "serial" else 2, start_method=method),
        id=f"{row.name} {method or ''}",
        marks=[pytest.mark.skip(reason=missing)] if (missing := row.why_missing()) else [],
    )
    for row in CATALOGUE
    if not row.is_cluster  # they run chunks as the others do, and take seconds to start
    for method in (multiprocessing.get_all_start_methods() if row.has_start_methods else [None])
]


@pytest.fixture(scope="module")
def duties() -> Iterator[ModuleType]:
    """Import the functions under test as a worker would: by name, from a folder on ``sys.path``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(HERE)
        module = importlib.import_module("duties_awaited")
        yield module
        del sys.modules["duties_awaited"]


@pytest.fixture(autouse=True)
def _nobody_complains(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """What goes wrong in a task that nobody asks is not raised: asyncio logs it."""
    yield
    assert caplog.messages == []


def awaited(items: Iterable[object], size: int = 1, *, unpacked: bool = False, explained: bool = False) -> list[Chunk]:
    """Cut items into chunks."""
    everything = list(items)
    pieces = [everything[start : start + size] for start in range(0, len(everything), size)]
    return [
        Chunk(index, Parcel(piece), unpacked=unpacked, explained=explained, awaited=True)
        for index, piece in enumerate(pieces)
    ]


def run(strategy: Strategy, function: Function, chunks: Iterable[Chunk]) -> list[ChunkEnd]:
    """Run chunks through a pool, and put what ended in the chunks' order."""
    prepare = partial(site.addsitedir, str(HERE))
    with find(strategy.pool).load()(strategy, function, prepare) as pool:
        return sorted(pool.run(function, chunks), key=lambda end: end.index)


def tasks(workers: int) -> Strategy:
    """So many chunks in flight."""
    return Strategy("asyncio", workers)


@pytest.mark.parametrize("strategy", EVERY_POOL)
def test_every_pool_awaits_an_async_function_item_by_item(strategy: Strategy, duties: ModuleType) -> None:
    ends = run(strategy, duties.halve, awaited(range(-1, 5), 2))
    assert [value for end in ends for value in end.results.values] == [None, 0, 0.5, 1, 1.5, 2]
    (failure,) = [failure for end in ends for failure in end.results.failures.values()]
    assert failure.message == "ValueError: negative"
    assert "duties_awaited.py" in failure.traceback
    assert "awaiting.py" not in failure.traceback


@pytest.mark.parametrize("strategy", EVERY_POOL)
def test_every_pool_unpacks_the_arguments_of_an_async_function(strategy: Strategy, duties: ModuleType) -> None:
    ends = run(strategy, duties.add, awaited([(1, 2), (3, 4)], unpacked=True))
    assert [end.results.values for end in ends] == [[3], [7]]


@pytest.mark.parametrize("strategy", EVERY_POOL)
def test_what_an_async_function_raises_that_is_no_exception_reaches_the_caller(
    strategy: Strategy, duties: ModuleType
) -> None:
    with pytest.raises(SystemExit):
        run(strategy, duties.leave, awaited(range(3)))


@pytest.mark.parametrize("strategy", EVERY_POOL)
def test_an_item_that_cannot_travel_costs_no_other_one(strategy: Strategy, duties: ModuleType) -> None:
    (end,) = run(strategy, duties.kind_of, awaited([1, multiprocessing.Lock(), "three"], 3))
    assert end.results.values[::2] == ["int", "str"]
    travelled = not find(strategy.pool).shares_memory
    assert [failure.trouble for failure in end.results.failures.values()] == [Trouble.UNPICKLABLE] * travelled


@pytest.mark.parametrize("strategy", [Strategy("serial"), tasks(1)], ids=lambda strategy: strategy.id)
@pytest.mark.parametrize("how", ["awaits what is cancelled", "raises", "cancels itself"])
def test_an_item_that_is_cancelled_has_failed_and_the_others_go_on(strategy: Strategy, how: str) -> None:
    async def cancelled(item: int) -> int:
        if item == 1:
            await be_cancelled(how)
        async with asyncio.timeout(60):
            await asyncio.sleep(0)
        return item

    (end,) = run(strategy, cancelled, awaited(range(4), 4))
    assert {place: failure.message for place, failure in end.results.failures.items()} == {1: "CancelledError"}
    assert end.results.values == [0, None, 2, 3]


async def be_cancelled(how: str) -> None:
    """End in a CancelledError."""
    if how == "raises":
        raise asyncio.CancelledError
    if how == "awaits what is cancelled":
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.sleep(60)


@pytest.mark.parametrize("workers", [1, 3, 50])
def test_as_many_chunks_are_in_flight_as_the_pool_has_workers_and_no_more(workers: int) -> None:
    now, most = 0, 0

    async def count(_: object) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.001)
        now -= 1

    assert len(run(tasks(workers), count, awaited(range(60)))) == 60
    assert most == workers


def test_the_items_of_a_chunk_are_awaited_one_after_the_other() -> None:
    seen = []

    async def note(item: str) -> None:
        seen.append(f"{item} begins")
        await asyncio.sleep(0.001)
        seen.append(f"{item} ends")

    run(tasks(2), note, awaited(["a", "b"], 2))
    assert seen == ["a begins", "a ends", "b begins", "b ends"]


def test_a_slow_chunk_keeps_no_other_one_waiting() -> None:
    async def wait(item: int) -> None:
        if item == 0:
            await last_one.wait()
        if item == 9:
            last_one.set()

    last_one = asyncio.Event()
    with find("asyncio").load()(tasks(2), wait, lambda: None) as pool:
        assert [end.index for end in pool.run(wait, awaited(range(10)))][-1] == 0


def test_chunks_are_drawn_no_further_ahead_than_are_in_flight() -> None:
    drawn: list[int] = []

    async def wait(_: object) -> None:
        await asyncio.sleep(0)

    def endless() -> Iterator[Chunk]:
        while True:
            drawn.append(len(drawn))
            yield Chunk(drawn[-1], Parcel([None]), awaited=True)

    with find("asyncio").load()(tasks(5), wait, lambda: None) as pool:
        for ended, _ in enumerate(islice(pool.run(wait, endless()), 40), 1):
            assert len(drawn) <= ended + 4


def test_an_error_of_who_gives_the_chunks_reaches_the_caller() -> None:
    async def same(item: object) -> object:
        return item

    def two() -> Iterator[Chunk]:
        yield from awaited(range(2))
        raise LookupError

    with pytest.raises(LookupError):
        run(tasks(2), same, two())


@pytest.mark.parametrize("leave", ["takes no more", "raises"])
def test_what_is_in_flight_is_cancelled_and_waited_for(leave: str) -> None:
    left = []

    async def wait(item: int) -> None:
        if item:
            try:
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(0)
                left.append(item)

    def use() -> None:
        with find("asyncio").load()(tasks(4), wait, lambda: None) as pool:
            next(iter(pool.run(wait, awaited(range(4)))))
            if leave == "raises":
                raise LookupError

    with pytest.raises(LookupError) if leave == "raises" else contextlib.nullcontext():
        use()
    assert sorted(left) == [1, 2, 3]


def test_an_item_that_does_not_let_itself_be_cancelled_is_the_last_of_its_chunk() -> None:
    seen = []

    async def stay(item: int) -> NoReturn:
        seen.append(item)
        try:
            await asyncio.sleep(60)
        finally:
            raise ValueError(item)

    async def end(_: object) -> None:
        return

    with find("asyncio").load()(tasks(2), stay, lambda: None) as pool:
        ends = pool.run(lambda item: end(item) if item < 0 else stay(item), awaited([-1, -2, 1, 2, 3, 4], 2))
        next(ends)
    assert seen == [1]


@pytest.mark.parametrize("strategy", [Strategy("serial"), tasks(2)], ids=lambda strategy: strategy.id)
def test_tasks_that_an_item_leaves_behind_end_with_the_loop(strategy: Strategy) -> None:
    ended = []

    async def linger() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def leave_behind(_: object) -> None:
        kept.append(asyncio.create_task(linger()))
        await asyncio.sleep(0)

    kept: list[asyncio.Task[None]] = []
    run(strategy, leave_behind, awaited(range(2)))
    assert ended == [True, True]


def test_a_chunk_that_was_not_to_be_awaited_is_called() -> None:
    assert [end.results.values for end in run(tasks(2), abs, [Chunk(0, Parcel([-3]))])] == [[3]]


def test_opening_the_loop_is_no_part_of_an_items_time(monkeypatch: pytest.MonkeyPatch) -> None:
    opened_s = []

    async def same(item: object) -> object:
        return item

    def open_loop() -> asyncio.AbstractEventLoop:
        loop = asyncio.SelectorEventLoop()
        opened_s.append(perf_counter())
        return loop

    monkeypatch.setattr("asyncio.events.new_event_loop", open_loop)
    end = run_chunk(same, awaited([1])[0])
    assert end.begun_s > opened_s[0]
