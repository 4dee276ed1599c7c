"""How much memory a result takes, roughly: what has to wait for its turn is limited by that."""

import sys
from itertools import islice
from typing import Any

_CONTAINERS = frozenset({list, tuple, set, frozenset})
_HEAP_TYPE = 1 << 9
_SOME = 8
_DEEPEST = 4


def weight_bytes(value: Any, deepest: int = _DEEPEST) -> float:  # noqa: ANN401 - whatever a function returns
    """Estimate how much memory a value takes, with what it is made of; of a container some parts stand for all.

    What only libraries know of, such as the array that a view is of, is not seen.
    """
    try:
        size = float(sys.getsizeof(value))
    except Exception:  # a user's __sizeof__ may raise anything
        return 0.0
    parts, amount = _parts(value) if deepest else ([], 0)
    if not parts:
        return size
    return size + amount * sum(weight_bytes(part, deepest - 1) for part in parts) / len(parts)


def _parts(value: Any) -> tuple[list[Any], int]:  # noqa: ANN401 - as above
    """Give some parts of a container, and how many there are."""
    kind = type(value)
    if kind in _CONTAINERS:
        return list(islice(value, _SOME)), len(value)
    if kind is dict:
        return [part for pair in islice(value.items(), _SOME) for part in pair], 2 * len(value)
    if kind.__flags__ & _HEAP_TYPE and kind.__dictoffset__:  # of a class of the user's
        return [object.__getattribute__(value, "__dict__")], 1
    return [], 0
