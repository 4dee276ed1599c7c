"""How a process ended, in words."""

import signal
from collections.abc import Sequence

_HINTS = {"SIGKILL": "; the system kills a process so when memory runs out"}


def how_it_ended(exit_code: int) -> str:
    """Say what an exit code tells; a negative one is the number of the signal that ended the process."""
    if exit_code >= 0:
        return f"ended with exit code {exit_code}"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = f"signal {-exit_code}"
    return f"was killed by {name}{_HINTS.get(name, '')}"


def how_a_worker_died(exit_codes: Sequence[int]) -> str:
    """Tell how the worker ended that broke a pool, by the exit codes of all that have ended.

    Executors terminate the survivors (SIGTERM), so another signal or code is the culprit's.
    """
    culprits = [code for code in exit_codes if code not in {0, -signal.SIGTERM}] or list(exit_codes)
    if not culprits:
        return "a worker process died without a trace"
    hint = "" if culprits[0] else "; so ends one that cannot import the target, or whose function ends it"
    return f"a worker process {how_it_ended(culprits[0])}{hint}"
