"""Robust worker processes that take closures and what a notebook defines: loky's ``ProcessPoolExecutor``.

Each job gets an executor of its own. The one that loky shares between calls (``get_reusable_executor``) would outlive
the job, and what it starts would be counted once and used by all. Unlike those of multiprocessing, the workers do not
run the caller's main module again.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from loky import ProcessPoolExecutor
from loky.process_executor import TerminatedWorkerError

from whichpool.errors import Trouble
from whichpool.pools import giving
from whichpool.pools.chunk import Function
from whichpool.pools.executor import ExecutorPool
from whichpool.pools.exits import how_a_worker_died
from whichpool.pools.protocol import OpenPool, PoolFailed
from whichpool.values import Strategy

_EXIT_CODE = re.compile(r"\w+\((-?\d+)\)")
"""In the text of an error, the one place where loky tells it: ``{SIGSEGV(-11), EXIT(7)}``."""


@contextmanager
def open_pool(strategy: Strategy, _function: Function, prepare: Callable[[], None]) -> Iterator[OpenPool]:
    """Open a pool of loky's, which sends any function; see :class:`whichpool.pools.protocol.Pool`."""
    try:
        given = (giving.SCRIPT, giving.names(prepare))
        with ProcessPoolExecutor(strategy.workers, initializer=exec, initargs=given) as executor:
            yield ExecutorPool(executor, strategy.workers)
    except TerminatedWorkerError as error:
        exit_codes = [int(code) for code in _EXIT_CODE.findall(str(error))]
        raise PoolFailed(Trouble.DIED, how_a_worker_died(exit_codes)) from None
