"""How a process ended, in words."""

import signal

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
