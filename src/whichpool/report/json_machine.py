"""A machine as JSON: what it offers, and what things cost on it with the raw samples of every figure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from whichpool.machine.interpreter import Interpreter
from whichpool.machine.survey import Survey, has_interpreters
from whichpool.values import Costs, PoolCosts, SendingCosts
from whichpool.values.costs import estimate_of

SCHEMA = "whichpool.machine/1"


def as_json(survey: Survey, disturbances: Sequence[str], costs: Costs | None = None) -> dict[str, Any]:
    """Turn what was seen into what ``json.dumps`` takes."""
    machine = survey.machine
    return {
        "schema": SCHEMA,
        "machine": dict(machine.description),
        "memory_left": None if machine.memory is None else asdict(machine.memory),
        "pythons": [_python(each) for each in survey.pythons],
        "pools": [
            {"name": name, "available": reason is None, "reason": reason} for name, reason in survey.pools.items()
        ],
        "noise": asdict(survey.noise),
        "disturbances": list(disturbances),
        "costs": None if costs is None else _costs(costs),
    }


def _python(interpreter: Interpreter) -> Mapping[str, Any]:
    return {
        "path": interpreter.executable,
        "version": interpreter.version,
        "implementation": interpreter.implementation,
        "free_threaded": interpreter.is_free_threaded,
        "gil_is_on": interpreter.gil_is_on,
        "has_interpreters": has_interpreters(interpreter),
    }


def _costs(costs: Costs) -> Mapping[str, Any]:
    return {
        "python": costs.python,
        "measured_at_s": costs.measured_at_s,
        "elapsed_s": costs.elapsed_s,
        "pools": [_figures(each) for each in costs.pools],
        "sendings": [_figures(each) for each in costs.sendings],
        "missing": dict(costs.missing),
        "pipe_bytes_per_s": costs.pipe_bytes_per_s,
    }


def _figures(measured: PoolCosts | SendingCosts) -> dict[str, Any]:
    """Write a value's fields, samples with what they come to."""
    written = {}
    for field in fields(measured):
        value = getattr(measured, field.name)
        if isinstance(value, tuple):
            estimate = estimate_of(value)
            written[field.name] = None if estimate is None else {**asdict(estimate), "samples": list(value)}
        else:
            written[field.name] = value
    return written
