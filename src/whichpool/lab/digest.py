"""A short hash of a result, equal in every process for equal results, so that strategies can be held together.

``pickle`` will not do: equal values give different bytes when they share parts differently. ``marshal`` does for
plain data, in C; everything else is walked. The order of a dict counts, as a user would see it; the children of a
comparison share one hash seed, so that it does not change by chance.
"""

import hashlib
import marshal
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, cast

_MOST_DIGESTS = 4_096
_DIGEST_BYTES = 6
_DEPTH = 40
_PLAIN = {bool, bytes, complex, dict, float, frozenset, int, list, set, str, tuple, type(None)}
_NAMED = (type, FunctionType, BuiltinFunctionType, ModuleType)


def digest_blocks(results: Sequence[Any]) -> tuple[list[str], int]:
    """Digest results in blocks of consecutive ones, few enough to send; return the digests and a block's length."""
    block = -(-len(results) // _MOST_DIGESTS) or 1
    digests = []
    for start in range(0, len(results), block):
        hashed = hashlib.blake2b(digest_size=_DIGEST_BYTES)
        for result in results[start : start + block]:
            _feed(hashed, result, _DEPTH, {})
        digests.append(hashed.hexdigest())
    return digests, block


def digest_of(value: object) -> str:
    """Digest one value, alike in every process for equal values; of what cannot be read, its type has to do."""
    return _digest(value, _DEPTH).hex()


def _feed(hashed: Any, value: object, depth: int, met: dict[int, tuple[object, bytes]]) -> None:  # noqa: ANN401
    """Add a value's contents to a hash; of what cannot be read, its type has to do.

    ``met`` remembers the digests of what has been walked (and keeps it alive), so that a web of objects is walked once
    and what refers to itself ends.
    """
    if type(value) in _PLAIN and _looks_plain(value):
        try:
            # version 2 knows no references, so sharing does not show, and writes floats as bytes, which is quick;
            # sets come out in a reproducible order since 3.11
            hashed.update(marshal.dumps(value, 2))  # type: ignore[arg-type]  # it says what it cannot take
        except ValueError:
            pass
        else:
            return
    if id(value) not in met:
        name = type(value).__qualname__.encode()
        met[id(value)] = value, name
        own = hashlib.blake2b(name, digest_size=_DIGEST_BYTES)
        try:
            for part in _parts(value, depth) if depth else ():
                _feed(own, part, depth - 1, met)
        except Exception:  # an object of a user's class may raise anything while it is read
            own.update(b"?")
        met[id(value)] = value, own.digest()
    hashed.update(met[id(value)][1])


def _looks_plain(value: object) -> bool:
    """Look one level down for what marshal would take for mere bytes: arrays, and views of them."""
    inner: Iterable[object] = ()
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list | tuple):
        inner = value
    return set(map(type, inner)) <= _PLAIN


def _parts(value: object, depth: int) -> Iterator[object]:
    """Take a value apart into what it is made of."""
    if type(value) is dict:
        for key, part in value.items():
            yield key
            yield part
    elif type(value) in {list, tuple}:
        yield from cast("Iterable[object]", value)
    elif isinstance(value, AbstractSet):
        # equal sets may be iterated in different orders
        yield b"".join(sorted(_digest(part, depth - 1) for part in value))
    elif isinstance(value, _NAMED):
        yield getattr(value, "__qualname__", value.__name__)
    elif isinstance(value, MethodType):
        yield value.__func__
        yield value.__self__
    else:
        yield from _parts_of_object(value)


def _parts_of_object(value: object) -> Iterator[object]:
    """Take an object apart by its buffer (arrays), or into what pickle would keep of it."""
    try:
        view = memoryview(value)  # type: ignore[arg-type]  # most objects offer no buffer, and say so
    except TypeError:
        kept = value.__reduce_ex__(4)
        for part in (kept,) if isinstance(kept, str) else kept:
            # the last two may iterate over what a subclass of list or dict holds
            yield from part if isinstance(part, Iterator) else (part,)
    else:
        yield view.format
        yield view.shape
        yield view.tobytes()


def _digest(value: object, depth: int) -> bytes:
    hashed = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    _feed(hashed, value, depth, {})
    return hashed.digest()
