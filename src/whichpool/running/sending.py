"""What it takes to send an item to another process and its result back: tried on a pair of them."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

_QUICK_S = 100e-6
_TIMES = 5


@dataclass(frozen=True, slots=True)
class Sending:
    """What sending one value takes.

    Attributes:
        dump_s: What pickling it takes; large buffers travel beside the pickle and cost next to nothing.
        load_s: What unpickling it takes.
        size_bytes: How long the pickle is.
    """

    dump_s: float = 0.0
    load_s: float = 0.0
    size_bytes: int = 0


def try_sending(value: object) -> Sending | str:
    """Pickle a value as the workers' line does, and tell what that took, or in a line why it cannot be done."""
    buffers: list[pickle.PickleBuffer] = []

    def dumps() -> bytes:
        buffers.clear()
        return pickle.dumps(value, 5, buffer_callback=buffers.append)

    try:
        dump_s, data = _timed(dumps)
        load_s, _ = _timed(lambda: pickle.loads(data, buffers=buffers))  # noqa: S301 - our own bytes
        return Sending(dump_s, load_s, len(data))
    except Exception as plain:  # a user's __reduce__ or constructor may raise anything
        import cloudpickle  # noqa: PLC0415 - slow to import, and seldom needed

        try:
            dump_s, data = _timed(lambda: cloudpickle.dumps(value))
            load_s, _ = _timed(lambda: pickle.loads(data))  # noqa: S301 - as above
            return Sending(dump_s, load_s, len(data))
        except Exception:  # as above; plain pickle's reason is the clearer one
            return f"{type(value).__name__} cannot be pickled ({type(plain).__name__}: {plain})"


def _timed(do: Callable[[], Any]) -> tuple[float, Any]:
    begun_s = perf_counter()
    done = do()
    took_s = perf_counter() - begun_s
    if took_s < _QUICK_S:  # the first time is not like the others
        begun_s = perf_counter()
        for _ in range(_TIMES):
            do()
        took_s = (perf_counter() - begun_s) / _TIMES
    return took_s, done
