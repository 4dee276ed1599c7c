"""Interpreters with a GIL of their own in one process: ``concurrent.futures.InterpreterPoolExecutor``, PEP 734."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from whichpool.errors import Trouble
from whichpool.pools import giving
from whichpool.pools.chunk import Chunk, ChunkEnd, Function
from whichpool.pools.executor import ExecutorPool
from whichpool.pools.pickling import refuse_what_cannot_travel
from whichpool.pools.protocol import OpenPool, PoolFailed
from whichpool.values import Strategy

# An interpreter shares the process's descriptors, and by one of them it tells what went wrong: a queue between
# interpreters forgets what came from one that has gone. A package may wrap the error of the module that refused in one
# of its own, which goes on for a page, so the innermost is told, in a line.
_PREPARE = """
import os
try:
    exec(script, names)
except BaseException as error:
    while isinstance(error, ImportError) and isinstance(error.__cause__ or error.__context__, ImportError):
        error = error.__cause__ or error.__context__
    line = " ".join(f"{type(error).__name__}: {error}".split())
    os.write(errors, line[:longest].encode(errors="replace") + bytes([10]))
    raise
"""
_LONGEST_ERROR = 500


@contextmanager
def open_pool(strategy: Strategy, function: Function, prepare: Callable[[], None]) -> Iterator[OpenPool]:
    """Open a pool of interpreters; see :class:`whichpool.pools.protocol.Pool`."""
    refuse_what_cannot_travel(function)
    make_executor: Any = import_module("concurrent.futures").InterpreterPoolExecutor  # 3.14 and later have it
    heard, errors = os.pipe()
    for end in (heard, errors):
        os.set_blocking(end, False)  # one line is enough: no interpreter waits to add another
    given = {"script": giving.SCRIPT, "names": giving.names(prepare), "errors": errors, "longest": _LONGEST_ERROR}
    try:
        with make_executor(strategy.workers, initializer=exec, initargs=(_PREPARE, given)) as executor:
            yield _InterpreterPool(executor, strategy.workers)
    except BrokenExecutor:
        raise PoolFailed(Trouble.UNAVAILABLE, f"an interpreter could not be prepared: {_told(heard)}") from None
    finally:
        os.close(heard)
        os.close(errors)


class _InterpreterPool(ExecutorPool):
    """An executor of interpreters that sends a function by its name only.

    CPython 3.14 and 3.15 send a function that seems to need no globals as bare code. They do not look into the code
    nested in it: a generator expression that calls another function of the module then fails with a NameError.
    """

    __slots__ = ()

    def run(self, function: Function, chunks: Iterable[Chunk]) -> Iterator[ChunkEnd]:
        return ExecutorPool.run(self, _Named(function), chunks)


class _Named:
    """Goes to a worker in a function's stead, as what only pickle can send, and arrives there as the function."""

    def __init__(self, function: Function) -> None:
        self._function = function

    def __call__(self, *arguments: object) -> object:
        return self._function(*arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return _itself, (self._function,)


def _itself(function: Function) -> Function:
    return function


def _told(heard: int) -> str:
    """Read what the first one told that could not be prepared."""
    try:
        return os.read(heard, 4 * _LONGEST_ERROR).partition(b"\n")[0].decode(errors="replace")
    except BlockingIOError:
        return "it does not tell why"
