"""What a look leads to in other modules of the user's: each is read by itself, as far as it is called."""

import ast
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NamedTuple

from whichpool.hazards.accesses import accesses
from whichpool.hazards.callees import Callee, operations, returned
from whichpool.hazards.following import Target, follow_import, target_in
from whichpool.hazards.looking import Captured, Look, Reached, own_nodes
from whichpool.hazards.module import Module
from whichpool.hazards.passing import passed
from whichpool.hazards.reach import reach
from whichpool.hazards.scope import Scope
from whichpool.hazards.things import class_values, is_made_container, lineage
from whichpool.hazards.users import Users, import_folders

_Given = Mapping[str, Captured | None]

_MOST_LOOKS = 100  # a bound on the time; what comes first is nearest to the target
_MADE = frozenset({"__init__", "__new__", "__post_init__"})
"""Methods that run when an object is made."""


@dataclass(frozen=True, slots=True, eq=False)
class _Crossing:
    """Something of another module that is used.

    Attributes:
        origin: Where it comes from, with dots.
        call: The call of it; None where it is only named, as what is handed on is.
        things: What the expressions around stand for.
        locked: Whether a lock is held meanwhile.
        receiver: The object whose method it is, where that is captured.
        decorator: The expression that decorates the function, where it does.
    """

    origin: str
    call: ast.Call | None = None
    things: Mapping[ast.AST, Captured] = field(default_factory=dict)
    locked: bool = False
    receiver: Captured | None = None
    decorator: ast.expr | None = None


class _Arguments(Enum):
    """Which of a function's parameters get the arguments of a call."""

    ALL = "all"
    BEHIND_THE_FIRST = "those behind the object that a method belongs to"
    NONE = "none: the call is another function's"


class _Reachable(NamedTuple):
    """A function that may run, and which of its parameters the call fills."""

    target: Target
    arguments: _Arguments


def looks_elsewhere(look: Look) -> tuple[list[Look], list[str]]:
    """Follow the calls of a look into modules which neither come with Python nor were installed.

    A class counts as used with those of its methods whose names are called anywhere in the functions that make it: so
    does rapid type analysis (Bacon and Sweeney, OOPSLA 1996).

    Returns:
        A look at each function that is called there; and the names of those that cannot be read, or are too many.
    """
    looks: list[Look] = []
    unread: dict[str, None] = {}
    pending, seen = deque([look]), set[tuple[object, ...]]()
    users = Users()
    while pending:
        current = pending.popleft()
        for crossing in _crossings(current, users):
            targets = _targets(crossing, current)
            visits = [(one.target, _given(crossing, one, current.module)) for one in targets or ()]
            new = [visit for visit in visits if _key(*visit, crossing) not in seen]
            if targets is None or (new and len(looks) >= _MOST_LOOKS):
                unread[crossing.origin.lstrip(".")] = None
                continue
            seen.update(_key(*visit, crossing) for visit in new)
            more = [_look(target, crossing, given) for target, given in new]
            looks += more
            pending += more
    return looks, list(unread)


def _key(target: Target, given: _Given, crossing: _Crossing) -> tuple[object, ...]:
    receiver = crossing.receiver and (crossing.receiver.kind, crossing.receiver.values)  # by whatever name
    return target.node, crossing.locked, receiver, frozenset(given.items())


def _crossings(look: Look, users: Users) -> Iterator[_Crossing]:
    """List what the functions reached use of other modules of the user's."""
    for reached in look.reached:
        for crossing in (*_decorating(reached, look.module), *_used(reached, look.module)):
            if users.have(crossing.origin, look.module):
                yield crossing


def _decorating(reached: Reached, module: Module) -> Iterator[_Crossing]:
    for decorator in getattr(reached.node, "decorator_list", ()):
        maker = decorator.func if isinstance(decorator, ast.Call) else decorator
        origin = module.dotted(maker, reached.imported)
        if origin is not None:
            yield _Crossing(origin, decorator=decorator)


def _used(reached: Reached, module: Module) -> Iterator[_Crossing]:
    nodes = own_nodes(reached.node)
    called = {node.func for node in nodes if isinstance(node, ast.Call)}
    own = Scope(module, reached.node, None, own=True).variables.keys() - reached.imported.keys()
    for node in nodes:
        if _root(node) in own:  # a variable by the name of something imported
            continue
        locked = node in reached.locked
        if isinstance(node, ast.Call):
            for origin, receiver in _called(node, reached, module):
                yield _Crossing(origin, node, reached.things, locked, receiver)
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load) and node not in called:
            handed_on = module.dotted(node, reached.imported)
            if handed_on is not None:
                yield _Crossing(handed_on, locked=locked)
        for operand, name in operations(node):
            for origin, receiver in _methods(operand, name, reached, module):
                yield _Crossing(origin, locked=locked, receiver=receiver)


def _root(node: ast.AST) -> str:
    """Name what a chain of attributes, or a call of one, begins with."""
    node = node.func if isinstance(node, ast.Call) else node
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _called(call: ast.Call, reached: Reached, module: Module) -> Iterator[tuple[str, Captured | None]]:
    """Tell where a called function comes from, and the object whose method it is, where that is captured."""
    function = call.func
    origin = module.dotted(function, reached.imported)
    if origin is not None:
        yield origin, None
    elif isinstance(function, ast.Attribute):
        yield from _methods(function.value, function.attr, reached, module)
    elif isinstance(function, ast.Name) and isinstance(made := module.last(function.id), ast.ClassDef):
        for base in (base for one in lineage(made, module) for base in one.bases):
            if (origin := module.dotted(base)) is not None:
                yield origin, None


def _methods(value: ast.expr, name: str, reached: Reached, module: Module) -> Iterator[tuple[str, Captured]]:
    """Tell where a method comes from of something captured that a class of another module made."""
    receiver = reached.things.get(value)
    for made in receiver.values if receiver is not None else ():
        origin = module.dotted(made.func, reached.imported) if isinstance(made, ast.Call) else None
        if receiver is not None and origin is not None:
            yield f"{origin}.{name}", receiver


def _targets(crossing: _Crossing, look: Look) -> list[_Reachable] | None:
    """List the functions that may run: one, or some of a class's; None where what is called cannot be read."""
    is_called = crossing.call is not None
    try:
        home = follow_import(look.module, crossing.origin, import_folders(look.module))
    except SyntaxError:  # a text that is not written as it says
        home = None
    if home is None:
        return None if is_called else []
    module, name = home
    if crossing.decorator is not None:
        return [_Reachable(target, _Arguments.NONE) for target in _wrappers(crossing.decorator, module, name)]
    first, _, rest = name.partition(".")
    bound = module.last(first)
    if isinstance(bound, ast.ClassDef) and not rest:
        return list(_methods_run(module, name, bound, look)) if is_called else []  # ``isinstance`` runs nothing of it
    if isinstance(bound, ast.Call) and not (rest or is_called):  # an object that is named, and not called
        return []
    target = target_in(module, name)
    if target is None:  # a method of data, or one that the class does not define itself, is none of the user's
        return None if is_called and not rest else []
    is_method = bool(rest) and (crossing.receiver is not None or not isinstance(bound, ast.ClassDef))
    return [_Reachable(target, _Arguments.BEHIND_THE_FIRST if is_method else _Arguments.ALL)]


def _methods_run(module: Module, name: str, made: ast.ClassDef, look: Look) -> Iterator[_Reachable]:
    """List those of a class's methods that run when it is called, and those whose names are used."""
    names = _MADE | _names_used(look)
    for method in sorted(each for each in names if class_values(made, each, module)):
        target = target_in(module, f"{name}.{method}")
        if target is not None:
            yield _Reachable(target, _Arguments.BEHIND_THE_FIRST if method in _MADE else _Arguments.NONE)


def _wrappers(decorator: ast.expr, module: Module, name: str) -> Iterator[Target]:
    """List what a decorator puts around a function; itself it runs before any call."""
    here: ast.expr = ast.Name(name, ast.Load())
    if isinstance(decorator, ast.Call):
        here = ast.Call(here, [], [])
    for callee in returned(here, Scope.of_module(module)):
        if isinstance(callee.function, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Target(module, callee.function.name, callee.function)


def _names_used(look: Look) -> set[str]:
    """List the attributes that are named, and the methods that syntax runs without a name."""
    nodes = [node for reached in look.reached for node in own_nodes(reached.node)]
    named = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return named | {name for node in nodes for _, name in operations(node)}


def _given(crossing: _Crossing, to: _Reachable, module: Module) -> _Given:
    """Tell what the parameters stand for that are given containers: what else there is could not be read there."""
    if crossing.call is None or to.arguments is _Arguments.NONE:
        return {}
    is_method = to.arguments is _Arguments.BEHIND_THE_FIRST
    callee = Callee(to.target.node, Scope.of_module(to.target.module), given=is_method)
    arguments = passed(crossing.call, callee, crossing.things)
    return {name: one and _carried(one, module) for name, one in arguments.items()}


def _carried(captured: Captured, module: Module) -> Captured | None:
    containers = [value for value in captured.values if is_made_container(value, module)]
    return replace(captured, values=tuple(containers)) if containers and not captured.element else None


def _look(target: Target, crossing: _Crossing, given: _Given) -> Look:
    receiver = crossing.receiver
    if receiver is not None:  # as that module would make it
        made = ast.Call(ast.Name(target.name.partition(".")[0], ast.Load()), [], [])
        receiver = replace(receiver, values=(made,))
    reached = reach(target.module, target.name, target.node, receiver=receiver, given=given, locked=crossing.locked)
    return Look(target.module, target.name, "", target.node, reached, accesses(target.module, reached))
