"""What tells one machine from another, as far as it decides what things cost there; it names nobody."""

import hashlib
import json
import platform
import re
from pathlib import Path

from whichpool.machine.cores import Cores
from whichpool.machine.kernel import numbers, text

_LENGTH = 16


def fingerprint(cores: Cores, root: Path = Path("/")) -> str:
    """Hash the processor's model, the cores that may be used, the size of the memory and the kernel's release.

    Args:
        cores: The cores that may be used.
        root: Where ``/proc`` is looked for; what is not told there is left out.
    """
    facts = [
        _processor(root),
        cores.usable,
        cores.installed,
        numbers(root / "proc/meminfo").get("MemTotal"),
        platform.system(),
        platform.release(),
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:_LENGTH]


def _processor(root: Path) -> str:
    """Read the processor's model: x86 tells its name, ARM the number of its part."""
    found = re.search(r"^(?:model name|CPU part)\s*:\s*(.+)$", text(root / "proc/cpuinfo"), re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()
