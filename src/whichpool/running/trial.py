"""Whether a call changes what it is given: in another process the caller would not see that."""

import pickle
from _thread import LockType, RLock
from collections.abc import Callable, Iterable
from functools import partial
from hashlib import blake2b
from math import inf
from types import BuiltinFunctionType, BuiltinMethodType, FunctionType, MethodType, MethodWrapperType, ModuleType
from typing import Any

_MOST_BYTES = 32 * 2**20
_BLOCK_BYTES = 64 * 1024
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
_METHODS = (MethodType, BuiltinMethodType, MethodWrapperType)
_WITHOUT_CONTENTS = (FunctionType, ModuleType, type, LockType, RLock)


class Trial:
    """What a call could change, looked at before and after it."""

    def __init__(self, function: Callable[..., Any], given: Iterable[object]) -> None:
        """Look, before the call.

        Args:
            function: What is called.
            given: What it is called with.
        """
        self._held = held_by(function, given)
        self._before = fingerprint(self._held)

    def why_not(self) -> str | None:
        """Look again, after the call, and say why it should not be made in another process; None if it may."""
        if self._before is None:
            return "whether it changes its arguments cannot be seen: they cannot be pickled"
        if self._before != fingerprint(self._held):
            return "it changes its arguments, which the caller would not see"
        return None


def could_change(function: Callable[..., Any], given: Iterable[object]) -> bool:
    """Tell whether there is anything that a call could change; arguments as for :class:`Trial`."""
    return any(map(_is_changeable, held_by(function, given)))


def held_by(function: Callable[..., Any], given: Iterable[object]) -> list[object]:
    """List what a call could change: its arguments, those that are bound already, and what the function belongs to."""
    inner, bound = without_partials(function)
    owner = inner.__self__ if issubclass(type(inner), _METHODS) else inner  # type: ignore[attr-defined]
    owners = [] if issubclass(type(owner), ModuleType | FunctionType | type) else [owner]
    return [*given, *bound, *owners]


def without_partials(function: Callable[..., Any]) -> tuple[Callable[..., Any], list[object]]:
    """Give what a ``partial`` calls in the end, and the arguments that are bound already."""
    bound: list[object] = []
    inner: Any = function
    while issubclass(type(inner), partial):  # asking itself what it is may run code of the user's
        bound += [*inner.args, *inner.keywords.values()]
        inner = inner.func
    return inner, bound


def _is_changeable(value: object) -> bool:
    kind = type(value)
    # pathlib's is pathlib._local in Python 3.13
    return f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}" not in _UNCHANGEABLE


class _Sink:
    """Takes in a pickle, up to a length."""

    def __init__(self, most_bytes: float) -> None:
        self._digest = blake2b(digest_size=16)
        self._left_bytes = most_bytes

    def write(self, data: bytes | memoryview) -> None:
        self._left_bytes -= len(data)
        if self._left_bytes < 0:
            raise OverflowError
        self._digest.update(data)

    def take_in(self, block: memoryview) -> None:
        self._digest.update(block)

    @property
    def digest(self) -> bytes:
        return self._digest.digest()


class Look(pickle.Pickler):
    """Pickles what a value holds; what can hold nothing that a call changes stands there by its identity."""

    def reducer_override(self, value: object) -> Any:  # noqa: ANN401 - as it is declared
        """Say how a value is pickled, as ``pickle`` asks; see there."""
        has_contents = value is id or not (isinstance(value, _WITHOUT_CONTENTS) or _is_compiled_function(value))
        return NotImplemented if has_contents else (id, (id(value),))  # id itself stands in each of these places


def _is_compiled_function(value: object) -> bool:
    """Tell ``len`` from ``SEEN.append``, which is of the same type, and has a list."""
    return isinstance(value, BuiltinFunctionType) and isinstance(value.__self__, ModuleType | type)


def fingerprint(value: object, look: type[Look] = Look, most_bytes: float = inf) -> bytes | None:
    """Tell what a value holds, to see whether it has changed; None where it hides that.

    Of buffers of more than 32 MiB, as large arrays have, blocks are looked at that lie evenly spread in them.

    Args:
        value: The value.
        look: What pickles it.
        most_bytes: Where the pickle is longer than this, it counts as hidden.
    """
    sink = _Sink(most_bytes)

    def take_in(buffer: pickle.PickleBuffer) -> bool:
        try:
            view = buffer.raw()
        except BufferError:  # it is not contiguous
            return True
        step = max(_BLOCK_BYTES, len(view) * _BLOCK_BYTES // _MOST_BYTES)
        for begin in range(0, len(view), step):
            sink.take_in(view[begin : begin + _BLOCK_BYTES])
        return False

    try:
        look(sink, 5, buffer_callback=take_in).dump(value)
    except Exception:  # a user's __reduce__ may raise anything
        return None
    return sink.digest
