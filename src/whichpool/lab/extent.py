"""About how much memory a value holds, counted no further than a limit."""

import gc
import sys
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, ModuleType

LARGEST_BYTES = 50_000_000
"""What a trial hashes and pickles at most, for it to take seconds and not minutes."""

_NOT_ITS_OWN = (type, ModuleType, FunctionType, BuiltinFunctionType, CodeType, FrameType)
_PLAIN = {bool, bytes, complex, float, int, str, type(None)}
_MOST_OBJECTS = 300_000


def is_larger(value: object, limit_bytes: int) -> bool:
    """Tell whether a value holds more bytes than a limit, or so many objects that walking them would take long.

    What lies in memory that the garbage collector does not know of counts where ``sys.getsizeof`` or a buffer tells.
    """
    pending, met, total_bytes = [value], set[int](), 0
    while pending:
        part = pending.pop()
        if type(part) in _PLAIN:
            total_bytes += sys.getsizeof(part)
        elif id(part) in met or issubclass(type(part), _NOT_ITS_OWN):
            continue
        else:
            met.add(id(part))
            total_bytes += _own_bytes(part)
            pending += gc.get_referents(part)
        if total_bytes > limit_bytes or len(met) > _MOST_OBJECTS:
            return True
    return False


def _own_bytes(part: object) -> int:
    try:
        return max(sys.getsizeof(part, 0), _buffer_bytes(part))
    except Exception:  # a user's __sizeof__ may raise anything
        return 0


def _buffer_bytes(part: object) -> int:
    try:
        with memoryview(part) as view:  # type: ignore[arg-type]  # most objects offer no buffer, and say so
            return view.nbytes
    except (TypeError, ValueError, BufferError):
        return 0
