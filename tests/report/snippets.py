"""What the tests of the code to paste have in common: ways to run a workload, and facts of one."""

from whichpool.values import Facts, Import, Strategy

SERIAL = Strategy("serial")
THREADS = Strategy("threads", 3)
TASKS = Strategy("asyncio", 2)
PROCESSES = Strategy("processes", 2, start_method="fork")


def facts_of(
    *, imports: tuple[Import, ...] = (), unpacked: bool = False, by_value: bool = False, is_async: bool = False
) -> Facts:
    """Tell of a workload what a child would have told."""
    return Facts(3, unpacked, by_value, ("fork",), "3.11.7", 0.01, imports, is_async=is_async)
