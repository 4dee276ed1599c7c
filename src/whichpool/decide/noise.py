"""Which noise of the machine could have changed the answer, and what to do about it."""

from collections.abc import Sequence

from whichpool.values import Caveat, Code, Noise
from whichpool.wording import count, duration

_FULL_SHARE = 0.9  # a pool that wants every core still leaves some idle while it starts and ends


def noise_caveats(rounds: Sequence[Noise], cores_busy: float, margin: float) -> list[Caveat]:
    """Say what disturbed the rounds.

    The order within a round is random, so a disturbance does not favour a strategy for long; one that took no more
    than the margin of the time cannot have moved a ratio by more than the margin. Of others, who are always a little
    busy and seldom steadily so, it takes twice that, which is what the verdict is certain of. They are harmless,
    however busy they are, while the machine has idle cores for them: what counts is whether the strategy that keeps
    most cores busy found any left.

    Args:
        rounds: What went on in each round.
        cores_busy: How many cores the strategy kept busy, on average over its job, that kept most of them busy.
        margin: The share below which differences do not matter.
    """
    if not rounds:
        return []
    noise = Noise.added_up(rounds)
    told = (
        (Code.LOAD, _load(noise, cores_busy, margin)),
        (Code.STEAL, _steal(noise, margin)),
        (Code.THROTTLED, _throttling(noise, margin)),
        (Code.PRESSURE, _pressure(noise, margin)),
    )
    return [Caveat(code, message) for code, message in told if message]


def _load(noise: Noise, cores_busy: float, margin: float) -> str | None:
    cores, others_cores = noise.cores, noise.others_cores
    if cores is None or others_cores is None or others_cores <= 2 * margin * cores_busy:
        return None
    if cores_busy + others_cores < _FULL_SHARE * cores:
        return None
    return (
        f"others kept {others_cores:.1f} of the {count(round(cores), 'core')} busy during the rounds, and little was "
        "left idle; close them, or run again when it is quiet"
    )


def _steal(noise: Noise, margin: float) -> str | None:
    share = noise.steal_share
    if share is None or share <= margin:
        return None
    return (
        f"the hypervisor took {share:.0%} of the time for which the cores had work; run again at another time, or on "
        "a machine whose cores are not shared"
    )


def _throttling(noise: Noise, margin: float) -> str | None:
    if noise.throttled_s <= margin * noise.elapsed_s:
        return None
    return (
        f"the cgroup's CPU quota paused the run {count(noise.throttled, 'time')}, for {duration(noise.throttled_s)} in "
        "all, the cores added up; the answer holds under this quota: where the code will have another, measure there"
    )


def _pressure(noise: Noise, margin: float) -> str | None:
    share = noise.memory_stall_share
    if share is None or share <= margin:
        return None
    return (
        f"memory was short: for {share:.0%} of the time some process waited for it; close what uses much of it, or "
        "try fewer processes (--workers)"
    )
