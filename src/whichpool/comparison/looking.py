"""The first look at a workload, under each Python that takes part."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from whichpool.comparison.kept_costs import kept_costs
from whichpool.comparison.race import Lab, as_text
from whichpool.decide.known_costs import with_costs
from whichpool.errors import Trouble, WhichpoolError, WorkloadFailed, WrongCall
from whichpool.values import Costs, Dissection, Failure, Options, Python

_LOOK_SHARE = 0.12
_ALL_LOOKS_SHARE = 0.25
_LOOK_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Looks:
    """What the first look told.

    Attributes:
        taken: By Python, in their order; one at least.
        absent: The Pythons that take no part, with the reason.
    """

    taken: Mapping[Python, Dissection]
    absent: Mapping[Python, str]


def look(
    lab: Lab, options: Options, watch: Callable[[str], object], kept: Callable[[Python], Costs | None] = kept_costs
) -> Looks:
    """Take a first look under each Python: the facts, and what an item takes.

    A Python that does not work, or that lacks what the target imports, costs itself and none of the others.

    Args:
        lab: Where to look.
        options: What the user wants.
        watch: Told before each look.
        kept: Gives what things cost under a Python, where that is known from before; it fills what a look leaves open.

    Raises:
        WhichpoolError: No Python can run the workload; where several were asked, this is what the first of them says.
    """
    taken: dict[Python, Dissection] = {}
    troubles: dict[Python, WhichpoolError] = {}
    for python in options.pythons:
        watch("looking at the workload" + (f" under {python}" if python.name else ""))
        try:
            found = _look(lab, options, python)
            _refuse_other_items(found, taken)
        except WhichpoolError as error:
            troubles[python] = error
        else:
            taken[python] = _completed(found, kept(python))
    if not taken:
        first, *others = troubles.values()
        if others:
            told = "\n".join(f"{python}: {error}" for python, error in troubles.items())
            raise type(first)(told)
        raise first
    return Looks(taken, {python: str(error) for python, error in troubles.items()})


def _look(lab: Lab, options: Options, python: Python) -> Dissection:
    """Look under one Python.

    Raises:
        WrongCall: It cannot be used, or the workload cannot be run as it was written.
        WorkloadFailed: An item failed, or the workload could not even be loaded.
        ChildFailed: The interpreter does not work.
    """
    if python.problem:
        raise WrongCall(python.problem)
    limit_s = options.timeout_s or max(_LOOK_LIMIT_S, _ALL_LOOKS_SHARE * options.budget_s)
    box_s = min(_LOOK_SHARE, _ALL_LOOKS_SHARE / len(options.pythons)) * options.budget_s
    found = lab.dissect(python, options, box_s, limit_s)
    if isinstance(found, Failure):
        raise WorkloadFailed(as_text(found))
    if found.failure is not None and found.failure.trouble is Trouble.RAISED:
        raise WorkloadFailed(as_text(found.failure))
    return found


def _completed(found: Dissection, costs: Costs | None) -> Dissection:
    if found.anatomy is None or costs is None:
        return found
    return replace(found, anatomy=with_costs(found.anatomy, costs))


def _refuse_other_items(found: Dissection, taken: Mapping[Python, Dissection]) -> None:
    for python, first in taken.items():
        if found.facts.items != first.facts.items:
            message = f"here there are {found.facts.items:,} items, and {first.facts.items:,} under {python}"
            raise WrongCall(message)
