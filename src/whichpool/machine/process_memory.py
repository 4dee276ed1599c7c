"""What processes have in memory, as the kernel tells it; None where it tells nothing."""

import contextlib
from pathlib import Path

_PROC = Path("/proc")
_KIB = 1024
_FORGET_THE_PEAK = "5"


def proportional_bytes(process: int | str) -> int | None:
    """Read a process's proportional set size: shared pages count by their share, so a tree's sizes can be summed."""
    return _read(_PROC / str(process) / "smaps_rollup", "Pss")


def private_bytes(process: int | str) -> int | None:
    """Read what a process shares with no other: what ending it would give back."""
    rollup = _PROC / str(process) / "smaps_rollup"
    clean, dirty = _read(rollup, "Private_Clean"), _read(rollup, "Private_Dirty")
    return None if clean is None or dirty is None else clean + dirty


def resident_bytes() -> int | None:
    """Read how much of this process is in memory."""
    return _read(_PROC / "self/status", "VmRSS")


def peak_resident_bytes() -> int | None:
    """Read how much of this process has been in memory at most, since :func:`forget_the_peak`."""
    return _read(_PROC / "self/status", "VmHWM")


def forget_the_peak() -> bool:
    """Let the peak begin anew; tell whether the kernel allowed it."""
    with contextlib.suppress(OSError):
        (_PROC / "self/clear_refs").write_text(_FORGET_THE_PEAK, encoding="ascii")
        return True
    return False


def _read(file: Path, name: str) -> int | None:
    try:
        lines = file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:  # the process has ended, is another user's, or there is no /proc
        return None
    for line in lines:
        key, _, amount = line.partition(":")
        if key == name:
            return int(amount.split()[0]) * _KIB
    return None
