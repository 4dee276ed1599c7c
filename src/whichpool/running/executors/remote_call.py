"""A call of the executor in a worker process, from bytes to bytes.

It travels as one pickle and comes back as one, made and read outside the queues of the pool: what cannot be read there
breaks the pool for all calls, here it is the failure of one.
"""

import pickle
from collections.abc import Callable
from time import perf_counter
from typing import Any

from whichpool.errors import ItemFailed, Unsendable
from whichpool.pools.chunk import Clocks
from whichpool.running import place
from whichpool.running.crew import NotBegun


class Returned:
    """What a call gave back.

    Attributes:
        pickled: The result.
        elapsed_s: How long the call took in the worker.
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
        BaseException: What the function raised.
        NotBegun: The call cannot be unpickled here.
        ItemFailed: It raised what cannot be pickled and back again.
        Unsendable: Its result cannot be pickled.
    """
    try:
        function, args, kwargs = pickle.loads(pickled)  # noqa: S301 - it comes from the caller
    except Exception as error:
        message = f"a worker process cannot unpickle the call: {type(error).__name__}: {error}"
        raise NotBegun(message) from None
    clocks, begun_s = Clocks(), perf_counter()
    try:
        result = function(*args, **kwargs)
    except BaseException as error:
        if _travels(error):
            raise
        message = f"{type(error).__name__}: {error} (this exception cannot be pickled and back again)"
        raise ItemFailed(message) from None
    elapsed_s, ended = perf_counter() - begun_s, Clocks()
    try:
        returned = pickle.dumps(result, pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        message = f"its result cannot be pickled: {type(error).__name__}: {error}"
        raise Unsendable(message) from None
    return Returned(returned, elapsed_s, ended.cpu_s - clocks.cpu_s + ended.queued_s - clocks.queued_s)


def _travels(error: BaseException) -> bool:
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - it was pickled here
    except Exception:
        return False
    return True
