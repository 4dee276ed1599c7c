"""Threads of one process: ``concurrent.futures.ThreadPoolExecutor``."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from whichpool.pools.chunk import Function
from whichpool.pools.executor import ExecutorPool
from whichpool.pools.protocol import OpenPool
from whichpool.values import Strategy


@contextmanager
def open_pool(strategy: Strategy, _function: Function, _prepare: Callable[[], None]) -> Iterator[OpenPool]:
    """Open a thread pool. Threads share the caller's memory, so they need no preparation."""
    with ThreadPoolExecutor(strategy.workers) as executor:
        yield ExecutorPool(executor, strategy.workers)
