"""What it takes to send an item to another process and its result back: tried on a pair of them."""

import pickle
from _thread import LockType, RLock
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from time import perf_counter
from types import BuiltinFunctionType, BuiltinMethodType, FunctionType, ModuleType
from typing import Any

_QUICK_S = 100e-6
_TIMES = 5
_END_BYTES = 64 * 1024
_UNCHANGEABLE = frozenset(
    f"builtins.{name}" for name in ("int", "float", "complex", "bool", "str", "bytes", "NoneType", "range")
) | {
    "pathlib.PosixPath",
    "pathlib.WindowsPath",
    "datetime.date",
    "datetime.datetime",
    "datetime.timedelta",
    "decimal.Decimal",
    "fractions.Fraction",
    "uuid.UUID",
}
"""By their names, for looking does not import them."""
_WITHOUT_CONTENTS = (FunctionType, BuiltinFunctionType, ModuleType, type, LockType, RLock)


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


def is_changeable(value: object) -> bool:
    """Tell whether a function could change a value that it is called with."""
    kind = type(value)
    # pathlib's is pathlib._local in Python 3.13
    return f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}" not in _UNCHANGEABLE


def held_by(function: Callable[..., Any]) -> list[object]:
    """List what a call gets at besides its arguments: what is bound already, and what compiled code belongs to.

    A method that is written in Python is not asked for its object: its code can be read.
    """
    function, held = without_partials(function)
    if isinstance(function, BuiltinMethodType) and not isinstance(function.__self__, ModuleType | type):
        held.append(function.__self__)
    return held


def without_partials(function: Callable[..., Any]) -> tuple[Callable[..., Any], list[object]]:
    """Give what a ``partial`` calls in the end, and the arguments that are bound already."""
    bound: list[object] = []
    while isinstance(function, partial):
        bound += [*function.args, *function.keywords.values()]
        function = function.func
    return function, bound


class _Look(pickle.Pickler):
    """Pickles what a value holds; what can hold nothing that a call changes stands there by its identity."""

    def reducer_override(self, value: object) -> Any:  # noqa: ANN401 - as it is declared
        has_contents = value is id or not isinstance(
            value, _WITHOUT_CONTENTS
        )  # id itself stands in each of these places
        return NotImplemented if has_contents else (id, (id(value),))


def fingerprint(value: object) -> tuple[bytes, ...] | None:
    """Tell what a value holds, to see whether it has changed: of large buffers their ends; None where it hides that.

    Equal fingerprints of one object prove little where it holds large arrays.
    """
    ends: list[bytes] = []

    def look_at_ends(buffer: pickle.PickleBuffer) -> bool:
        try:
            view = buffer.raw()
        except BufferError:  # it is not contiguous
            return True
        ends.append(bytes(view[:_END_BYTES]) + bytes(view[-_END_BYTES:]))
        return False

    seen = BytesIO()
    try:
        _Look(seen, 5, buffer_callback=look_at_ends).dump(value)
    except Exception:  # a user's __reduce__ may raise anything
        return None
    return seen.getvalue(), *ends


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
