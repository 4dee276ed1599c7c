"""What is to be compared, and how much of it: the user's side."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from whichpool.errors import WrongCall

_LONGEST_S = 1e6
_MOST_CORES = 1024


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
        source: The text that defines a function by value, where no file holds it: a notebook's cell.
        bytecode: The version of Python, such as ``3.11``, whose bytecode ``function_pickle`` holds; empty where it
            names what can be imported.
    """

    name: str
    targets: tuple[str, ...] = ()
    items: str | None = None
    function_pickle: bytes = b""
    items_pickle: bytes = b""
    folder: str = "."
    path: tuple[str, ...] = ()
    max_items: int = 100_000
    source: str = ""
    bytecode: str = ""

    @property
    def has_calls(self) -> bool:
        """Whether it says what the function is to be called with: items, or calls that are written out."""
        return self.items is not None or bool(self.items_pickle) or any("(" in target for target in self.targets)


@dataclass(frozen=True, slots=True)
class Python:
    """An interpreter to measure.

    Attributes:
        path: Where it is; empty for the one that runs whichpool.
        name: What to call it beside others: ``3.13``, ``3.14t``; empty where it is the only one.
        gil_on: Whether its GIL is turned on that it was built to do without (``PYTHON_GIL=1``).
        problem: Why it cannot be measured, for people; empty where it can.
    """

    path: str = ""
    name: str = ""
    gil_on: bool = False
    problem: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that it must be started with."""
        return {"PYTHON_GIL": "1"} if self.gil_on else {}

    def __str__(self) -> str:
        """Name it for people."""
        return self.name or self.path or "this Python"


THIS_PYTHON = Python()
"""The one that runs whichpool, and the only one there is to measure."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another machine or build, to ask what would be there.

    Attributes:
        cores: How many cores it has; None for as many as here.
        gil: Whether its Python has a GIL; None for what the Python here has.

    Raises:
        WrongCall: No machine is like that.
    """

    cores: float | None = None
    gil: bool | None = None

    def __post_init__(self) -> None:
        """Refuse what no machine has."""
        if self.cores is not None and not 0 < self.cores <= _MOST_CORES:
            message = f"a machine has cores, at most {_MOST_CORES:,}, not {self.cores:g}"
            raise WrongCall(message)


@dataclass(frozen=True, slots=True)
class Options:
    """What a user wants of a comparison.

    Attributes:
        budget_s: How long the comparison may take.
        pools: The pools to race, besides serial, which is always in the race as the reference; empty for all.
        workers: Worker counts to race; empty for what a forecast likes best, and its neighbours.
        chunksizes: Chunk sizes to race; empty for what suits the number of items and their time.
        start_methods: How to start worker processes; empty for the Python's own default, and others where they gain.
        pythons: The interpreters to measure, the first of them as the reference.
        dask: The address of a Dask scheduler that runs; empty to start a cluster of its own.
        ray: The address of a Ray cluster that runs; empty to start one of its own.
        margin: Differences up to this share do not matter.
        timeout_s: When one sample is cut; None for a few times what the serial job is expected to take.
        what_if: Other machines and builds to make a forecast for.

    Raises:
        WrongCall: A value makes no sense.
    """

    budget_s: float = 30.0
    pools: tuple[str, ...] = ()
    workers: tuple[int, ...] = ()
    chunksizes: tuple[int, ...] = ()
    start_methods: tuple[str, ...] = ()
    pythons: tuple[Python, ...] = (THIS_PYTHON,)
    dask: str = ""
    ray: str = ""
    margin: float = 0.05
    timeout_s: float | None = None
    what_if: tuple[Elsewhere, ...] = ()

    def __post_init__(self) -> None:
        """Say which value makes no sense, and which would."""
        for message in self._complaints():
            raise WrongCall(message)
        if not all(isinstance(elsewhere, Elsewhere) for elsewhere in self.what_if):  # as above
            message = f"what_if takes machines such as whichpool.Elsewhere(cores=16, gil=False), not {self.what_if!r}"
            raise WrongCall(message)

    @property
    def addresses(self) -> dict[str, str]:
        """The addresses of clusters that run, by the pool that is to use them; the others start their own."""
        return {pool: address for pool, address in (("dask", self.dask), ("ray", self.ray)) if address}

    def _complaints(self) -> Iterator[str]:
        for name in ("pools", "workers", "chunksizes", "start_methods", "pythons", "what_if"):
            value = getattr(self, name)
            if isinstance(value, str) or not isinstance(value, Collection):  # for those who do not check types
                yield f"{name} takes several values, such as ({value!r},)"
        yield from self._complaints_of_figures()
        if not self.pythons:
            yield "there is no Python to measure"
        if min(self.workers, default=1) < 1:
            yield f"a pool needs at least 1 worker, not {_listed(self.workers)}"
        if min(self.chunksizes, default=1) < 1:
            yield f"a chunk holds at least 1 item, not {_listed(self.chunksizes)}"

    def _complaints_of_figures(self) -> Iterator[str]:
        for what, seconds in (("budget", self.budget_s), ("timeout", self.timeout_s)):
            if seconds is not None and not isinstance(seconds, int | float):
                yield f"a {what} is a number of seconds, not {seconds!r}"  # type: ignore[unreachable]
            if seconds is not None and not 0 < seconds <= _LONGEST_S:
                why = "has no end" if seconds > 0 else "leaves no time"
                yield f"a {what} of {seconds:g} s {why}"
        if not isinstance(self.margin, int | float):
            yield f"a margin is a share such as 0.05, not {self.margin!r}"  # type: ignore[unreachable]
        elif not 0 < self.margin <= 1:
            yield f"a margin of {self.margin:g} is not between 0 and 1 (5 % is 0.05)"


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
        imports: How the targets' modules are imported, in the order of first use; empty for what travels by value.
        gil: Whether that Python runs with a GIL.
        items_called: Whether the items' SPEC names a function, which is called for its items.
        is_async: Whether the function is an ``async def``, so that what a call gives has to be awaited.
        is_free_threaded: Whether that Python was built to do without a GIL.
        turned_gil_on: The module whose import turned its GIL on nevertheless; empty where none did.
        unavailable: Why a pool that is wanted cannot run this workload here, for people, by the pool's name; only a
            first look finds out.
        most_workers: How many workers a cluster that runs has, by the pool's name; as above.
    """

    items: int
    unpacked: bool
    by_value: bool
    start_methods: tuple[str, ...]
    python: str
    load_s: float
    imports: tuple["Import", ...] = ()
    gil: bool = True
    items_called: bool = False
    is_async: bool = False
    is_free_threaded: bool = False
    turned_gil_on: str = ""
    unavailable: Mapping[str, str] = field(default_factory=dict)
    most_workers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Import:
    """How a module that a user named is imported.

    Attributes:
        place: What the user wrote: ``package.module`` or ``path/to/file.py``.
        module: The module's name.
        folder: The absolute folder that must stand on ``sys.path``.
        names: What the workload takes from it, in the order of first use: functions, items, and what stands in
            expressions and in calls that were written out.
        file: The file itself, where the module's name would lead elsewhere (``json.py``); else None.
    """

    place: str
    module: str
    folder: str
    names: tuple[str, ...] = ()
    file: str | None = None
