"""What it takes to send an item to another process and its result back: tried on a pair of them."""

import pickle
from dataclasses import dataclass
from time import perf_counter

_QUICK_S = 100e-6
_TIMES = 5


@dataclass(frozen=True, slots=True)
class Sending:
    """What sending one value takes.

    Attributes:
        pickled_s: What pickling it takes; large buffers travel beside the pickle and cost next to nothing.
        size_bytes: How long the pickle is.
    """

    pickled_s: float = 0.0
    size_bytes: int = 0


def try_sending(value: object) -> Sending | str:
    """Pickle a value as the workers' line does, and tell what that took, or in a line why it cannot be done."""
    begun_s = perf_counter()
    try:
        data = pickle.dumps(value, 5, buffer_callback=_beside)
        pickled_s = perf_counter() - begun_s
        if pickled_s < _QUICK_S:  # the first time is not like the others
            begun_s = perf_counter()
            for _ in range(_TIMES):
                pickle.dumps(value, 5, buffer_callback=_beside)
            pickled_s = (perf_counter() - begun_s) / _TIMES
        return Sending(pickled_s, len(data))
    except Exception as plain:  # a user's __reduce__ may raise anything
        import cloudpickle  # noqa: PLC0415 - slow to import, and seldom needed

        try:
            begun_s = perf_counter()
            data = cloudpickle.dumps(value)
            return Sending(perf_counter() - begun_s, len(data))
        except Exception:  # as above; plain pickle's reason is the clearer one
            return f"{type(value).__name__} cannot be pickled ({type(plain).__name__}: {plain})"


def _beside(_buffer: pickle.PickleBuffer) -> None:
    """Keep a buffer out of the pickle."""
