"""Globals that are empty until a function sets them which no worker runs, as ``main()`` does before it opens a pool."""

import ast
from collections.abc import Iterator

from whichpool.hazards.effects import each
from whichpool.hazards.initializers import initializers
from whichpool.hazards.looking import Look, own_nodes
from whichpool.hazards.module import FunctionNode
from whichpool.hazards.scripts import calls_of, own_function
from whichpool.values.hazards import IMPORTED, Finding, Hazard, Spot


def find_names_set_by_others(look: Look) -> Iterator[Finding]:
    """Find globals that the function reads and that importing the module leaves empty."""
    run = set(_run_by_workers(look))
    setters: dict[str, ast.FunctionDef] = {}
    for value in (value for values in look.module.bindings.values() for value in values):
        if isinstance(value, ast.FunctionDef) and value not in run:
            setters |= dict.fromkeys(_set_by(value), value)
    for function in run:
        for name in _set_by(function):
            setters.pop(name, None)
    uses: dict[str, list[Spot]] = {}
    for captured, reached, node in look.captured():
        if isinstance(node, ast.Name) and node.id == captured.name in setters and all(map(_is_none, captured.values)):
            uses.setdefault(node.id, []).append(look.module.spot(node, reached.name))
    for name, spots in uses.items():
        if not any(_is_tested(reached.node, name) for reached in look.reached):
            setter = setters[name]
            yield Finding(
                Hazard.STATE_ASSIGNED,
                name,
                f"{name} is set by {setter.name}(), which a worker does not run, and the function reads it",
                each(IMPORTED, f"a worker imports the module, where nobody has set {name} yet"),
                f"pass {name} as an argument, or set it in each worker: ProcessPoolExecutor(initializer=…)",
                (*spots, look.module.spot(setter, setter.name)),
            )


def _run_by_workers(look: Look) -> Iterator[FunctionNode]:
    """List what runs in a worker: what the target reaches, initializers, and what importing the module calls."""
    yield from (reached.node for reached in look.reached)
    yield from initializers(look.module)
    for statement in look.module.top_level():
        for call in calls_of(statement):
            own = own_function(look.module, call)
            if own is not None:
                yield own


def _set_by(function: FunctionNode) -> list[str]:
    return [name for node in own_nodes(function) if isinstance(node, ast.Global) for name in node.names]


def _is_none(value: ast.AST) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _is_tested(function: ast.AST, name: str) -> bool:
    """Tell whether a function asks whether a name is set at all: ``if NAME is None``, ``NAME or …``."""
    for node in ast.walk(function):
        tests: list[ast.expr] = []
        if isinstance(node, ast.If | ast.IfExp | ast.While):
            tests = [node.test]
        elif isinstance(node, ast.BoolOp):
            tests = node.values
        if any(isinstance(part, ast.Name) and part.id == name for test in tests for part in ast.walk(test)):
            return True
    return False
