"""What a report notes down about the machine, so that figures from two machines are not taken for the same."""

import os
import platform
from pathlib import Path

from whichpool.machine.cores import Cores


def describe(cores: Cores, root: Path = Path("/")) -> dict[str, object]:
    """Describe the machine as it is now; call it before measuring, for the load to be that of others.

    Args:
        cores: The cores that may be used.
        root: Where ``/proc`` is looked for.

    Returns:
        Values ready for JSON; None for what this system does not tell. Nothing in them names the machine or its user.
    """
    return {
        "cores": {"usable": cores.usable, "installed": cores.installed, "reason": cores.reason},
        "python": {"version": platform.python_version(), "implementation": platform.python_implementation()},
        "platform": platform.platform(),
        "load_1min": _load(),
        "memory_available_bytes": _memory_available(root / "proc/meminfo"),
    }


def _load() -> float | None:
    """Read how many threads ran or wanted to, on average over the last minute."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):  # no such notion on this system, or not known just now
        return None


def _memory_available(meminfo: Path) -> int | None:
    """Read what can be used without swapping: not what is free, which leaves out what caches would give back."""
    try:
        lines = meminfo.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    for line in lines:
        name, _, amount = line.partition(":")
        if name == "MemAvailable":
            return int(amount.split()[0]) * 1024
    return None
