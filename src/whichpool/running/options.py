"""How a whole job is to be run: every setting has a default that suits most jobs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from whichpool.errors import WrongCall

POOLS = ("serial", "asyncio", "threads", "processes")
"""The pools that a job can run in, the simplest first: ``asyncio`` is for ``async def`` and for nothing else."""

_LONGEST_S = 1e6
_LEAST_MEMORY_BYTES = 16 * 1024 * 1024
"""What a worker needs for itself."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller asked for.

    Attributes:
        pools: The pools that may be used, of :data:`POOLS`. Without ``serial`` nothing runs in
            the caller.
        workers: How many workers there are once there are any; None to find out.
        chunksize: How many items are handed over together; None to find out.
        ordered: Whether results come in the order of the items; else as they end.
        timeout: How long one item may take, in seconds; None for as long as it likes. All items then run in workers
            from the first on, because nothing could stop the caller's own.
        retries: How many more times an item is tried that fails.
        errors: ``raise`` what an item raised in its result's place, or ``return`` the exception there and go on.
        progress: Whether a bar is shown on standard error.
        memory_limit: How many bytes a worker process may come to use beyond what it began with; None for no limit.
            Items then run in processes from the first on.
        initializer: Called once wherever items run, before the first of them: in the caller and in each worker.

    Raises:
        WrongCall: A setting makes no sense, or two do not go together.
    """

    pools: tuple[str, ...] = POOLS
    workers: int | None = None
    chunksize: int | None = None
    ordered: bool = True
    timeout: float | None = None
    retries: int = 0
    errors: Literal["raise", "return"] = "raise"
    progress: bool = False
    memory_limit: int | None = None
    initializer: Callable[[], object] | None = None

    def __post_init__(self) -> None:
        """Refuse what makes no sense, before anything runs."""
        if not self.pools:
            _refuse(f"pools is empty; name some of {', '.join(POOLS)}")
        for pool in self.pools:
            if pool not in POOLS:
                _refuse(f"there is no pool {pool!r} for a whole job; there are {', '.join(POOLS)}")
        for name, least in (("workers", 1), ("chunksize", 1), ("retries", 0), ("memory_limit", _LEAST_MEMORY_BYTES)):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < least):
                _refuse(f"{name} must be a whole number of at least {least}, not {value!r}")
        timeout: object = self.timeout  # for those who do not check types
        initializer: object = self.initializer
        if timeout is not None and not (isinstance(timeout, int | float) and 0 < timeout <= _LONGEST_S):
            _refuse(f"timeout must be a number of seconds above 0 and at most {_LONGEST_S:,.0f}, not {timeout!r}")
        if self.errors not in {"raise", "return"}:
            _refuse(f"errors must be 'raise' or 'return', not {self.errors!r}")
        if initializer is not None and not callable(initializer):
            _refuse(f"initializer must be callable, not {initializer!r}; for arguments use functools.partial")
        self._refuse_what_is_no_bool()
        self._refuse_what_does_not_go_together()

    def _refuse_what_is_no_bool(self) -> None:
        for name in ("ordered", "progress"):
            value = getattr(self, name)
            if not isinstance(value, bool):
                _refuse(f"{name} must be True or False, not {value!r}")

    def _refuse_what_does_not_go_together(self) -> None:
        if self.timeout is not None and set(self.pools) == {"serial"}:
            _refuse("a plain loop cannot stop an item that takes too long: allow threads or processes, or no timeout")
        if self.memory_limit is not None and "processes" not in self.pools:
            _refuse("memory_limit limits worker processes: allow processes, or leave it out")

    def allowed(self, *, is_async: bool) -> tuple[str, ...]:
        """List the pools that may run items, the simplest first, as timeout and limit leave them.

        Args:
            is_async: Whether the function is an ``async def``.

        Raises:
            WrongCall: None is left.
        """
        if is_async:
            if "asyncio" not in self.pools:
                _refuse("an async function runs in asyncio only: allow that pool, or give a function that is not async")
            if self.memory_limit is not None:
                _refuse("an async function runs in asyncio, where memory cannot be limited")
            return ("asyncio",)
        if self.memory_limit is not None:
            return ("processes",)
        pools = tuple(pool for pool in POOLS if pool in self.pools and pool != "asyncio")
        if not pools:
            _refuse("asyncio runs async functions only; allow serial, threads or processes")
        if self.timeout is not None:  # what runs in a thread cannot be ended: only where processes are not wanted
            return ("processes",) if "processes" in pools else ("threads",)
        return pools


def _refuse(message: str) -> None:
    raise WrongCall(message)
