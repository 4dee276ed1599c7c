"""A call of the executor in a worker process, from bytes to bytes.

It travels as one pickle and comes back as one, made and read outside the queues of the pool: what cannot be read there
breaks the pool for all calls, here it is the failure of one.
"""

import pickle
from collections.abc import Callable
from time import perf_counter
from typing import Any

from whichpool.pools.chunk import Clocks
from whichpool.running import place
from whichpool.running.crew import NotBegun
from whichpool.running.workers.outcomes import packed_failure, packed_unsendable


class Returned:
    """What a call gave back.

    Attributes:
        pickled: The result, or what was raised.
        elapsed_s: How long the call took in the worker, and pickling what came of it.
        cpu_s: How much of that it computed or waited for a core.
    """

    __slots__ = ("cpu_s", "elapsed_s", "pickled")

    def __init__(self, pickled: bytes, elapsed_s: float, cpu_s: float) -> None:
        """Keep them together."""
        self.pickled = pickled
        self.elapsed_s = elapsed_s
        self.cpu_s = cpu_s


def begin_process(initializer: Callable[..., object] | None, initargs: tuple[Any, ...]) -> None:
    """Begin the work of a worker process."""
    place.enter_process()
    if initializer is not None:
        initializer(*initargs)


def begin_thread(initializer: Callable[..., object] | None, initargs: tuple[Any, ...]) -> None:
    """Begin the work of a worker thread."""
    place.enter_thread()
    if initializer is not None:
        initializer(*initargs)


def run(pickled: bytes) -> Returned:
    """Make a call of a function, positional and keyword arguments that were pickled together.

    Raises:
        NotBegun: The call cannot be unpickled here.
    """
    try:
        function, args, kwargs = pickle.loads(pickled)  # noqa: S301 - it comes from the caller
    except Exception as error:
        message = f"a worker process cannot unpickle the call: {type(error).__name__}: {error}"
        raise NotBegun(message) from None
    clocks, begun_s = Clocks(), perf_counter()
    outcome = _outcome(function, args, kwargs)
    elapsed_s, ended = perf_counter() - begun_s, Clocks()
    return Returned(outcome, elapsed_s, ended.cpu_s - clocks.cpu_s + ended.queued_s - clocks.queued_s)


def _outcome(function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    try:
        result = function(*args, **kwargs)
    except BaseException as error:  # a user's function may raise anything
        return packed_failure(error)
    try:
        return pickle.dumps(result, pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # as may pickling what it returned
        return packed_unsendable(result, error)
