"""An examination from its beginning: what the code shows before any of it runs, then the trial."""

import platform
import sys
from collections.abc import Iterator
from dataclasses import replace

from whichpool.errors import CallDoesNotFit
from whichpool.hazards.effects import BEFORE_IT_BEGINS
from whichpool.hazards.look import look_at_function, look_at_target
from whichpool.hazards.merging import merged
from whichpool.lab.examine import examine
from whichpool.lab.import_costs import import_costs
from whichpool.lab.importing import find_home, split
from whichpool.lab.target import load
from whichpool.lab.worker import rebuild
from whichpool.pools.chunk import Function
from whichpool.values import Examination, Facts, Finding, Hazard, PoolKind, Workload


def examinations(workload: Workload, *, trial: bool) -> Iterator[Examination | Facts]:
    """Look for hazards step by step; each examination holds what those before it do.

    Args:
        workload: What to look at; without a trial it needs no items.
        trial: Whether to load it and call the function.

    Raises:
        WrongCall: A name leads nowhere, or the items cannot be had.
    """
    by_value = workload.function_pickle
    sys.path[:0] = [entry for entry in workload.path if entry not in sys.path]
    with import_costs() as costs:
        seen = look_into(workload, rebuild(by_value)) if by_value else look(workload)  # a pickle imports what it needs
        yield seen
        if not trial:
            return
        try:
            loaded = load(workload)
        except CallDoesNotFit as error:
            if not any(finding.hazard is Hazard.CALL_DOES_NOT_FIT for finding in seen.findings):
                yield replace(seen, findings=merged(seen.findings, (_misfit(workload, str(error)),)))
            return
    yield loaded.facts
    yield from examine(loaded, seen, costs)


def look_into(workload: Workload, function: Function) -> Examination:
    """Read the code of a workload whose function is at hand."""
    return look_at_function(function, workload.source) if workload.function_pickle else look(workload)


def look(workload: Workload) -> Examination:
    """Read the code that a workload's targets name; nothing of it is executed.

    Raises:
        WrongCall: A target names no function.
    """
    looks = [_look(target, workload.folder) for target in workload.targets]
    findings: tuple[Finding, ...] = ()
    for each in looks:
        findings = merged(findings, each.findings)
    return Examination(
        platform.python_version(),
        tuple(dict.fromkeys(name for each in looks for name in each.functions)),
        findings,
        tuple(dict.fromkeys(unseen for each in looks for unseen in each.unseen)),
    )


def _look(target: str, folder: str) -> Examination:
    place, name, arguments = split(target)
    find_home(place, folder)  # refuses a file that is not there, with the names that are near
    return look_at_target(place, name, arguments, folder)


def _misfit(workload: Workload, message: str) -> Finding:
    effects = dict.fromkeys(PoolKind, BEFORE_IT_BEGINS)
    mend = "let the function take what it is called with, or call it with what it takes"
    return Finding(Hazard.CALL_DOES_NOT_FIT, workload.name, message, effects, mend, tried=True)
