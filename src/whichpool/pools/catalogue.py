"""The pools there are, the simplest first: a new pool is one new file and one row here."""

import platform
import sys
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from typing import cast

from whichpool.pools.protocol import Pool


class Workers(StrEnum):
    """What the workers of a pool are, the least apart from the caller first."""

    CALLER = "caller"
    TASKS = "tasks"
    THREADS = "threads"
    INTERPRETERS = "interpreters"
    PROCESSES = "processes"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class Row:
    """A pool's entry in the catalogue.

    Attributes:
        name: What users call it.
        module: The file that opens it, imported when it is first used.
        workers: What its workers are.
        handover_s: About what handing over one chunk and getting it back costs, in seconds, where it was not tried.
        most_workers_per_core: How far up the ladder of worker counts goes.
        has_start_methods: Whether its processes can be started in several ways.
        takes_closures: Whether it can send a function that has no name another process could import.
        package: What has to be installed for it; None where it comes with Python.
        since: The first Python that has it.
    """

    name: str
    module: str
    workers: Workers
    handover_s: float
    most_workers_per_core: int = 1
    has_start_methods: bool = False
    takes_closures: bool = False
    package: str | None = None
    since: tuple[int, int] = (3, 11)

    @property
    def shares_memory(self) -> bool:
        """Whether its workers see the caller's own objects; if not, all that they get and give is pickled."""
        return self.workers in {Workers.CALLER, Workers.TASKS, Workers.THREADS}

    @property
    def shares_gil(self) -> bool:
        """Whether its workers hold the GIL in turns, where there is one."""
        return self.shares_memory

    @property
    def has_processes(self) -> bool:
        """Whether its workers are processes of their own, which may die without the caller."""
        return self.workers in {Workers.PROCESSES, Workers.CLUSTER}

    @property
    def is_cluster(self) -> bool:
        """Whether it is an engine with a cluster of its own, or one that runs elsewhere."""
        return self.workers is Workers.CLUSTER

    @property
    def is_async_only(self) -> bool:
        """Whether it runs ``async def`` functions and no others."""
        return self.workers is Workers.TASKS

    def load(self) -> Pool:
        """Import the pool's file and return what opens it."""
        return cast("Pool", import_module(self.module).open_pool)

    def why_missing(self) -> str | None:
        """Say why this Python does not have the pool, and what helps; None where it does."""
        if sys.version_info < self.since:
            first = ".".join(map(str, self.since))
            return (
                f"Python {platform.python_version()} has no such pool; {first} is the first that has: --python {first}"
            )
        # a package that is there and broken is not missing: it shows its own error when it is imported
        if self.package is not None and find_spec(self.package) is None:
            return f"{self.package} is not installed: {sys.executable} -m pip install {self.package}"
        return None


CATALOGUE = (
    Row("serial", "whichpool.pools.serial", Workers.CALLER, handover_s=0.0),
    Row("asyncio", "whichpool.pools.tasks", Workers.TASKS, handover_s=20e-6, most_workers_per_core=512),
    Row("threads", "whichpool.pools.threads", Workers.THREADS, handover_s=20e-6, most_workers_per_core=32),
    Row(
        "processes",
        "whichpool.pools.processes",
        Workers.PROCESSES,
        handover_s=200e-6,
        most_workers_per_core=8,
        has_start_methods=True,
    ),
    Row(
        "interpreters",
        "whichpool.pools.interpreters",
        Workers.INTERPRETERS,
        handover_s=150e-6,
        most_workers_per_core=8,
        since=(3, 14),
    ),
    Row(
        "loky",
        "whichpool.pools.loky",
        Workers.PROCESSES,
        handover_s=300e-6,
        most_workers_per_core=8,
        takes_closures=True,
        package="loky",
    ),
    Row(
        "dask",
        "whichpool.pools.dask",
        Workers.CLUSTER,
        handover_s=1e-3,
        most_workers_per_core=2,
        takes_closures=True,
        package="distributed",
    ),
    Row(
        "ray",
        "whichpool.pools.ray",
        Workers.CLUSTER,
        handover_s=1e-3,
        most_workers_per_core=2,
        takes_closures=True,
        package="ray",
    ),
)
NAMES = tuple(row.name for row in CATALOGUE)


def find(name: str) -> Row:
    """Look a pool up by its name.

    Raises:
        KeyError: There is no such pool.
    """
    return {row.name: row for row in CATALOGUE}[name]


def simplicity(name: str) -> int:
    """Tell a pool's place from the simplest (0) on; of two that are as fast, the simpler one is the answer."""
    return NAMES.index(name)


def beside(row: Row) -> Row | None:
    """Find the simpler pool whose workers are of the same kind; None where there is none."""
    simplest = next(other for other in CATALOGUE if other.workers is row.workers)
    return None if simplest is row else simplest
