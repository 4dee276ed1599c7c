"""How much memory may still be used: what the machine has left, or what a control group leaves of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from whichpool.machine.groups import Group, groups
from whichpool.machine.kernel import number, numbers
from whichpool.wording import size

_KIB = 1024
_NO_LIMIT_BYTES = 1 << 60  # version 1 writes "no limit" as the most that its counter holds


@dataclass(frozen=True, slots=True)
class MemoryLeft:
    """Memory that may still be used.

    Attributes:
        left_bytes: How much.
        reason: What holds it there, as a phrase for people.
    """

    left_bytes: int
    reason: str


def memory_left(root: Path = Path("/")) -> MemoryLeft | None:
    """Find the smallest of what the machine has available and what each control group's limit leaves.

    Of a group's use, the part that the kernel gives back before it refuses memory does not count: file pages that
    nobody has used lately (``inactive_file`` in the kernel's documentation of control groups).

    Args:
        root: Where ``/proc`` and ``/sys`` are looked for.

    Returns:
        The memory left, with the reason; None where the system does not tell.
    """
    return min(_bounds(root), key=lambda bound: bound.left_bytes, default=None)


def memory_available(root: Path = Path("/")) -> int | None:
    """Read what the machine has without swapping: not what is free, which leaves out what caches would give back."""
    available = numbers(root / "proc/meminfo").get("MemAvailable")
    return None if available is None else available * _KIB


def _bounds(root: Path) -> Iterator[MemoryLeft]:
    available_bytes = memory_available(root)
    if available_bytes is not None:
        yield MemoryLeft(available_bytes, "available in all")
    for group in groups(root, "memory"):
        # what goes beyond "high" is not refused, but slowed down until it is of no use
        limits = ("memory.max", "memory.high") if group.unified else ("memory.limit_in_bytes",)
        found = [limit for file in limits if (limit := number(group.folder / file)) is not None]
        limit_bytes = min(found, default=_NO_LIMIT_BYTES)
        used_bytes = _used(group)
        if 0 <= limit_bytes < _NO_LIMIT_BYTES and used_bytes is not None:
            reason = f"cgroup limit of {size(limit_bytes)} in {group.name}"
            yield MemoryLeft(max(0, limit_bytes - used_bytes), reason)


def _used(group: Group) -> int | None:
    """Read what a group and those below it use, without what the kernel would give back."""
    used_bytes = number(group.folder / ("memory.current" if group.unified else "memory.usage_in_bytes"))
    if used_bytes is None:
        return None
    file_bytes = numbers(group.folder / "memory.stat").get(
        "inactive_file" if group.unified else "total_inactive_file", 0
    )
    return max(0, used_bytes - file_bytes)
