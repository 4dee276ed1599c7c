"""What this machine offers to pools, and what things cost on it."""

from collections.abc import Callable
from dataclasses import dataclass

from whichpool.comparison.kept_costs import keep_costs, kept_costs
from whichpool.decide.quiet import disturbances
from whichpool.errors import ChildFailed
from whichpool.lab.launch import measure_costs
from whichpool.machine.survey import Survey, survey
from whichpool.values import Costs, Failure, Python

_LIMIT_S = 120.0

Measure = Callable[[Python, float], Costs | Failure]


def look_around() -> tuple[Survey, tuple[str, ...]]:
    """Look at the machine; tell what there is, and what would disturb a measurement just now."""
    seen = survey()
    return seen, disturbances(seen.noise)


@dataclass(frozen=True, slots=True)
class Priced:
    """What things cost.

    Attributes:
        costs: It.
        kept: Whether it was measured at another time.
        trouble: Why it was not kept for next time; None where it was.
    """

    costs: Costs
    kept: bool = False
    trouble: str | None = None


def price(
    python: Python, say: Callable[[], object], *, fresh: bool = False, measure: Measure = measure_costs
) -> Priced:
    """Tell what things cost under an interpreter: what is kept of it, or else what is measured now.

    Args:
        python: The interpreter.
        say: Called before anything is measured.
        fresh: Whether to measure in any case.
        measure: Measures, within a limit in seconds.

    Raises:
        WrongCall: The interpreter cannot be started.
        ChildFailed: The interpreter does not work, or broke off.
    """
    kept = None if fresh else kept_costs(python)
    if kept is not None:
        return Priced(kept, kept=True)
    say()
    costs = measure(python, _LIMIT_S)
    if isinstance(costs, Failure):
        message = f"what things cost could not be measured: {costs.message}"
        raise ChildFailed(message)
    return Priced(costs, trouble=keep_costs(python, costs))
