"""The pools there are, the simplest first: a new pool is one new file and one row here."""

from dataclasses import dataclass
from importlib import import_module
from typing import cast

from whichpool.pools.protocol import Pool


@dataclass(frozen=True, slots=True)
class Row:
    """A pool's entry in the catalogue.

    Attributes:
        name: What users call it.
        module: The file that opens it, imported when it is first used.
        handover_s: About what handing over one chunk and getting it back costs, in seconds, where it was not tried.
        starts_processes: Whether it has start methods to choose from.
        most_workers_per_core: How far up the ladder of worker counts goes.
    """

    name: str
    module: str
    handover_s: float
    starts_processes: bool = False
    most_workers_per_core: int = 1

    def load(self) -> Pool:
        """Import the pool's file and return what opens it."""
        return cast("Pool", import_module(self.module).open_pool)


CATALOGUE = (
    Row("serial", "whichpool.pools.serial", handover_s=0.0),
    Row("threads", "whichpool.pools.threads", handover_s=20e-6, most_workers_per_core=32),
    Row("processes", "whichpool.pools.processes", handover_s=200e-6, starts_processes=True, most_workers_per_core=8),
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
