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
from whichpool.values import Outcome, Record, Workload


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
    anatomy, facts, plan = evidence.anatomy, evidence.facts, evidence.plan
    held = None if anatomy is None else gil_held_by_race(anatomy, found)
    outlook = outlook and verdict.outcome is not Outcome.UNDECIDED
    return Record(
        workload=replace(workload, function_pickle=b"", items_pickle=b""),
        facts=facts,
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
        prospects=prospects(anatomy, held, facts, evidence.options, plan.cores) if anatomy and held else (),
    )
