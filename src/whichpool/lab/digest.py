"""A short hash of a result, equal in every process for equal results, so that strategies can be held together.

``pickle`` will not do: equal values give different bytes when they share parts differently. ``marshal`` does for
plain data, in C; everything else is walked.
"""

import hashlib
import marshal
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

_MOST_DIGESTS = 4_096
_DIGEST_BYTES = 6
_DEPTH = 40


def digest_blocks(results: Sequence[Any]) -> tuple[list[str], int]:
    """Digest results in blocks of consecutive ones, few enough to send; return the digests and a block's length."""
    block = -(-len(results) // _MOST_DIGESTS) or 1
    digests = []
    for start in range(0, len(results), block):
        hashed = hashlib.blake2b(digest_size=_DIGEST_BYTES)
        for result in results[start : start + block]:
            _feed(hashed, result, _DEPTH)
        digests.append(hashed.hexdigest())
    return digests, block


def _feed(hashed: Any, value: object, depth: int) -> None:  # noqa: ANN401 - hashlib does not name its type
    """Add a value's contents to a hash."""
    try:
        # version 0 knows no references, so sharing does not show; sets come out in a reproducible order since 3.11
        data: bytes = marshal.dumps(value, 0)  # type: ignore[arg-type]  # it says what it cannot take
    except ValueError:
        hashed.update(type(value).__qualname__.encode())
        if depth:
            _feed_parts(hashed, value, depth - 1)
    else:
        hashed.update(data)


def _feed_parts(hashed: Any, value: object, depth: int) -> None:  # noqa: ANN401 - see above
    if isinstance(value, Mapping):
        for key, part in value.items():
            _feed(hashed, key, depth)
            _feed(hashed, part, depth)
    elif isinstance(value, AbstractSet):
        # equal sets may be iterated in different orders
        hashed.update(b"".join(sorted(_digest(part, depth) for part in value)))
    elif isinstance(value, list | tuple):
        for part in value:
            _feed(hashed, part, depth)
    elif isinstance(value, type) or callable(value):
        hashed.update(getattr(value, "__qualname__", type(value).__qualname__).encode())
    else:
        _feed_object(hashed, value, depth)


def _feed_object(hashed: Any, value: object, depth: int) -> None:  # noqa: ANN401 - see above
    """Add an object by its buffer (arrays), or by what pickle would keep of it; else its type has to do."""
    try:
        view = memoryview(value)  # type: ignore[arg-type]  # most objects offer no buffer, and say so
        hashed.update(view.format.encode() + repr(view.shape).encode())
        hashed.update(view.tobytes())
    except (TypeError, ValueError, BufferError):
        try:
            parts = value.__reduce_ex__(4)
        except Exception:  # a user's class may raise anything
            return
        if isinstance(parts, str):
            hashed.update(parts.encode())
            return
        for part in parts:
            if hasattr(part, "__next__"):  # the items of a subclass of list or dict
                for inner in part:
                    _feed(hashed, inner, depth)
            elif part is not None:
                _feed(hashed, part, depth)


def _digest(value: object, depth: int) -> bytes:
    hashed = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    _feed(hashed, value, depth)
    return hashed.digest()
