"""Tasks of one event loop: ``asyncio``, for functions that are ``async def``."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from whichpool.pools.awaiting import event_loop
from whichpool.pools.chunk import Function
from whichpool.pools.protocol import OpenPool
from whichpool.values import Strategy


def open_pool(
    strategy: Strategy, _function: Function, _prepare: Callable[[], None]
) -> AbstractContextManager[OpenPool]:
    """Open an event loop in the caller's thread; a worker is a chunk in flight, and needs no preparation."""
    return event_loop(strategy.workers)
