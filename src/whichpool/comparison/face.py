"""The library's face: a function for each question."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from whichpool.comparison.flow import compare_workload
from whichpool.comparison.packing import pack
from whichpool.comparison.watching import Watch
from whichpool.errors import WrongCall
from whichpool.lab.launch import Laboratory
from whichpool.machine.pythons import find_pythons
from whichpool.report import Report
from whichpool.values import Options

log = logging.getLogger("whichpool")


class Interrupted(KeyboardInterrupt):
    """A comparison was interrupted.

    Attributes:
        report: What was known by then; None when nothing had been measured.
    """

    def __init__(self, report: Report | None) -> None:
        """Keep what was measured."""
        super().__init__("the comparison was interrupted")
        self.report = report


def compare(
    function: Callable[..., Any],
    items: Iterable[Any],
    *,
    max_items: int = 100_000,
    watch: Watch = log.info,
    **options: Any,  # noqa: ANN401 - the fields of Options, each of its own type
) -> Report:
    """Find out by measuring in which pool ``function`` should be run over ``items``.

    The function runs many times, on all of the items or some, in processes of its own; side effects happen each time.
    A function that can be imported is found by name; any other (of a notebook, a lambda, a closure) travels by value.

    Args:
        function: What is called with each item.
        items: One call's argument each; a tuple is unpacked where the function does not take one argument alone.
        max_items: How many items an iterable without a length may give before it counts as endless.
        watch: Called with a :class:`whichpool.comparison.Progress` before every sample; ``print`` shows the lines.
        options: The fields of :class:`whichpool.values.Options`: ``budget_s``, ``pools``, ``workers``,
            ``chunksizes``, ``start_methods``, ``dask``, ``ray``, ``margin``, ``timeout_s``, ``what_if``; and
            ``pythons``, each by its path, command or version, or ``all``.

    Returns:
        The report; ``print`` shows it.

    Raises:
        WrongCall: The call cannot be carried out as it was made.
        WorkloadFailed: The function fails on its items.
        Interrupted: Ctrl-C was pressed; it holds the report of what was known by then.
    """
    if "pythons" in options:
        options["pythons"] = find_pythons(options["pythons"])
    try:
        wanted = Options(**options)
    except TypeError as error:
        message = f"{str(error).partition(' ')[2]}; the options are {', '.join(Options.__slots__)}"
        raise WrongCall(message) from None
    workload = pack(function, items, max_items)
    record, interrupt = compare_workload(workload, Laboratory(workload), wanted, watch=watch)
    report = None if record is None else Report(record)
    if interrupt is not None or report is None:
        raise Interrupted(report) from interrupt
    return report
