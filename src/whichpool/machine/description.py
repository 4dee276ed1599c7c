"""What a report notes down about the machine, so that figures from two machines are not taken for the same."""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from whichpool.machine.cores import Cores, usable_cores
from whichpool.machine.memory import MemoryLeft, memory_available, memory_left


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is to run on.

    Attributes:
        cores: The cores that may be used.
        memory: The memory that is left; None where the system does not tell.
        description: What a report notes down, ready for JSON.
    """

    cores: Cores
    memory: MemoryLeft | None
    description: Mapping[str, object]

    @classmethod
    def here(cls) -> "Machine":
        """Look at this one, as it is now."""
        cores = usable_cores()
        return cls(cores, memory_left(), describe(cores))


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
        "memory_available_bytes": memory_available(root),
    }


def _load() -> float | None:
    """Read how many threads ran or wanted to, on average over the last minute."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):  # no such notion on this system, or not known just now
        return None
