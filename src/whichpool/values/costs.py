"""What things cost on a machine by themselves, whatever runs there later: raw samples."""

import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from whichpool.values.findings import Estimate

_MIB = 1 << 20

Samples = tuple[float, ...]
"""The same thing measured several times, in turns with others; empty where it was not, or the system does not tell."""


def estimate_of(samples: Samples) -> Estimate | None:
    """Give the median of samples between the quickest or least and the slowest or most; None where there are none.

    The bounds describe what was seen; they are no confidence interval.
    """
    return Estimate(statistics.median(samples), min(samples), max(samples), len(samples)) if samples else None


@dataclass(frozen=True, slots=True)
class PoolCosts:
    """What a pool of one worker costs, with nothing to import for a workload.

    Attributes:
        pool: The pool's name.
        start_method: How its worker was started; None where the pool starts no process.
        ready_s: From opening the pool until its worker begins.
        close_s: From the last result until the pool is closed and its worker gone.
        task_s: Handing over one tiny task and getting its result back, a chunk each, with many on their way.
        chunked_task_s: The same for each of those that travel together in chunks of :data:`CHUNK`.
        private_bytes: The memory that the idle worker shares with no other process; for a worker within the process,
            by how much that grew when the first one came.
        pss_bytes: The same, with what is shared counted by its share (proportional set size).
    """

    pool: str
    start_method: str | None
    ready_s: Samples
    close_s: Samples
    task_s: Samples
    chunked_task_s: Samples
    private_bytes: Samples = ()
    pss_bytes: Samples = ()

    def __str__(self) -> str:
        """Name it for people: ``processes (fork)``."""
        return f"{self.pool} ({self.start_method})" if self.start_method else self.pool


CHUNK = 100
"""How many tasks a chunk held whose hand-over was measured."""


@dataclass(frozen=True, slots=True)
class SendingCosts:
    """What it takes to get a value to another process.

    Attributes:
        what: The kind of value: ``bytes``, ``ints`` or ``dicts``.
        amount: How many of them the value holds.
        size_bytes: How long its pickle is.
        dump_s: Pickling it.
        load_s: Unpickling it.
        pipe_s: Moving as many bytes through a pipe to a process that waits for them; empty where that was not tried.
    """

    what: str
    amount: int
    size_bytes: int
    dump_s: Samples
    load_s: Samples
    pipe_s: Samples = ()


@dataclass(frozen=True, slots=True)
class Costs:
    """What things cost on this machine, under one Python.

    Attributes:
        python: The version of that Python, such as ``3.11.7``.
        measured_at_s: When they were measured, in seconds since the epoch.
        elapsed_s: How long that took.
        pools: What the pools cost, the simplest first.
        sendings: What sending values costs, by kind and size.
        missing: Why a pool was not measured, for people, by its name.
    """

    python: str
    measured_at_s: float
    elapsed_s: float
    pools: tuple[PoolCosts, ...]
    sendings: tuple[SendingCosts, ...]
    missing: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Costs":
        """Make them again of what ``dataclasses.asdict`` and JSON made of them.

        Raises:
            ValueError: These are no costs; or a TypeError, KeyError, or AttributeError.
        """
        return cls(
            python=str(fields["python"]),
            measured_at_s=float(fields["measured_at_s"]),
            elapsed_s=float(fields["elapsed_s"]),
            pools=tuple(PoolCosts(**_with_samples(each)) for each in fields["pools"]),
            sendings=tuple(SendingCosts(**_with_samples(each)) for each in fields["sendings"]),
            missing={str(pool): str(why) for pool, why in fields["missing"].items()},
        )

    @property
    def pipe_bytes_per_s(self) -> float | None:
        """How fast a pipe moves bytes, by the least amount from 1 MiB on that was tried; None where none was.

        With fewer bytes it is the waking of the process at the other end that takes the time.
        """
        moved = [each for each in self.sendings if each.pipe_s and each.size_bytes >= _MIB]
        if not moved:
            return None
        least = min(moved, key=lambda each: each.size_bytes)
        return least.size_bytes / statistics.median(least.pipe_s)


def _with_samples(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _samples(value) if name.endswith(_SAMPLED) else value for name, value in fields.items()}


_SAMPLED = ("_s", "private_bytes", "pss_bytes")


def _samples(values: Iterable[float]) -> Samples:
    samples = tuple(map(float, values))
    if not all(math.isfinite(sample) and sample >= 0 for sample in samples):
        message = f"no duration and no size: {samples}"
        raise ValueError(message)
    return samples
