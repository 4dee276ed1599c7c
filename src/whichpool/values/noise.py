"""What else went on while a round was measured: other programs, the hypervisor, limits, memory running short."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Noise:
    """What happened on the machine during a stretch of time.

    All are amounts, so that those of several rounds can be added up. None stands for what the system does not tell.

    Attributes:
        elapsed_s: How long the stretch was.
        own_s: CPU time of this process and of its descendants that ended meanwhile.
        busy_s: CPU time of everyone, this process too, on the cores that it may use.
        idle_s: CPU time for which nobody had work for these cores.
        stolen_s: CPU time for which there was work, but the hypervisor gave the core to others.
        throttled: In how many periods the CPU quota of a control group was used up too early; 0 without a quota.
        throttled_s: For how long the group's cores stood still then, all cores added up.
        memory_stall_s: For how long at least one process waited for memory to be freed or read back in.
    """

    elapsed_s: float
    own_s: float
    busy_s: float | None = None
    idle_s: float | None = None
    stolen_s: float | None = None
    throttled: int = 0
    throttled_s: float = 0.0
    memory_stall_s: float | None = None

    def __post_init__(self) -> None:
        """Refuse a stretch of no length, of which there are no shares."""
        if self.elapsed_s <= 0:
            message = f"time must have passed: {self}"
            raise ValueError(message)

    @classmethod
    def added_up(cls, several: Sequence["Noise"]) -> "Noise":
        """Add up the noise of several stretches, at least one; what is not told of each of them is not told."""
        return cls(
            elapsed_s=sum(noise.elapsed_s for noise in several),
            own_s=sum(noise.own_s for noise in several),
            busy_s=_sum([noise.busy_s for noise in several]),
            idle_s=_sum([noise.idle_s for noise in several]),
            stolen_s=_sum([noise.stolen_s for noise in several]),
            throttled=sum(noise.throttled for noise in several),
            throttled_s=sum(noise.throttled_s for noise in several),
            memory_stall_s=_sum([noise.memory_stall_s for noise in several]),
        )

    @property
    def cores(self) -> float | None:
        """How many cores were watched: those that this process may use."""
        if self.busy_s is None or self.idle_s is None or self.stolen_s is None:
            return None
        return (self.busy_s + self.idle_s + self.stolen_s) / self.elapsed_s

    @property
    def others_cores(self) -> float | None:
        """How many of these cores others kept busy, on average."""
        return None if self.busy_s is None else max(0.0, self.busy_s - self.own_s) / self.elapsed_s

    @property
    def steal_share(self) -> float | None:
        """The share that the hypervisor took of the time for which cores had work."""
        if self.busy_s is None or self.stolen_s is None:
            return None
        wanted_s = self.busy_s + self.stolen_s
        return self.stolen_s / wanted_s if wanted_s > 0 else 0.0

    @property
    def memory_stall_share(self) -> float | None:
        """The share of the time for which at least one process waited for memory."""
        return None if self.memory_stall_s is None else self.memory_stall_s / self.elapsed_s


def _sum(amounts: Sequence[float | None]) -> float | None:
    told = [amount for amount in amounts if amount is not None]
    return sum(told) if len(told) == len(amounts) else None
