"""What was found: estimates, the verdict, and the record that every report is drawn from."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from whichpool.values.measuring import Failure, Sample, State, Strategy
from whichpool.values.workload import Facts


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval and the number of rounds behind it.

    ``low`` and ``high`` are 0 and infinity while too few rounds have been seen to bound the figure.
    """

    value: float
    low: float
    high: float
    n: int

    def __post_init__(self) -> None:
        """Hold the point inside its interval."""
        if not self.low <= self.value <= self.high:
            message = f"an estimate must lie inside its interval: {self}"
            raise ValueError(message)

    @property
    def bounded(self) -> bool:
        """Whether enough was seen to bound the figure on both sides."""
        return self.low > 0 and math.isfinite(self.high)


@dataclass(frozen=True, slots=True)
class Entry:
    """A strategy with all that was measured of it.

    Attributes:
        strategy: What was run.
        state: *raced* to the end, *dropped* on the way, *skipped* before it, or *failed*.
        reason: Why it is not *raced*; None where it is.
        samples: The raw samples, the warm-up round included.
        failure: What broke, for a failed one.
        job_s: The whole job's time: measured, or forecast where only a draw of the items was run.
        startup_s: The median time from opening the pool to the first item.
        cores_busy: CPU time over job time, the median.
        vs_serial: How many times faster than the reference (serial, unless that failed).
        vs_threads: For processes, how many times faster than the best threads.
    """

    strategy: Strategy
    state: State
    reason: str | None = None
    samples: tuple[Sample, ...] = ()
    failure: Failure | None = None
    job_s: Estimate | None = None
    startup_s: float | None = None
    cores_busy: float | None = None
    vs_serial: Estimate | None = None
    vs_threads: Estimate | None = None


class Outcome(StrEnum):
    """The four answers."""

    FASTER = "faster"
    STAY_SERIAL = "stay serial"
    EQUIVALENT = "equivalent"
    UNDECIDED = "undecided"


class Code(StrEnum):
    """The closed list of caveats; each message says what was seen and what to do about it."""

    FORECAST = "forecast"
    RESULTS_DIFFER = "results-differ"
    RESULTS_VARY = "results-vary"
    SLOW_LOADING = "slow-loading"
    BY_VALUE = "by-value"
    REFERENCE_FAILED = "reference-failed"
    WORKERS_AT_EDGE = "workers-at-edge"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Caveat:
    """Something that limits what the verdict is worth."""

    code: Code
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, with its evidence.

    Attributes:
        outcome: One of the four answers.
        strategy: The strategy to use; None only when nothing can be said.
        reference: What it is compared with: serial, unless serial failed.
        speedup: How many times faster than the reference it is.
        sentence: The answer for people, in a line or two.
        reasons: What the answer rests on.
        caveats: What limits it.
    """

    outcome: Outcome
    strategy: Strategy | None
    reference: Strategy | None
    speedup: Estimate | None
    sentence: str
    reasons: tuple[str, ...] = ()
    caveats: tuple[Caveat, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """Everything a comparison saw and concluded; every report is drawn from this.

    Attributes:
        workload: The workload's name.
        facts: What loading the workload told.
        machine: The machine's description, ready for JSON.
        measured_items: How many items one sample ran.
        rounds: How many rounds were counted.
        elapsed_s: How long the comparison took.
        margin: Differences below this share do not matter to the user.
        entries: The strategies, simplest first.
        verdict: The answer.
    """

    workload: str
    facts: Facts
    machine: Mapping[str, Any]
    measured_items: int
    rounds: int
    elapsed_s: float
    margin: float
    entries: tuple[Entry, ...]
    verdict: Verdict
