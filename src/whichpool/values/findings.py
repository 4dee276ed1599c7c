"""What was found: estimates, the verdict, and the record that every report is drawn from."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from whichpool.values.anatomy import Anatomy, Band
from whichpool.values.measuring import Failure, Sample, State, Strategy
from whichpool.values.workload import Elsewhere, Facts, Python, Workload


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


class Spending(StrEnum):
    """What a worker's time goes into."""

    STARTUP = "start-up"
    COMPUTING = "computing"
    WAITING = "waiting"
    GIL = "waiting for the GIL"
    CORE = "waiting for a core"
    HANDING = "handing over"
    IDLE = "waiting for work"
    TAIL = "idle at the end"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Spent:
    """Where an average worker's time went in one job.

    Attributes:
        job_s: What the job took, in the explaining round.
        items: How many items it had.
        workers: How many workers had anything to do.
        parts: Seconds by what they went into, in order of time; they sum up to ``job_s``.
        parent_s: Beside them, the CPU time of the process that hands out the work.
    """

    job_s: float
    items: int
    workers: int
    parts: Mapping[Spending, float]
    parent_s: float

    def share(self, *spendings: Spending) -> float:
        """The share of the job's time that went into something."""
        return sum(self.parts.get(spending, 0.0) for spending in spendings) / self.job_s


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
        cluster_s: Of that, what starting a cluster took, the rest being connecting to it; 0 where it ran before, None
            where there is none.
        cores_busy: CPU time over job time, the median.
        vs_serial: How many times faster than the reference (serial, unless that failed).
        vs_threads: For processes, how many times faster than the best threads.
        why: Why it was proposed.
        forecast_s: What the forecast said that the job would take, before any was run.
        spent: Where the time went; None where it was not explained.
        peak_pss_bytes: The most memory that all its processes had at one instant.
        worker_bytes: What each worker adds to the memory that serial takes.
        chunksize: How many items the whole job hands over at once.
        whole_job_s: The whole job's time by each of the samples: measured, or forecast from a draw.
    """

    strategy: Strategy
    state: State
    reason: str | None = None
    samples: tuple[Sample, ...] = ()
    failure: Failure | None = None
    job_s: Estimate | None = None
    startup_s: float | None = None
    cluster_s: float | None = None
    cores_busy: float | None = None
    vs_serial: Estimate | None = None
    vs_threads: Estimate | None = None
    why: str = ""
    forecast_s: float | None = None
    spent: Spent | None = None
    peak_pss_bytes: int | None = None
    worker_bytes: int | None = None
    chunksize: int = 1
    whole_job_s: tuple[float, ...] = ()


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
    RESULTS_UNCHECKED = "results-unchecked"
    HAZARD = "hazard"
    SLOW_LOADING = "slow-loading"
    BY_VALUE = "by-value"
    REFERENCE_FAILED = "reference-failed"
    WORKERS_AT_EDGE = "workers-at-edge"
    INTERRUPTED = "interrupted"
    NATIVE_THREADS = "native-threads"
    GIL_ON = "gil-on"
    LOAD = "load"
    STEAL = "steal"
    THROTTLED = "throttled"
    PRESSURE = "pressure"


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
class Size:
    """What a job of another number of items should run in, by forecast.

    Attributes:
        items: How many items.
        strategy: What to run them in.
        speedup: How many times faster than serial that is.
    """

    items: int
    strategy: Strategy
    speedup: float


@dataclass(frozen=True, slots=True)
class BreakEven:
    """From how many items on a pool pays, by a forecast that is scaled to what was measured.

    Attributes:
        pays_from: The number of items from which on some pool beats serial by more than the margin; None if none does.
        strategy: The pool that pays from there on.
        sizes: The answer for jobs of other sizes, ascending.
    """

    pays_from: int | None
    strategy: Strategy | None
    sizes: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class Prospect:
    """What to expect of a pool on another machine or build: a forecast, nothing that was measured.

    Attributes:
        elsewhere: The machine or build.
        strategy: The best strategy of its pool there.
        low: How many times faster than serial here it is, if the forecast is pessimistic.
        high: And if it is optimistic.
    """

    elsewhere: Elsewhere
    strategy: Strategy
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PythonSeen:
    """A Python that was asked for, and what the first look under it told.

    Attributes:
        python: The Python.
        facts: What loading the workload told; None where it takes no part.
        anatomy: Where an item's time goes there; None where that was not seen.
        why_not: Why it takes no part; empty where it does.
    """

    python: Python
    facts: Facts | None = None
    anatomy: Anatomy | None = None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """Everything a comparison saw and concluded; every report is drawn from this.

    Attributes:
        workload: What was compared; without the bytes of what travels by value.
        facts: What loading the workload told.
        machine: The machine's description, ready for JSON.
        measured_items: How many items one sample ran.
        rounds: How many rounds were counted.
        elapsed_s: How long the comparison took.
        margin: Differences below this share do not matter to the user.
        entries: The strategies, simplest first.
        verdict: The answer.
        anatomy: Where an item's time goes; None where the function broke off the look at it.
        gil_held: The share of an item's time for which it holds the GIL, by what threads did as well.
        break_even: From how many items on a pool pays.
        prospects: What to expect elsewhere, where that was asked.
        pythons: The Pythons that were asked for, in their order.
    """

    workload: Workload
    facts: Facts
    machine: Mapping[str, Any]
    measured_items: int
    rounds: int
    elapsed_s: float
    margin: float
    entries: tuple[Entry, ...]
    verdict: Verdict
    anatomy: Anatomy | None = None
    gil_held: Band | None = None
    break_even: BreakEven | None = None
    prospects: tuple[Prospect, ...] = ()
    pythons: tuple[PythonSeen, ...] = ()
