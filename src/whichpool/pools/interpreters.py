"""Interpreters with a GIL of their own in one process: ``concurrent.futures.InterpreterPoolExecutor``, PEP 734."""

import os
import pickle
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import whichpool
from whichpool.errors import Trouble
from whichpool.pools.chunk import Function
from whichpool.pools.executor import ExecutorPool
from whichpool.pools.pickling import refuse_what_cannot_travel
from whichpool.pools.protocol import OpenPool, PoolFailed
from whichpool.values import Strategy

# A new interpreter has its own modules and its own path. It shares the process's descriptors, though, and by one of
# them it tells what went wrong: a queue between interpreters forgets what came from one that has gone.
_PREPARE = """
import importlib.util, os, pickle, sys
try:
    sys.path[:] = path
    if "whichpool" not in sys.modules:
        spec = importlib.util.spec_from_file_location("whichpool", init, submodule_search_locations=[folder])
        module = sys.modules["whichpool"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    pickle.loads(prepare)()
except BaseException as error:
    os.write(errors, f"{type(error).__name__}: {error}".encode())
    raise
"""
_LONGEST_ERROR = 4096


@contextmanager
def open_pool(strategy: Strategy, function: Function, prepare: Callable[[], None]) -> Iterator[OpenPool]:
    """Open a pool of interpreters; see :class:`whichpool.pools.protocol.Pool`."""
    refuse_what_cannot_travel(function)
    make_executor: Any = import_module("concurrent.futures").InterpreterPoolExecutor  # 3.14 and later have it
    heard, errors = os.pipe()
    os.set_blocking(heard, False)
    init = whichpool.__file__
    given = {
        "path": list(map(str, sys.path)),
        "init": init,
        "folder": os.path.dirname(init),  # noqa: PTH120 - a Path would only be turned into this
        "prepare": pickle.dumps(prepare),
        "errors": errors,
    }
    try:
        with make_executor(strategy.workers, initializer=exec, initargs=(_PREPARE, given)) as executor:
            yield ExecutorPool(executor, strategy.workers)
    except BrokenExecutor:
        raise PoolFailed(Trouble.UNAVAILABLE, f"an interpreter could not be prepared: {_told(heard)}") from None
    finally:
        os.close(heard)
        os.close(errors)


def _told(heard: int) -> str:
    try:
        return os.read(heard, _LONGEST_ERROR).decode(errors="replace")
    except BlockingIOError:
        return "it does not tell why"
