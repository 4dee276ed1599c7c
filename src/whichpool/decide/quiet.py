"""Whether a machine is quiet enough for measuring, by what went on while nothing was measured."""

from whichpool.values import Noise
from whichpool.wording import count

_MARGIN = 0.05  # what a comparison takes for no difference


def disturbances(noise: Noise) -> tuple[str, ...]:
    """Say what would disturb a measurement; nothing where the machine is quiet enough.

    What takes no more than the margin of the cores, or of the time, cannot move a ratio by more than the margin.
    """
    found = []
    cores, others_cores = noise.cores, noise.others_cores
    if cores and others_cores is not None and others_cores > _MARGIN * cores:
        found.append(f"others keep {others_cores:.2f} of {count(round(cores), 'core')} busy: close them, or wait")
    if noise.steal_share is not None and noise.steal_share > _MARGIN:
        found.append(f"the hypervisor takes {noise.steal_share:.0%} of the time for which the cores have work")
    if noise.throttled_s > _MARGIN * noise.elapsed_s:
        found.append(f"a cgroup's CPU quota is used up: its cores stood still for {noise.throttled_s:.2f} s")
    if noise.memory_stall_share is not None and noise.memory_stall_share > _MARGIN:
        found.append(f"memory is short: for {noise.memory_stall_share:.0%} of the time some process waited for it")
    return tuple(found)
