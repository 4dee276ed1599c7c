"""Whether something that was imported turned the GIL on, in a Python that was built to run without."""

from collections.abc import Iterable, Iterator

from whichpool.lab.import_costs import ImportCosts, is_free_threaded
from whichpool.lab.provenance import foreign_extensions, listed
from whichpool.machine.gil import gil_is_on
from whichpool.values import Finding, Hazard, PoolKind, Unseen


def find_turned_gil_on(costs: ImportCosts, modules: Iterable[str]) -> Iterator[Finding | Unseen]:
    """Tell which module turned the GIL on.

    It says nothing where the GIL was asked for from the start, by ``-X gil=1`` or ``PYTHON_GIL=1``.

    Args:
        costs: What was seen while the target was imported.
        modules: What it needs; only what is compiled and does not come with Python can be in doubt.
    """
    if not is_free_threaded():
        if doubtful := foreign_extensions(modules):
            message = (
                f"whether {listed(doubtful)} turns the GIL on can only be tried with --python and a free-threaded build"
            )
            yield Unseen((PoolKind.FREE_THREADS,), message)
    elif gil_is_on() and not costs.gil_was_on:
        name = costs.turned_gil_on or "an import within the function"
        yield Finding(
            Hazard.TURNS_GIL_ON,
            name,
            f"{name} turned the GIL on: it does not declare that it can do without",
            {PoolKind.FREE_THREADS: f"{name} turns the GIL on: threads run Python code in turns, as with any build"},
            f"look for a release of {name} that supports free-threaded Python, or use processes",
            tried=True,
        )
