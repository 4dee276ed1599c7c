"""Opening pools for the tests of what every pool promises, and running chunks through them."""

import multiprocessing
import site
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from whichpool.pools.catalogue import CATALOGUE, Row, find
from whichpool.pools.chunk import Chunk, ChunkEnd
from whichpool.pools.parcel import Parcel
from whichpool.pools.protocol import OpenPool
from whichpool.values import Strategy

HERE = Path(__file__).parent
WORKERS = 2


def strategies(of: Callable[[Row], bool]) -> Iterator[Any]:
    """List pools of the catalogue, by every start method where they have some; what is missing here says so."""
    for row in filter(of, CATALOGUE):
        methods: Sequence[str | None] = multiprocessing.get_all_start_methods() if row.has_start_methods else [None]
        missing = row.why_missing()
        for method in methods:
            strategy = Strategy(row.name, 1 if row.name == "serial" else WORKERS, start_method=method)
            marks = [pytest.mark.skip(reason=missing)] if missing else []
            yield pytest.param(strategy, id=strategy.id, marks=marks)


def over(of: Callable[[Row], bool]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("strategy", list(strategies(of)))


def chunked(items: Iterable[object], size: int, *, unpacked: bool = False, explained: bool = False) -> list[Chunk]:
    left = iter(items)
    pieces = iter(lambda: list(islice(left, size)), [])
    return [Chunk(index, Parcel(piece), unpacked=unpacked, explained=explained) for index, piece in enumerate(pieces)]


class Open:
    """A pool that has been opened; one of async functions gets what is to be run as such."""

    def __init__(self, pool: OpenPool, *, is_async: bool) -> None:
        self._pool = pool
        self._is_async = is_async

    def run(self, function: Callable[..., Any], chunks: Iterable[Chunk]) -> Iterator[ChunkEnd]:
        if not self._is_async:
            return self._pool.run(function, chunks)
        return self._pool.run(_asynchronous(function), map(_awaited, chunks))


@contextmanager
def opened(strategy: Strategy, function: Callable[..., Any], *, fresh: bool = False) -> Iterator[Open]:
    """Open a pool; a cluster, which takes seconds to start, stands open for all tests that do not want a fresh one."""
    row, prepare = find(strategy.pool), partial(site.addsitedir, str(HERE))
    open_pool = row.load()
    if row.is_cluster and not fresh:
        if strategy not in _STANDING:
            stack = ExitStack()
            _STANDING[strategy] = stack, stack.enter_context(open_pool(strategy, function, prepare))
        yield Open(_STANDING[strategy][1], is_async=False)
        return
    close_what_stands()
    with open_pool(strategy, _asynchronous(function) if row.is_async_only else function, prepare) as pool:
        yield Open(pool, is_async=row.is_async_only)


_STANDING: dict[Strategy, tuple[ExitStack, OpenPool]] = {}


def close_what_stands() -> None:
    while _STANDING:
        _, (stack, _pool) = _STANDING.popitem()
        stack.close()


def _asynchronous(function: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*arguments: object) -> object:
        return function(*arguments)

    return call


def _awaited(chunk: Chunk) -> Chunk:
    chunk.awaited = True
    return chunk


def run(
    strategy: Strategy, function: Callable[..., Any], chunks: Iterable[Chunk], *, fresh: bool = False
) -> list[ChunkEnd]:
    """Run chunks through a pool, and put what ended in the chunks' order."""
    with opened(strategy, function, fresh=fresh) as pool:
        return sorted(pool.run(function, chunks), key=lambda end: end.index)


def results(ends: Iterable[ChunkEnd]) -> list[object]:
    return [value for end in ends for value in end.results.values]
