"""Where an item's time goes, and what the pools cost by themselves: what one diagnostic pass tells."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Band:
    """A share of one that lies somewhere between two bounds."""

    low: float
    high: float

    def __post_init__(self) -> None:
        """Keep it a share."""
        if not 0 <= self.low <= self.high <= 1:
            message = f"a band lies within 0 and 1: {self}"
            raise ValueError(message)

    @property
    def middle(self) -> float:
        """The middle of the band, for where one figure is needed."""
        return (self.low + self.high) / 2

    @property
    def width(self) -> float:
        """How much is not known."""
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Timing:
    """What one item took, run by itself.

    Attributes:
        place: The item's place in the input.
        wall_s: What it took; the mean of a handful where a single one is too short to be timed.
    """

    place: int
    wall_s: float


@dataclass(frozen=True, slots=True)
class Parcelled:
    """What sending values of one kind to another process takes, a value on average.

    Attributes:
        size_bytes: How long its pickle is.
        dump_s: What pickling takes.
        load_s: What unpickling takes.
    """

    size_bytes: float
    dump_s: float
    load_s: float


@dataclass(frozen=True, slots=True)
class NativeThreads:
    """Threads that native code keeps beside Python's own.

    Attributes:
        libraries: The libraries known to do so that are loaded, such as ``openblas``.
        threads: How many such threads there are, the calling one included.
    """

    libraries: tuple[str, ...]
    threads: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What a pool costs by itself, tried with one worker and this workload's imports.

    Attributes:
        pool: The pool's name.
        start_method: How its worker was started; None where it starts no process.
        ready_s: From opening the pool until its worker begins.
        handover_s: What handing over one tiny chunk and getting it back costs when many are on their way.
        close_s: From the last result until the pool is closed.
        worker_bytes: The memory that the worker shares with no other process; None where it is a thread, or not told.
        beforehand: Whether it was tried at another time, without this workload's imports.
    """

    pool: str
    start_method: str | None
    ready_s: float
    handover_s: float
    close_s: float
    worker_bytes: int | None = None
    beforehand: bool = False


@dataclass(frozen=True, slots=True)
class Anatomy:
    """Where an item's time goes when it runs alone: means over the items that ran in the diagnostic pass.

    Attributes:
        item_s: What an item takes.
        cpu_s: The CPU time that its own thread uses for it.
        native_cpu_s: The CPU time that is used for it elsewhere: by threads hidden in native code, or by threads
            and programs that it starts.
        gil_held: The share of its time for which it holds the GIL.
        timings: What single items took, spread over the input, by place.
        arguments: What sending an item takes; None where it cannot be pickled.
        results: What sending a result takes; None where it cannot be pickled.
        native: The native threads, where there are any.
        base_bytes: The memory of a process that has loaded the workload; None where the system does not tell.
        loaded_bytes: What the first item made it load and keep (models, caches), which each process does for itself.
        item_bytes: How far the memory rises while an item runs, and falls again; None where the system does not tell.
        trials: What the pools cost by themselves.
        cost_s: How long the diagnostic pass took.
        pipe_bytes_per_s: How fast a pipe moves bytes from one process to another on this machine; None where that was
            not measured.
    """

    item_s: float
    cpu_s: float
    native_cpu_s: float
    gil_held: Band
    timings: tuple[Timing, ...]
    arguments: Parcelled | None
    results: Parcelled | None
    native: NativeThreads | None
    base_bytes: int | None
    loaded_bytes: int | None
    item_bytes: int | None
    trials: tuple[Trial, ...]
    cost_s: float
    pipe_bytes_per_s: float | None = None

    @property
    def cpu_share(self) -> float:
        """The share of an item's time for which its own thread computes."""
        return min(1.0, self.cpu_s / self.item_s)

    def trial(self, pool: str, start_method: str | None) -> Trial | None:
        """Look up what a pool costs by itself; None where it was not tried."""
        return next((t for t in self.trials if (t.pool, t.start_method) == (pool, start_method)), None)
