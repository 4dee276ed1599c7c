"""Writing what rests on an earlier reading: ``x += 1``, and ``if key not in cache: cache[key] = …``.

Between the reading and the writing another thread may have written, and what it wrote is lost.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from whichpool.hazards.bindings import written
from whichpool.hazards.looking import Captured, Reached, own_nodes

_LEAVES = ast.Return | ast.Raise | ast.Continue


@dataclass(frozen=True, slots=True)
class Update:
    """One writing that rests on a reading.

    Attributes:
        captured: What is read and written.
        node: The writing.
        how: How the two hang together: ``+=``, ``=`` or ``if``.
    """

    captured: Captured
    node: ast.AST
    how: str


def updates(reached: Reached, writes: Sequence[tuple[ast.AST, Captured]]) -> Iterator[Update]:
    """List the updates of a function.

    Args:
        reached: The function.
        writes: The nodes in it that assign or change something captured, and what.
    """
    by_node: dict[ast.AST, list[Captured]] = {}
    for node, captured in writes:
        by_node.setdefault(node, []).append(captured)
    yield from _in_statements(reached, by_node)
    yield from _after_checks(reached, by_node)


def _in_statements(reached: Reached, writes: Mapping[ast.AST, Sequence[Captured]]) -> Iterator[Update]:
    """Find values that are computed from the old ones, in one statement or by way of a variable."""
    rests_on: dict[str, set[str]] = {}
    for node in own_nodes(reached.node):
        match node:
            case ast.AugAssign(target=target):
                yield from (Update(captured, target, "+=") for captured in writes.get(target, ()))
            case ast.Assign(value=value):
                read = _read(value, reached, rests_on)
                for part in written(node):
                    if isinstance(part, ast.Name) and part not in writes:
                        rests_on[part.id] = read
                    also = _read(part.slice, reached, rests_on) if isinstance(part, ast.Subscript) else set()
                    for captured in writes.get(part, ()):
                        if captured.name in read | also:
                            yield Update(captured, part, "=")
            case ast.Call(args=arguments):
                read = {name for argument in arguments for name in _read(argument, reached, rests_on)}
                changed = {thing.name for part in _changed_by(node) if (thing := reached.things.get(part))}
                yield from (Update(one, node, "=") for one in writes.get(node, ()) if one.name in read & changed)


def _changed_by(call: ast.Call) -> Iterator[ast.expr]:
    """List what a call changes besides its arguments: ``ITEMS`` in ``ITEMS.append(len(ITEMS))``, and ``out=``."""
    if isinstance(call.func, ast.Attribute):
        yield call.func.value
    yield from (keyword.value for keyword in call.keywords if keyword.arg == "out")


def _read(value: ast.AST, reached: Reached, rests_on: Mapping[str, set[str]]) -> set[str]:
    """Name the captured things that a value is computed from, by way of variables as well."""
    read = set[str]()
    for node in ast.walk(value):
        if node in reached.things:
            read.add(reached.things[node].name)
        elif isinstance(node, ast.Name):
            read |= rests_on.get(node.id, set())
    return read


def _after_checks(reached: Reached, writes: Mapping[ast.AST, Sequence[Captured]]) -> Iterator[Update]:
    """Find what is checked first and written then: below the condition, or behind it where it leaves the function."""
    for node in own_nodes(reached.node):
        if isinstance(node, ast.If | ast.While):
            checked = _read(node.test, reached, {})
            yield from _written(checked, [*node.body, *node.orelse], writes)
        for block in _blocks(node) if node is not reached.node else ():
            yield from _behind(block, reached, writes)
    if isinstance(reached.node.body, list):
        yield from _behind(reached.node.body, reached, writes)


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list) and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield block


def _behind(
    block: Sequence[ast.stmt], reached: Reached, writes: Mapping[ast.AST, Sequence[Captured]]
) -> Iterator[Update]:
    for place, statement in enumerate(block):
        if isinstance(statement, ast.If) and statement.body and isinstance(statement.body[-1], _LEAVES):
            yield from _written(_read(statement.test, reached, {}), block[place + 1 :], writes)
        elif isinstance(statement, ast.Try) and statement.handlers:  # try: return CACHE[key]; except KeyError: …
            tried = {name for one in statement.body if isinstance(one, ast.Return) for name in _read(one, reached, {})}
            handled = [one for handler in statement.handlers for one in handler.body]
            yield from _written(tried, [*handled, *block[place + 1 :]], writes)


def _written(
    checked: set[str], block: Sequence[ast.stmt], writes: Mapping[ast.AST, Sequence[Captured]]
) -> Iterator[Update]:
    """List the writings in a block to what was checked."""
    if checked:
        for node in (node for statement in block for node in ast.walk(statement)):
            yield from (Update(captured, node, "if") for captured in writes.get(node, ()) if captured.name in checked)
