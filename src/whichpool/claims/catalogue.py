"""The claims there are, numbered as in the article: a claim is one file and one row."""

import inspect
from collections.abc import Callable  # noqa: TC003 - for the cast below
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from whichpool.values import Judgement, Measured


@dataclass(frozen=True, slots=True)
class Row:
    """A claim's entry in the catalogue.

    Attributes:
        number: Its number.
        statement: What the article or a reader says, in a line.
        module: The file with its experiment and its rule.
    """

    number: int
    statement: str
    module: str

    def measure(self) -> Measured:
        """Run the experiment here; see :mod:`whichpool.claims`."""
        return cast("Callable[[], Measured]", import_module(self.module).measure)()

    def judge(self, measured: Measured) -> Judgement:
        """Judge what the experiment saw."""
        return cast("Callable[[Measured], Judgement]", import_module(self.module).judge)(measured)

    def source(self) -> str:
        """Give the text of that file."""
        return inspect.getsource(import_module(self.module))


CATALOGUE = (
    Row(1, "Threads share one heap; processes have their own.", "whichpool.claims.heap"),
    Row(2, "The main program's result stays None.", "whichpool.claims.stays_none"),
    Row(3, "The GIL lets one thread at a time run Python.", "whichpool.claims.one_at_a_time"),
    Row(4, "Only the GIL keeps two threads from writing to one place at once.", "whichpool.claims.lost_updates"),
    Row(5, "Threads suit I/O-bound work.", "whichpool.claims.waiting"),
    Row(6, "Threads keep a user interface responsive.", "whichpool.claims.responsive"),
    Row(7, "A thread cannot be killed; a process can.", "whichpool.claims.killing"),
    Row(8, "Threads are lightweight; processes need more memory.", "whichpool.claims.footprint"),
    Row(9, "Processes start slower; once running there is not much difference.", "whichpool.claims.starting"),
    Row(10, "Exchanging data between processes costs more.", "whichpool.claims.exchanging"),
    Row(11, "Processes use several cores and bypass the GIL.", "whichpool.claims.several_cores"),
    Row(12, "A leak in one thread harms the others and the parent.", "whichpool.claims.leaking"),
    Row(13, "Running tasks in parallel reduces the time of execution.", "whichpool.claims.execution_time"),
)
NUMBERS = tuple(row.number for row in CATALOGUE)


def find(number: int) -> Row:
    """Look a claim up by its number.

    Raises:
        KeyError: There is no such claim.
    """
    return {row.number: row for row in CATALOGUE}[number]
