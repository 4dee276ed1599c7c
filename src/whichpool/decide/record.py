"""Everything that was concluded from the evidence, put together."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from whichpool.decide.break_even import break_even
from whichpool.decide.estimates import entries
from whichpool.decide.evidence import Evidence
from whichpool.decide.gil_demand import gil_held_by_race
from whichpool.decide.verdict import conclude
from whichpool.decide.what_if import prospects
from whichpool.values import Outcome, PythonSeen, Record, Workload


def make_record(
    workload: Workload, machine: Mapping[str, Any], evidence: Evidence, elapsed_s: float, *, outlook: bool
) -> Record:
    """Conclude from the evidence all there is to be concluded.

    Args:
        workload: What was compared.
        machine: The machine's description, ready for JSON.
        evidence: What was measured so far.
        elapsed_s: How long that took.
        outlook: Whether to make the forecasts for other jobs and machines as well, which takes a moment.
    """
    found = entries(evidence)
    verdict = conclude(evidence, found)
    are_calls = bool(workload.targets) and workload.items is None  # a job of more calls would be another job
    python, look = next(iter(evidence.looks.items()))
    anatomy, plan = look.anatomy, evidence.plan
    of_first = [entry for entry in found if entry.strategy.python == python]
    held = None if anatomy is None else gil_held_by_race(anatomy, of_first)
    outlook = outlook and verdict.outcome is not Outcome.UNDECIDED
    return Record(
        workload=replace(workload, function_pickle=b"", items_pickle=b""),
        facts=look.facts,
        machine=machine,
        measured_items=plan.measured_items,
        rounds=evidence.rounds,
        elapsed_s=elapsed_s,
        margin=evidence.options.margin,
        entries=found,
        verdict=verdict,
        anatomy=anatomy,
        gil_held=held,
        break_even=break_even(evidence, found, verdict) if outlook and not are_calls else None,
        pythons=_pythons(evidence),
        prospects=prospects(python, look, held, evidence.options, plan.cores) if held else (),
    )


def _pythons(evidence: Evidence) -> tuple[PythonSeen, ...]:
    """List the Pythons in the order in which they were asked for."""
    seen = {python: PythonSeen(python, look.facts, look.anatomy) for python, look in evidence.looks.items()}
    seen |= {python: PythonSeen(python, why_not=reason) for python, reason in evidence.absent.items()}
    return tuple(seen[python] for python in evidence.options.pythons if python in seen)
