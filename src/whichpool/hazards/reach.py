"""Which functions of its module a call of the target runs, and what each name within them stands for.

Every function of the module that is called or handed on counts as run, so do the wrappers that the module's decorators
put around the target. What a call passes on is followed: a parameter that gets ``CACHE`` stands for it.
"""

import ast
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from whichpool.hazards.bindings import statements
from whichpool.hazards.callees import Callee, callees, operated, owners, wrappers
from whichpool.hazards.looking import Captured, CaptureKind, Reached, own_nodes
from whichpool.hazards.module import FunctionNode, Module
from whichpool.hazards.passing import defaults, passed
from whichpool.hazards.scope import Scope, decorated_with
from whichpool.hazards.things import class_thing
from whichpool.hazards.walk import Walk

MOST_FUNCTIONS = 200  # a bound on the time; what comes first in the order of calls is nearest to the target
"""How many functions are followed."""

_Visit = tuple[Callee, Mapping[str, Captured | None], bool]
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def reach(  # noqa: PLR0913 - what is known of the call
    module: Module,
    name: str,
    target: FunctionNode,
    *,
    is_bound: bool = False,
    receiver: Captured | None = None,
    given: Mapping[str, Captured | None] = MappingProxyType({}),
    locked: bool = False,
) -> tuple[Reached, ...]:
    """Follow the calls from a target.

    Args:
        module: The module that it stands in.
        name: How it was asked for: ``function``, ``Class.method`` or ``INSTANCE.method``.
        target: Its syntax.
        is_bound: Whether it is known to be bound to an object, whatever its name says.
        receiver: That object, where it is known.
        given: What its parameters stand for, as far as that is known.
        locked: Whether it is called while a lock is held.

    Returns:
        The functions reached, the target first; a function that is called with different captured things comes anew.
    """
    paths = dict(_definitions(module.tree.body, ()))
    pending: deque[_Visit] = deque()
    for callee in _beginning(module, name, target, paths.get(target, ()), is_bound=is_bound):
        if callee.function is target:
            pending.append((replace(callee, receiver=receiver or callee.receiver), given, locked))
        else:
            pending.append((callee, {}, False))
    seen = set[tuple[object, ...]]()
    found: list[Reached] = []
    while pending and len(found) < MOST_FUNCTIONS:
        callee, arguments, is_locked = pending.popleft()
        scope = Scope(module, callee.function, callee.around, own=True, owner=callee.owner)
        scope.aliases.update({**defaults(callee.function, callee.around), **arguments})
        if callee.receiver and scope.receiver:
            scope.aliases[scope.receiver] = callee.receiver
        frame = None if callee.around.is_module else callee.around.function
        key = (callee.function, frame, frozenset(item for item in scope.aliases.items() if item[1]), is_locked)
        if key in seen:
            continue
        seen.add(key)
        walk = Walk(scope, locked=is_locked)
        full_name = _full_name(callee.function, paths) or (name if callee.function is target else "<lambda>")
        found.append(Reached(callee.function, full_name, walk.things, frozenset(walk.locked), scope.imported))
        pending.extend(_next(scope, walk))
    return tuple(found)


def _full_name(function: FunctionNode, paths: Mapping[ast.AST, tuple[_Definition, ...]]) -> str:
    if isinstance(function, ast.Lambda):
        return ""
    return ".".join([*(outer.name for outer in paths.get(function, ())), function.name])


def _definitions(
    body: Sequence[ast.stmt], around: tuple[_Definition, ...]
) -> Iterator[tuple[ast.AST, tuple[_Definition, ...]]]:
    """List every function and class of a module with those around it."""
    for statement in statements(body):
        if isinstance(statement, _Definition):
            yield statement, around
            yield from _definitions(statement.body, (*around, statement))


def _beginning(
    module: Module, name: str, target: FunctionNode, around: tuple[_Definition, ...], *, is_bound: bool
) -> Iterator[Callee]:
    """Find how the target is bound: to an object that is there before the call, or to the scopes around it."""
    scope = Scope.of_module(module)
    for outer in around or _around_lambda(module, target):
        if not isinstance(outer, ast.ClassDef):
            scope = Scope(module, outer, scope, own=False)
    owner = around[-1] if around and isinstance(around[-1], ast.ClassDef) else None
    receiver = _receiver(module, name, target, owner, is_bound=is_bound) if owner else None
    yield Callee(target, scope, owner, receiver, given=owner is not None)
    yield from wrappers(target, scope)
    if "." not in name and any(isinstance(value, ast.Call) for value in module.bindings.get(name, ())):
        for callee in callees(ast.Name(name, ast.Load()), Scope.of_module(module)):
            if callee.function is not target:
                yield callee


def _around_lambda(module: Module, target: FunctionNode) -> Iterator[_Definition]:
    """List the functions around a lambda, the outermost first."""
    if isinstance(target, ast.Lambda):
        for function in module.nodes:
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and target in ast.walk(function):
                yield function


def _receiver(
    module: Module, name: str, target: FunctionNode, owner: ast.ClassDef, *, is_bound: bool
) -> Captured | None:
    """Tell what ``self`` or ``cls`` is: INSTANCE in ``INSTANCE.method``, an argument in ``Class.method``."""
    parameters = [*target.args.posonlyargs, *target.args.args]
    if decorated_with(target, "staticmethod") or not parameters:
        return None
    if decorated_with(target, "classmethod"):
        return class_thing(owner)
    receiver = parameters[0].arg
    if is_bound:
        instance = ast.Call(ast.Name(owner.name, ast.Load()), [], [])
        return Captured(receiver, CaptureKind.BOUND, (instance,))
    first = name.partition(".")[0]
    base: ast.expr = ast.Name(first, ast.Load())
    if "." not in name:  # handler = COUNTER.add
        base = next((value.value for value in module.bindings.get(name, ()) if isinstance(value, ast.Attribute)), base)
    held = next((captured for _, captured in owners(base, Scope.of_module(module)) if captured), None)
    return held and Captured(receiver, CaptureKind.BOUND, held.values)


def _next(scope: Scope, walk: Walk) -> Iterator[_Visit]:
    """List what a function calls, and what it hands on to be called."""
    called = set[ast.AST]()
    for node in own_nodes(scope.function):
        for callee in operated(node, scope):
            yield callee, {}, node in walk.locked
        if isinstance(node, ast.Call):
            called.add(node.func)
            for callee in callees(node.func, scope):
                yield callee, passed(node, callee, walk.things), node in walk.locked
        elif isinstance(node, ast.Lambda):
            yield Callee(node, scope), {}, False
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load) and node not in called:
            for callee in callees(node, scope):
                if not callee.makes_object:
                    yield callee, {}, False
