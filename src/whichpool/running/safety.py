"""In which pools a function does what it does in a loop, as far as its code shows."""

from collections.abc import Callable
from typing import Any

from whichpool.running.quick_look import is_surely_clean


def why_not(function: Callable[..., Any], *, forks: bool = True) -> dict[str, str]:
    """Tell in which pools a function is not right: where it would not do what it does in a loop.

    Its code is read, not run: in some microseconds where a quick look suffices, else in some milliseconds, once. Only a
    hazard that is seen keeps a pool out; that nothing was found does not make it safe.

    Args:
        function: What is called with every item.
        forks: Whether processes would be forked.

    Returns:
        For each of ``threads`` and ``processes`` in which it is not right, the reason.
    """
    if forks and is_surely_clean(function):
        return {}
    from whichpool.running.whole_look import reasons  # noqa: PLC0415 - slow to import, and seldom needed

    return reasons(function, forks=forks)
