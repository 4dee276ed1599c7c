"""How many cores this process may use, which is seldom what ``os.cpu_count()`` says.

Three things can hold a process below the machine it sits on: the CPUs that the scheduler may put it on, the CPU
quota of its control group or of any group above it, and ``PYTHON_CPU_COUNT``. The smallest of them is the answer,
and it comes with its reason, because a person who sees 1.5 cores on a machine of 64 wants to know who took the rest.
"""

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from whichpool.machine.groups import Group, groups
from whichpool.machine.kernel import text

_KERNEL_PERIOD_US = 100_000


@dataclass(frozen=True, slots=True)
class Cores:
    """The cores a process may use, and those there are.

    Attributes:
        usable: What may be used at one time; quotas make fractions such as 1.5.
        installed: What the machine has, running and visible from here.
        reason: What holds ``usable`` below ``installed``, as a phrase for people; None where nothing does.
    """

    usable: float
    installed: int
    reason: str | None

    def __post_init__(self) -> None:
        """Refuse what no machine can have."""
        if not 0 < self.usable <= self.installed:
            message = f"usable cores must be above 0 and at most those installed: {self}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class _Limit:
    """One thing that holds the process back."""

    cpus: float
    reason: str


def usable_cores(
    root: Path = Path("/"),
    environ: Mapping[str, str] = os.environ,
    affinity: Collection[int] | None = None,
) -> Cores:
    """Find the smallest of affinity, control group quotas and ``PYTHON_CPU_COUNT``.

    Args:
        root: Where ``/proc`` and ``/sys`` are looked for. What is not there limits nothing, as on other systems.
        environ: The environment variables.
        affinity: The CPUs that the scheduler may use; None asks the system.

    Returns:
        The usable cores, with the reason where they are fewer than the machine has.
    """
    if affinity is None:
        affinity = allowed_cpus()
    installed = max(_installed(root), len(affinity))
    limits = [*_affinity_limits(affinity), *_quota_limits(root), *_environment_limits(environ)]
    tightest = min(limits, key=lambda limit: limit.cpus, default=None)
    if tightest is None or tightest.cpus >= installed:
        return Cores(usable=installed, installed=installed, reason=None)
    return Cores(usable=tightest.cpus, installed=installed, reason=tightest.reason)


def _installed(root: Path) -> int:
    """Count the machine's CPUs that are switched on.

    ``os.cpu_count()`` comes last even here: since Python 3.13 it repeats PYTHON_CPU_COUNT. ``sysconf`` comes second
    because some C libraries answer it with the affinity.
    """
    online = _cpus(text(root / "sys/devices/system/cpu/online"))
    if online:
        return online
    if "SC_NPROCESSORS_ONLN" in getattr(os, "sysconf_names", ()):
        return max(1, os.sysconf("SC_NPROCESSORS_ONLN"))
    return os.cpu_count() or 1


def _cpus(ranges: str) -> int:
    """Count the CPUs in the kernel's notation, ``0-3,8``; 0 for what is not in it."""
    try:  # a pattern would take longer to compile than all the rest takes
        pairs = [[int(number) for number in part.split("-")] for part in ranges.split(",")]
    except ValueError:
        return 0
    return sum(last - first + 1 for first, *_, last in (pair * 2 for pair in pairs))


def allowed_cpus() -> Collection[int]:
    """Ask on which CPUs the scheduler may put this process; none where the system has no such notion."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()


def _affinity_limits(affinity: Collection[int]) -> Iterator[_Limit]:
    if affinity:
        plural = "s" if len(affinity) > 1 else ""
        yield _Limit(len(affinity), f"affinity: CPU{plural} {_ranges(affinity)}")


def _ranges(cpus: Collection[int]) -> str:
    """Write CPUs in the kernel's notation: ``0-3,8``."""
    runs: list[list[int]] = []
    for cpu in sorted(cpus):
        if runs and cpu == runs[-1][-1] + 1:
            runs[-1].append(cpu)
        else:
            runs.append([cpu])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _environment_limits(environ: Mapping[str, str]) -> Iterator[_Limit]:
    """Read PYTHON_CPU_COUNT, whichever Python runs this: the one to be measured may be newer and will obey it."""
    try:
        count = int(environ.get("PYTHON_CPU_COUNT", ""))
    except ValueError:  # unset, "default", or something that no Python would start with
        return
    if count >= 1:
        yield _Limit(count, f"PYTHON_CPU_COUNT={count}")


def _quota_limits(root: Path) -> Iterator[_Limit]:
    for group in groups(root, "cpu"):
        cpus = _quota(group)
        if cpus is not None:
            plural = "" if cpus == 1 else "s"
            yield _Limit(cpus, f"cgroup quota of {round(cpus, 2):g} CPU{plural} in {group.name}")


def _quota(group: Group) -> float | None:
    """Read one group's quota in CPUs; None where it has none."""
    if group.unified:
        quota, _, period = text(group.folder / "cpu.max").partition(" ")
    else:
        quota, period = text(group.folder / "cpu.cfs_quota_us"), text(group.folder / "cpu.cfs_period_us")
    try:
        quota_us, period_us = int(quota), int(period or _KERNEL_PERIOD_US)
    except ValueError:  # absent, empty, or "max"
        return None
    return quota_us / period_us if quota_us > 0 and period_us > 0 else None
