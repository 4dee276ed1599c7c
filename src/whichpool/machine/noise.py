"""What went on while something was measured: readings before and after, and the difference between them.

Left out on purpose is the kernel's figure for CPU pressure (PSI): it counts the time for which some process waited
for a core, and a pool with more workers than cores makes it rise by itself. Others show in their CPU time instead.
Memory pressure is kept: whoever makes memory short, the measured process waits for it.
"""

import os
import re
import resource
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from whichpool.machine.cores import allowed_cpus
from whichpool.machine.groups import groups
from whichpool.machine.kernel import numbers, text
from whichpool.values import Noise

_US = 1e-6
_NS = 1e-9


@dataclass(frozen=True, slots=True)
class Reading:
    """Where the counters stood at a moment.

    Attributes:
        moment_s: The moment, on a clock that only goes forward.
        own_s: CPU time of this process and of its descendants that have ended.
        cores_s: CPU time of the cores that may be used: busy, idle and stolen; None where the system does not tell.
        throttled: For each control group with a CPU quota, in how many periods it held it back, and for how long.
        memory_stall_s: For how long processes waited for memory; None where the system does not tell.
    """

    moment_s: float
    own_s: float
    cores_s: tuple[float, float, float] | None
    throttled: Mapping[Path, tuple[int, float]]
    memory_stall_s: float | None


def read_noise(root: Path = Path("/"), affinity: Collection[int] | None = None) -> Reading:
    """Read the counters; call it while no sample runs, for a child's CPU time is known once the child has ended.

    Args:
        root: Where ``/proc`` and ``/sys`` are looked for.
        affinity: The CPUs that may be used; None asks the system. Who is busy on others takes nothing away.
    """
    own = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return Reading(
        moment_s=monotonic(),
        own_s=sum(usage.ru_utime + usage.ru_stime for usage in own),
        cores_s=_cores(text(root / "proc/stat"), allowed_cpus() if affinity is None else affinity),
        throttled=_throttled(root),
        memory_stall_s=_memory_stall(root),
    )


def between(before: Reading, after: Reading) -> Noise:
    """Tell what happened between two readings.

    Where several control groups, one inside the other, were held back by their quotas, the one counts that was held
    back longest: their pauses overlap.
    """
    elapsed_s = after.moment_s - before.moment_s
    busy_s = idle_s = stolen_s = None
    if before.cores_s and after.cores_s:
        busy_s, idle_s, stolen_s = (late - early for late, early in zip(after.cores_s, before.cores_s, strict=True))
    stall_s = None
    if before.memory_stall_s is not None and after.memory_stall_s is not None:
        stall_s = after.memory_stall_s - before.memory_stall_s
    pauses = [(0.0, 0)]
    for group, (periods, paused_s) in after.throttled.items():
        periods_before, paused_before_s = before.throttled.get(group, (0, 0.0))
        pauses.append((paused_s - paused_before_s, periods - periods_before))
    throttled_s, throttled = max(pauses)
    return Noise(
        elapsed_s=elapsed_s,
        own_s=after.own_s - before.own_s,
        busy_s=busy_s,
        idle_s=idle_s,
        stolen_s=stolen_s,
        throttled=throttled,
        throttled_s=throttled_s,
        memory_stall_s=stall_s,
    )


def _cores(stat: str, affinity: Collection[int]) -> tuple[float, float, float] | None:
    """Add up the cores' time, from lines of ticks: ``cpu3 user nice system idle iowait irq softirq steal guest …``.

    A guest's time is in the user's already. Waiting for a disk leaves a core idle.
    """
    busy = idle = stolen = 0
    for cpu, amounts in re.findall(r"^cpu(\d+)((?: \d+){8})", stat, re.MULTILINE):
        if not affinity or int(cpu) in affinity:
            user, nice, system, nothing, disk, hard, soft, steal = map(int, amounts.split())
            busy += user + nice + system + hard + soft
            idle += nothing + disk
            stolen += steal
    tick_s = 1 / os.sysconf("SC_CLK_TCK")
    # some sandboxes show the file with nothing but zeros in it
    return (busy * tick_s, idle * tick_s, stolen * tick_s) if busy + idle else None


def _throttled(root: Path) -> dict[Path, tuple[int, float]]:
    """Read how often and how long each group's quota held it back, all cores added up."""
    found = {}
    for group in groups(root, "cpu"):
        stat = numbers(group.folder / "cpu.stat")
        throttled_s = stat["throttled_usec"] * _US if "throttled_usec" in stat else stat.get("throttled_time", 0) * _NS
        found[group.folder] = stat.get("nr_throttled", 0), throttled_s
    return found


def _memory_stall(root: Path) -> float | None:
    """Read for how long some process waited for memory, since the start: ``some avg10=0.00 … total=333622``.

    That of this process's own control group tells most, where groups keep such a file; else that of the machine.
    """
    own = next((group.folder / "memory.pressure" for group in groups(root, "memory") if group.unified), None)
    for file in (own, root / "proc/pressure/memory"):
        found = re.search(r"^some .*\btotal=(\d+)$", text(file) if file else "", re.MULTILINE)
        if found:
            return int(found[1]) * _US
    return None
