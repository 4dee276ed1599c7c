"""Threads that native libraries keep beside Python's own: how many there are, and whose they may be."""

import re
import threading
from pathlib import Path

from whichpool.values import NativeThreads

_TASKS = Path("/proc/self/task")
_MAPS = Path("/proc/self/maps")
_LIBRARIES = re.compile(r"/lib(?:scipy_)?(openblas|blis|mkl|gomp|iomp5|omp|tbb|arrow|torch_cpu)[^/\n]*\.so")
_BUSY_SHARE = 0.05


def find_native_threads(native_cpu_s: float, wall_s: float) -> NativeThreads | None:
    """Tell which native threads there are, if they computed anything.

    The libraries' files are found among those that are mapped into this process; threadpoolctl knows more about them,
    but a child may rely on the standard library only.

    Args:
        native_cpu_s: The CPU time that other threads than the calling one used while it ran the user's function.
        wall_s: How long it ran it.
    """
    if native_cpu_s < _BUSY_SHARE * wall_s:
        return None
    try:
        threads = len(list(_TASKS.iterdir())) - threading.active_count() + 1
        libraries = {match[1] for match in _LIBRARIES.finditer(_MAPS.read_text(encoding="utf-8", errors="replace"))}
    except OSError:
        return None
    return NativeThreads(tuple(sorted(libraries)), threads) if threads > 1 else None
