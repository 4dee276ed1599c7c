"""What statements bind names to."""

import ast
from collections.abc import Iterable, Iterator
from itertools import chain

OWN_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
"""What is a block of its own: its statements run at another time, or bind names of their own."""


def imports(among: Iterable[ast.AST]) -> dict[str, str]:
    """Tell what each name that these statements import stands for."""
    found = {}
    for statement in among:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                found[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(statement, ast.ImportFrom):
            start = "." * statement.level + (f"{statement.module}." if statement.module else "")
            found |= {alias.asname or alias.name: start + alias.name for alias in statement.names if alias.name != "*"}
    return found


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """List statements with those inside ``if``, ``try``, ``with``, loops and ``match``, in the order of the text."""
    for statement in body:
        yield statement
        if isinstance(statement, OWN_SCOPE):
            continue
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.stmt):
                yield from statements([child])
            elif isinstance(child, ast.ExceptHandler | ast.match_case):
                yield from statements(child.body)


def bound(statement: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    """List what a statement itself binds, its inner statements left aside."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, statement
            return
        case ast.Assign(targets=targets, value=value):
            yield from chain.from_iterable(_unpacked(target, value) for target in targets)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from _unpacked(target, value)
        case ast.AugAssign(target=ast.Name(id=name)):
            yield name, statement
        case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
            yield from _unpacked(target, value)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            yield from chain.from_iterable(_unpacked(item.optional_vars, item.context_expr) for item in items)
    for walrus in _walruses(statement):
        yield walrus.target.id, walrus.value


def written(node: ast.AST) -> Iterator[ast.expr]:
    """List what an assignment or a ``del`` writes, one by one: ``a`` and ``b[0]`` in ``a, b[0] = …``."""
    if isinstance(node, ast.Assign | ast.Delete):
        yield from chain.from_iterable(map(_each_of, node.targets))
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        yield node.target


def _each_of(target: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, ast.Tuple | ast.List):
        yield from chain.from_iterable(map(_each_of, target.elts))
    else:
        yield target.value if isinstance(target, ast.Starred) else target


def _unpacked(target: ast.expr | None, value: ast.expr) -> Iterator[tuple[str, ast.AST]]:
    """Pair the names of a target with their values; what comes out of one value together has that value."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Starred):
        yield from _unpacked(target.value, value)
    elif isinstance(target, ast.Tuple | ast.List):
        parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
        one_each = len(parts) == len(target.elts) and not any(
            isinstance(e, ast.Starred) for e in [*parts, *target.elts]
        )
        for index, element in enumerate(target.elts):
            yield from _unpacked(element, parts[index] if one_each else value)


def _walruses(node: ast.AST) -> Iterator[ast.NamedExpr]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.NamedExpr):
            yield child
        if not isinstance(child, (*OWN_SCOPE, ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield from _walruses(child)
