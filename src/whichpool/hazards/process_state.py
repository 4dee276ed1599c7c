"""What belongs to the process or to the thread and not to the call: settings, and thread-local values."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from whichpool.hazards.bindings import written
from whichpool.hazards.effects import ResourceKind, each, resource_finding
from whichpool.hazards.initializers import initializers
from whichpool.hazards.looking import Captured, Look, Reached, own_nodes
from whichpool.hazards.makers import kind_made
from whichpool.hazards.shared_settings import ASSIGNED, CALLS, DECIMAL, PREFIXES, Setting
from whichpool.values.hazards import THREADED, Finding, Hazard, Spot


def find_process_state(look: Look) -> Iterator[Finding]:
    """Find changes to what the whole process or the whole thread shares."""
    changes: dict[str, tuple[Setting, list[Spot]]] = {}
    for setting, spot in (*_called(look), *_assigned(look)):
        changes.setdefault(setting.name, (setting, []))[1].append(spot)
    for setting, spots in changes.values():
        message = f"the function {setting.deed}"
        yield Finding(
            Hazard.PROCESS_STATE, setting.name, message, setting.effects, setting.mend, tuple(dict.fromkeys(spots))
        )
    yield from _contexts_left_behind(look)


def _called(look: Look) -> Iterator[tuple[Setting, Spot]]:
    for origin, call, reached in look.calls():
        setting = CALLS.get(origin) or next((PREFIXES[start] for start in PREFIXES if origin.startswith(start)), None)
        if setting and not (origin == "locale.setlocale" and len(call.args) == 1):  # which only asks
            yield setting, look.module.spot(call, reached.name)


def _assigned(look: Look) -> Iterator[tuple[Setting, Spot]]:
    for reached in look.reached:
        for node in own_nodes(reached.node):
            for target in written(node):
                owner: ast.expr = target
                while isinstance(owner, ast.Attribute | ast.Subscript):
                    parts = (owner, owner.value) if isinstance(owner, ast.Subscript) else (owner,)
                    origins = [look.module.dotted(part, reached.imported) or "" for part in parts]
                    for origin in ASSIGNED.keys() & origins:
                        yield ASSIGNED[origin], look.module.spot(node, reached.name)
                    owner = owner.value
                made_by = look.module.dotted(owner.func, reached.imported) if isinstance(owner, ast.Call) else None
                if made_by == "decimal.getcontext":
                    yield DECIMAL, look.module.spot(node, reached.name)


def _contexts_left_behind(look: Look) -> Iterator[Finding]:
    """Find a decimal context that the module sets for its own thread, where the function computes with decimals."""
    used = [look.module.spot(call, r.name) for origin, call, r in look.calls() if origin == "decimal.Decimal"]
    if not used:
        return
    for statement in look.module.top_level():
        for target in written(statement):
            owner = target.value if isinstance(target, ast.Attribute) else None
            if isinstance(owner, ast.Call) and look.module.dotted(owner.func) == "decimal.getcontext":
                effect = "a new thread starts from decimal.DefaultContext: with the usual 28 digits"
                message = (
                    "the decimal context is set for the thread that imports the module, and the function relies on it"
                )
                mend = "use  with decimal.localcontext() as context:  inside the function"
                spots = (look.module.spot(statement), *used)
                yield Finding(Hazard.THREAD_LOCAL, "decimal context", message, each(THREADED, effect), mend, spots)
                return


def find_thread_locals(look: Look) -> Iterator[Finding]:
    """Find a ``threading.local`` that the function reads and nobody sets in the worker."""
    for name in dict.fromkeys(captured.name for captured, _, _ in look.captured() if _is_thread_local(look, captured)):
        prepared = set(_set_in(node for function in initializers(look.module) for node in own_nodes(function)))
        reads: dict[str, Spot] = {}
        for reached, attribute in _read_but_not_set(look, name):
            if ast.unparse(attribute) not in prepared:
                reads.setdefault(ast.unparse(attribute), look.module.spot(attribute, reached.name))
        if not reads:
            continue
        message = f"{', '.join(reads)} is read, and the function does not set it in its thread"
        found = resource_finding(ResourceKind.THREAD_LOCAL, name, message, tuple(reads.values()))
        if set(reads) <= set(_set_in(look.module.top_level())):  # importing sets it, in the one thread of a worker
            found = replace(found, effects={kind: found.effects[kind] for kind in THREADED})
        yield found


def _set_in(nodes: Iterable[ast.AST]) -> Iterator[str]:
    return (ast.unparse(target) for node in nodes for target in written(node))


def _is_thread_local(look: Look, captured: Captured) -> bool:
    return any(kind_made(look.module, value) is ResourceKind.THREAD_LOCAL for value in captured.values)


def _read_but_not_set(look: Look, name: str) -> list[tuple[Reached, ast.Attribute]]:
    """List the attributes that are read; none if one is set in the call, or it is asked first whether there is one."""
    reads = []
    for reached in look.reached:
        for node in own_nodes(reached.node):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name:
                if isinstance(node.ctx, ast.Store) or node.attr == "__dict__":
                    return []
                reads.append((reached, node))
            if isinstance(node, ast.Name) and node.id in {"hasattr", "getattr", "setattr", "AttributeError"}:
                return []
    return reads
