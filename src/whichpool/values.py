"""The values that travel between the rooms: frozen, and valid once they are made.

Durations are in seconds (``_s``), sizes in bytes (``_bytes``). Nothing here measures, decides or prints, and
nothing here needs more than the standard library: a child in a foreign Python imports this file too.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from whichpool.errors import Trouble, WrongCall


@dataclass(frozen=True, slots=True)
class Workload:
    """A function and its items, as a child process can find them: by name, or by value.

    Attributes:
        name: What to call the workload in front of people.
        targets: ``package.module:function`` or ``file.py:function``; or calls, with parentheses, each one item.
            Empty when the function travels by value.
        items: Where the items come from (the ``--items`` SPEC); None for calls and for items that travel by value.
        function_pickle: The function itself, by cloudpickle; empty when it is found by name.
        items_pickle: The list of items, pickled; empty when they are found by their SPEC.
        folder: The absolute folder that relative names start from.
        path: What the child's ``sys.path`` must hold besides its own.
        max_items: How many items an iterable without a length may give before it counts as endless.
    """

    name: str
    targets: tuple[str, ...] = ()
    items: str | None = None
    function_pickle: bytes = b""
    items_pickle: bytes = b""
    folder: str = "."
    path: tuple[str, ...] = ()
    max_items: int = 100_000


@dataclass(frozen=True, slots=True)
class Options:
    """What a user wants of a comparison.

    Attributes:
        budget_s: How long the comparison may take.
        pools: The pools to race; serial is always in the race, as the reference.
        workers: Worker counts to race; empty for a short ladder from the usable cores upwards.
        chunksizes: Chunk sizes to race; empty for what suits the number of items and their time.
        start_methods: How to start worker processes; empty for the Python's own default.
        python: The interpreter to measure; empty for the one that runs whichpool.
        margin: Differences up to this share do not matter.
        timeout_s: When one sample is cut; None for a few times what the serial job is expected to take.

    Raises:
        WrongCall: A value makes no sense.
    """

    budget_s: float = 30.0
    pools: tuple[str, ...] = ("serial", "threads", "processes")
    workers: tuple[int, ...] = ()
    chunksizes: tuple[int, ...] = ()
    start_methods: tuple[str, ...] = ()
    python: str = ""
    margin: float = 0.05
    timeout_s: float | None = None

    def __post_init__(self) -> None:
        """Say which value makes no sense, and which would."""
        wrong = [
            (
                not (math.isfinite(self.budget_s) and self.budget_s > 0),
                f"a budget of {self.budget_s:g} s leaves no time",
            ),
            (not 0 < self.margin <= 1, f"a margin of {self.margin:g} is not between 0 and 1 (5 % is 0.05)"),
            (self.timeout_s is not None and not self.timeout_s > 0, f"a timeout of {self.timeout_s} s leaves no time"),
            (
                not all(count >= 1 for count in self.workers),
                f"a pool needs at least 1 worker, not {_listed(self.workers)}",
            ),
            (
                not all(size >= 1 for size in self.chunksizes),
                f"a chunk holds at least 1 item, not {_listed(self.chunksizes)}",
            ),
        ]
        for is_wrong, message in wrong:
            if is_wrong:
                raise WrongCall(message)


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(str(number) for number in numbers)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a child found out about a workload by loading it.

    Attributes:
        items: How many items there are.
        unpacked: Whether each item is a tuple of several arguments, ``function(*item)``.
        by_value: Whether the function can reach another process only by value (a lambda, a closure).
        start_methods: How that Python can start worker processes, its own default first.
        python: The version of the Python that loaded it, such as ``3.11.7``.
        load_s: What importing the target and making the items took.
    """

    items: int
    unpacked: bool
    by_value: bool
    start_methods: tuple[str, ...]
    python: str
    load_s: float


@dataclass(frozen=True, slots=True)
class Strategy:
    """A pool with its settings, and the Python that runs it.

    Attributes:
        pool: A name from the catalogue of pools.
        workers: How many workers the pool has; 1 for serial.
        chunksize: How many items are handed over at once; None to take what suits the number of items.
        start_method: How worker processes are started; None where the pool starts none.
        python: The interpreter; empty for the one whichpool itself runs in.
    """

    pool: str
    workers: int = 1
    chunksize: int | None = None
    start_method: str | None = None
    python: str = ""

    def __post_init__(self) -> None:
        """Refuse settings that no pool could have."""
        if self.workers < 1 or (self.chunksize is not None and self.chunksize < 1):
            message = f"workers and chunksize must be at least 1: {self}"
            raise ValueError(message)

    @property
    def id(self) -> str:
        """A name that is stable across runs: ``serial``, ``threads-8``, ``processes-2-spawn``."""
        settings = [self.pool]
        if self.pool != "serial":
            settings.append(str(self.workers))
        if self.start_method:
            settings.append(self.start_method)
        if self.chunksize is not None:
            settings.append(f"chunk{self.chunksize}")
        return "-".join(settings)

    def __str__(self) -> str:
        """Name the strategy for people: ``processes ×2 (spawn)``."""
        name = self.pool if self.pool == "serial" else f"{self.pool} ×{self.workers}"
        settings = [self.start_method] if self.start_method else []
        if self.chunksize is not None:
            settings.append(f"chunks of {self.chunksize}")
        return f"{name} ({', '.join(settings)})" if settings else name


@dataclass(frozen=True, slots=True)
class Draw:
    """Which of the items one sample runs: all, or a stratified draw that is the same for every strategy of a round.

    Attributes:
        items: How many items to run.
        seed: Decides which; None runs the first ``items`` in their order, which for all of them is all.
    """

    items: int
    seed: int | None = None

    def places(self, of: int) -> Sequence[int]:
        """Choose the places of the items among ``of``: one in each of as many equal stretches of the input.

        The choice depends on nothing but the numbers given, in every Python alike.
        """
        if self.seed is None:
            return range(min(self.items, of))
        chooser = random.Random(self.seed)  # noqa: S311 - which items are drawn is no secret
        width = of / self.items
        return [min(of - 1, int((stretch + chooser.random()) * width)) for stretch in range(self.items)]


@dataclass(frozen=True, slots=True)
class Sample:
    """One job measured once, in a process of its own.

    Attributes:
        round: Which round it belongs to; round 0 warms up and does not count.
        items: How many items the job had.
        seed: The seed by which they were drawn; None where it had all of them.
        chunksize: How many items were handed over at once.
        job_s: Pool opened → pool closed, all results in hand.
        startup_s: Pool opened → the first item begins.
        cpu_s: CPU time that the whole process tree spent on the job.
        load_s: What importing the target and making the items took, outside the clock.
        digests: A short hash of each block of results, in order, to tell whether strategies agree.
        block: How many consecutive results one digest covers.
    """

    round: int
    items: int
    seed: int | None
    chunksize: int
    job_s: float
    startup_s: float
    cpu_s: float
    load_s: float
    digests: tuple[str, ...] = ()
    block: int = 1


@dataclass(frozen=True, slots=True)
class Failure:
    """A sample that could not be had, as data: what happened, why, and what to do next.

    Attributes:
        trouble: The kind of failure.
        message: A line or two for people.
        traceback: The user's own frames, where there are any.
        failed: How many items failed, where items failed.
        items: How many items were tried.
    """

    trouble: Trouble
    message: str
    traceback: str = ""
    failed: int = 0
    items: int = 0


@dataclass(frozen=True, slots=True)
class Scouting:
    """What a first look at a workload told: its facts, and a serial run of some of its items.

    Attributes:
        facts: What loading told.
        item_s: The mean time of the items that ran; None when the function broke off the run.
        failure: What the items, or the whole run, broke on.
    """

    facts: Facts
    item_s: float | None
    failure: Failure | None = None


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


class State(StrEnum):
    """What became of a strategy."""

    RACED = "raced"
    DROPPED = "dropped"
    SKIPPED = "skipped"
    FAILED = "failed"


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
class Run:
    """One strategy's part in a race, as it was seen: the raw material of every figure.

    Attributes:
        strategy: What was run.
        samples: One for each round it ran in, the warm-up round 0 included.
        state: What became of it.
        reason: Why it is not *raced*; None where it is.
        failure: What broke, for a failed one.
    """

    strategy: Strategy
    samples: tuple[Sample, ...] = ()
    state: State = State.RACED
    reason: str | None = None
    failure: Failure | None = None


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
