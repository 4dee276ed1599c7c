"""Assignments that look meant for a global and make a local: the article's ``result``, which stays None everywhere.

Python decides by the whole function: a name that it assigns anywhere is its own, unless ``global`` declares otherwise.
"""

import ast
from collections.abc import Iterator, Sequence

from whichpool.hazards.bindings import statements
from whichpool.hazards.effects import each
from whichpool.hazards.looking import Look, Reached, own_nodes
from whichpool.hazards.module import FunctionNode
from whichpool.hazards.scope import Scope
from whichpool.values.hazards import Finding, Hazard, PoolKind

_EVERYWHERE = tuple(PoolKind)


def find_assignments_that_stay_local(look: Look) -> Iterator[Finding]:
    """Find assignments to a local name that the module waits for in vain, and those that fail for being local."""
    for reached in look.reached:
        if isinstance(reached.node, ast.Lambda):
            continue
        scope = Scope(look.module, reached.node, None, own=True)
        for name, values in scope.variables.items():
            if name not in look.module.bindings or not values or name in reached.imported:
                continue
            stores = [node for node in own_nodes(reached.node) if _is_store(node, name)]
            if _fails(name, values, scope):
                yield _failing(look, reached, name, stores)
            elif _is_waited_for(look, name, reached.node) and not _is_meant_local(look, name, values, reached.node):
                yield _staying(look, reached, name, stores)


def _is_store(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)


def _failing(look: Look, reached: Reached, name: str, stores: Sequence[ast.AST]) -> Finding:
    return Finding(
        Hazard.ASSIGNMENT_STAYS_LOCAL,
        name,
        f"{name} is assigned in {reached.name}, and so local there; it is read before it has a value",
        each(_EVERYWHERE, f"every call raises UnboundLocalError: the module's {name} is another variable"),
        "return the new value: that works in every pool; `global` helps threads only, and needs a lock",
        tuple(look.module.spot(node, reached.name) for node in stores),
    )


def _staying(look: Look, reached: Reached, name: str, stores: Sequence[ast.AST]) -> Finding:
    placeholder = ast.unparse(look.module.bindings[name][0])
    return Finding(
        Hazard.ASSIGNMENT_STAYS_LOCAL,
        name,
        f"{name} in {reached.name} is a local variable; the module's {name} stays {placeholder}",
        each(_EVERYWHERE, f"the module's {name} stays {placeholder}, under threads and serially as well"),
        f"return {name} and use the returned value: that works in every pool; `global {name}` works for threads only",
        tuple(look.module.spot(node, reached.name) for node in (*stores, look.module.bindings[name][0])),
    )


def _fails(name: str, values: Sequence[ast.AST], scope: Scope) -> bool:
    """Tell whether every assignment in the function needs the value that only an earlier one could give."""
    arguments = scope.function.args
    parameters = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    if any(parameter is not None and parameter.arg == name for parameter in parameters):
        return False
    return all(isinstance(value, ast.AugAssign) or _reads_at_once(value, name) for value in values)


def _reads_at_once(value: ast.AST, name: str) -> bool:
    """Tell whether evaluating a value surely reads a name; what inner functions read, they read later."""
    if isinstance(value, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    if isinstance(value, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return _reads_at_once(value.generators[0].iter, name)
    if isinstance(value, ast.Name):
        return value.id == name and isinstance(value.ctx, ast.Load)
    if isinstance(value, ast.IfExp):
        return _reads_at_once(value.test, name)
    if isinstance(value, ast.BoolOp):
        return _reads_at_once(value.values[0], name)
    return any(_reads_at_once(child, name) for child in ast.iter_child_nodes(value))


def _is_waited_for(look: Look, name: str, function: FunctionNode) -> bool:
    """Tell whether the module binds a name to placeholders only, and yet reads it."""
    if not all(_is_placeholder(value) for value in look.module.bindings[name]):
        return False
    elsewhere = list(_evaluated_elsewhere(look, name, function))
    is_filled = any(_is_filled(node, name) for node in elsewhere)
    return not is_filled and any(_is_read(node, name) for node in elsewhere)


def _is_filled(node: ast.AST, name: str) -> bool:
    """Tell whether the module itself fills or drops a placeholder: ``table[key] = …``, ``del table``."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        return isinstance(node.value, ast.Name) and node.value.id == name
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Del)


def _is_placeholder(value: ast.AST) -> bool:
    match value:
        case ast.Constant(value=held):
            return not held
        case ast.List(elts=[]) | ast.Dict(keys=[]) | ast.Tuple(elts=[]):
            return True
        case ast.Call(func=ast.Name(id="list" | "dict" | "set" | "tuple"), args=[], keywords=[]):
            return True
        case _:
            return False


def _is_read(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)


def _evaluated_elsewhere(look: Look, name: str, function: FunctionNode) -> Iterator[ast.AST]:
    """Walk the top level, the main block included, and the other functions for which the name is the module's."""
    for statement in statements(look.module.tree.body):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            if statement is not function and name not in Scope(look.module, statement, None, own=True).variables:
                yield from own_nodes(statement)
        elif not isinstance(statement, ast.ClassDef):
            yield from ast.walk(statement)


def _is_meant_local(look: Look, name: str, values: Sequence[ast.AST], function: FunctionNode) -> bool:
    """Tell whether a function sees to the variable itself: it starts it, loops with it, or hands it back."""
    handed_back = (node for node in own_nodes(function) if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom))
    if any(_is_read(node, name) for back in handed_back for node in ast.walk(back)):
        return not _is_shown_as_none(look, name)
    loops = [node for node in own_nodes(function) if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension)]
    if any(_is_store(node, name) for loop in loops for node in ast.walk(loop.target)):
        return True
    declared_inside = any(isinstance(node, ast.Nonlocal) and name in node.names for node in ast.walk(function))
    return declared_inside or any(_is_placeholder(value) for value in values)


def _is_shown_as_none(look: Look, name: str) -> bool:
    """Tell whether the program itself reads a name that nothing but None is ever bound to, in no function either."""
    if any(isinstance(node, ast.Global) and name in node.names for node in look.module.nodes):
        return False
    is_none = all(isinstance(value, ast.Constant) and value.value is None for value in look.module.bindings[name])
    top = (statement for statement in statements(look.module.tree.body) if not isinstance(statement, FunctionNode))
    return is_none and any(_is_read(node, name) for statement in top for node in ast.walk(statement))
