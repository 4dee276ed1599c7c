"""In which pools a function does what it does in a loop, as far as its code shows."""

from collections.abc import Callable, Iterable
from typing import Any

from whichpool.running.at_hand import functions_at_hand
from whichpool.running.quick_look import is_surely_clean


def why_not(function: Callable[..., Any], given: Iterable[object] = (), *, forks: bool = True) -> dict[str, str]:
    """Tell in which pools a function is not right: where it would not do what it does in a loop.

    Its code is read, not run, and that of the functions that it gets at by value: in some microseconds where a quick
    look suffices, else in some milliseconds each, once. Only a hazard that is seen keeps a pool out; that nothing was
    found does not make it safe.

    Args:
        function: What is called with every item.
        given: What it is called with, for example.
        forks: Whether processes would be forked.

    Returns:
        For each of ``threads`` and ``processes`` in which it is not right, the reason.
    """
    found: dict[str, str] = {}
    for one in _all(function, given):
        if not (forks and is_surely_clean(one)):
            from whichpool.running.whole_look import reasons  # noqa: PLC0415 - slow to import, and seldom needed

            for pool, why in reasons(one, forks=forks).items():
                found.setdefault(pool, why)
    return found


def is_sure(function: Callable[..., Any], given: Iterable[object]) -> bool:
    """Tell whether there is nothing to find out about a function by trying it; arguments as for :func:`why_not`."""
    return all(map(is_surely_clean, _all(function, given)))


def _all(function: Callable[..., Any], given: Iterable[object]) -> list[Callable[..., Any]]:
    return [function, *functions_at_hand(function, given)]
