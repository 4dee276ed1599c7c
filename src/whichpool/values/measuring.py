"""What is run and what was seen of it: raw, with nothing concluded yet."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from whichpool.errors import Trouble
from whichpool.native_limits import native_limits
from whichpool.values.anatomy import Anatomy
from whichpool.values.hazards import Finding
from whichpool.values.workload import THIS_PYTHON, Facts, Python


@dataclass(frozen=True, slots=True)
class Strategy:
    """A pool with its settings, and the Python that runs it.

    Attributes:
        pool: A name from the catalogue of pools.
        workers: How many workers the pool has; 1 for serial.
        chunksize: How many items are handed over at once; None to take what suits the number of items.
        start_method: How worker processes are started; None where the pool starts none.
        native_threads: To how many threads native libraries (BLAS, OpenMP) are limited; None leaves them alone.
        python: The interpreter.
        address: The address of the cluster that it uses; empty where it starts its own, or needs none.
    """

    pool: str
    workers: int = 1
    chunksize: int | None = None
    start_method: str | None = None
    python: Python = THIS_PYTHON
    native_threads: int | None = None
    address: str = ""

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
        if self.native_threads is not None:
            settings.append(f"native{self.native_threads}")
        if self.python.name:
            settings.append(f"py{self.python.name.replace(' ', '-')}")
        return "-".join(settings)

    @property
    def kind(self) -> "Strategy":
        """The strategy without its number of workers and its chunk size: what is chosen before those are."""
        return replace(self, workers=1, chunksize=None)

    @property
    def is_serial(self) -> bool:
        """Whether it is no pool at all, under whatever settings."""
        return self.pool == "serial"

    @property
    def is_plain_loop(self) -> bool:
        """Whether it is what a user has to begin with: no pool, and nothing set."""
        return self.is_serial and self.native_threads is None

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that a process must be started with for these settings."""
        limits = {} if self.native_threads is None else native_limits(self.native_threads)
        return limits | self.python.environment

    def __str__(self) -> str:
        """Name the strategy for people: ``processes ×2 (spawn)``, ``threads ×8 on 3.14t``."""
        name = self.pool if self.pool == "serial" else f"{self.pool} ×{self.workers}"
        settings = [self.start_method] if self.start_method else []
        if self.chunksize is not None:
            settings.append(f"chunks of {self.chunksize}")
        if self.native_threads is not None:
            settings.append(f"{self.native_threads} native thread{'' if self.native_threads == 1 else 's'}")
        told = f"{name} ({', '.join(settings)})" if settings else name
        return f"{told} on {self.python.name}" if self.python.name else told


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
        borders = [-(-stretch * of // self.items) for stretch in range(self.items + 1)]
        return [low + int(chooser.random() * (high - low)) for low, high in pairwise(borders)]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Where the workers' time went in one job, in seconds for an average worker; the parts sum up to the job's time.

    Attributes:
        workers: How many workers had anything to do.
        startup_s: Before the worker's first chunk.
        computing_s: On a core, in the user's function.
        blocked_s: In the user's function, but neither on a core nor waiting for one: waiting for something of its
            own, for a lock, or for the GIL.
        queued_s: In the user's function, waiting for a core.
        handing_s: Unpickling arguments and pickling results, outside the function.
        idle_s: Between two chunks: waiting for the next one to arrive.
        tail_s: After the worker's last chunk, until the last chunk of all has ended.
        closing_s: From then on until the pool was closed.
        parent_s: Beside all this: the CPU time of the process that hands out the work, its workers not counted.
    """

    workers: int
    startup_s: float
    computing_s: float
    blocked_s: float
    queued_s: float
    handing_s: float
    idle_s: float
    tail_s: float
    closing_s: float
    parent_s: float


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
        cpu_s: CPU time that the whole process tree spent on the job, or a cluster's workers; None where nobody tells.
        load_s: What importing the target and making the items took, outside the clock.
        teardown_s: The last item ends → pool closed.
        digests: A short hash of each block of results, in order, to tell whether strategies agree.
        block: How many consecutive results one digest covers.
        breakdown: Where the workers' time went; only in the explaining round.
        peak_pss_bytes: The most memory that all its processes had at one instant; only in the explaining round.
        cluster_s: Of the start-up, what starting a cluster took, the rest being connecting to it; 0 where the cluster
            ran before, None where there is none.
        gil: Whether the GIL was on after the job.
    """

    round: int
    items: int
    seed: int | None
    chunksize: int
    job_s: float
    startup_s: float
    cpu_s: float | None
    load_s: float
    teardown_s: float = 0.0
    digests: tuple[str, ...] = ()
    block: int = 1
    breakdown: Breakdown | None = None
    peak_pss_bytes: int | None = None
    cluster_s: float | None = None
    gil: bool = True


@dataclass(frozen=True, slots=True)
class Failure:
    """A sample that could not be had, as data: what happened, why, and what to do next.

    Attributes:
        trouble: The kind of failure.
        message: A line or two for people.
        traceback: The user's own frames, where there are any.
    """

    trouble: Trouble
    message: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Dissection:
    """What a first look at a workload told: its facts, and the anatomy of an item.

    Attributes:
        facts: What loading told.
        anatomy: Where an item's time goes; None when the function broke off the run.
        failure: What the items, or the whole run, broke on.
        findings: The hazards that the function's code shows.
    """

    facts: Facts
    anatomy: Anatomy | None
    failure: Failure | None = None
    findings: tuple[Finding, ...] = ()


class State(StrEnum):
    """What became of a strategy."""

    RACED = "raced"
    DROPPED = "dropped"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """One strategy's part in a race, as it was seen: the raw material of every figure.

    Attributes:
        strategy: What was run.
        samples: One for each round it ran in, the warm-up round 0 included.
        state: What became of it.
        reason: Why it is not *raced*; None where it is.
        failure: What broke, for a failed one.
        why: Why it was proposed.
        explained: The sample of the explaining round, which is slowed by being watched and counts for nothing else.
        in_reserve: Whether it was left out on a belief only, and may be called up when its neighbour does best.
    """

    strategy: Strategy
    samples: tuple[Sample, ...] = ()
    state: State = State.RACED
    reason: str | None = None
    failure: Failure | None = None
    why: str = ""
    explained: Sample | None = None
    in_reserve: bool = False
