"""Which functions of the module an expression may call."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from whichpool.hazards.bindings import statements
from whichpool.hazards.looking import Captured
from whichpool.hazards.module import FunctionNode
from whichpool.hazards.scope import Scope, decorated_with
from whichpool.hazards.things import class_thing, class_values, instance_values, lineage, thing

_DEEPEST = 6  # from name to name, from factory to what it returns
_WITH = ("__enter__", "__exit__", "__aenter__", "__aexit__")
_INDEXING = {ast.Load: "__getitem__", ast.Store: "__setitem__", ast.Del: "__delitem__"}
_MAKES_OBJECT = ("__init__", "__post_init__", "__new__")


@dataclass(frozen=True, slots=True)
class Callee:
    """A function that may be called.

    Attributes:
        function: Its syntax.
        around: The scope that it was defined in.
        owner: The class that it is a method of.
        receiver: What its first parameter stands for, where that is something captured.
        given: Whether the call gives it its first parameter unwritten, as that of a method.
    """

    function: FunctionNode
    around: Scope
    owner: ast.ClassDef | None = None
    receiver: Captured | None = None
    given: bool = False

    @property
    def makes_object(self) -> bool:
        """Whether it runs when an object is made: naming a class, as ``isinstance`` does, is not yet calling it."""
        return not isinstance(self.function, ast.Lambda) and self.function.name in _MAKES_OBJECT


def callees(node: ast.AST, scope: Scope, depth: int = 0, met: set[ast.AST] | None = None) -> Iterator[Callee]:
    """List the functions that calling an expression may run, as far as they stand in the same module.

    Args:
        node: The expression.
        scope: Where it stands.
        depth: How many names and factories have led to it.
        met: What has been looked at on the way: a name that is bound again and again leads to itself.
    """
    met = set() if met is None else met
    if depth > _DEEPEST:
        return
    match node:
        case ast.Name(id=name):
            for value, around in scope.definitions(name):
                if value in met:
                    continue
                met.add(value)
                yield from _of_value(value, around, depth + 1, met)
        case ast.Attribute(value=value, attr=attribute):
            for owner, receiver in owners(value, scope, depth + 1):
                yield from method(owner, attribute, scope, receiver, on_class=_is_class(value, scope))
        case ast.Subscript(value=value):
            for part in _displayed(value, scope):
                yield from callees(part, scope, depth + 1, met)
        case ast.IfExp(body=one, orelse=other) | ast.BoolOp(values=[one, other]):
            yield from callees(one, scope, depth + 1, met)
            yield from callees(other, scope, depth + 1, met)
        case _:
            yield from _of_value(node, scope, depth + 1, met)


def _displayed(table: ast.expr, scope: Scope) -> Iterator[ast.expr]:
    """List the functions in a table of them: ``HANDLERS = {"get": handle_get}``."""
    captured = thing(table, scope)
    for display in (*_definitions_of(table, scope), *(captured.values if captured else ())):
        if isinstance(display, ast.Dict | ast.List | ast.Tuple):
            for part in ast.iter_child_nodes(display):
                if isinstance(part, ast.Name | ast.Lambda | ast.Attribute):
                    yield part


def _of_value(value: ast.AST, scope: Scope, depth: int, met: set[ast.AST]) -> Iterator[Callee]:
    """List what calling a value runs; the value stands in the scope."""
    if depth > _DEEPEST:
        return
    if isinstance(value, FunctionNode):
        yield Callee(value, scope)
        yield from wrappers(value, scope, depth, met)
    elif isinstance(value, ast.ClassDef):
        for name in _MAKES_OBJECT:
            yield from method(value, name, scope, None, on_class=False)
    elif isinstance(value, ast.Call):
        yield from returned(value.func, scope, depth + 1, met)
        for owner, receiver in owners(value, scope, depth + 1):
            yield from method(owner, "__call__", scope, receiver, on_class=False)
        for argument in value.args:  # partial(function, …), lru_cache(…)(function), vectorize(function)
            if isinstance(argument, ast.Name | ast.Attribute | ast.Lambda):
                yield from callees(argument, scope, depth + 1, met)
    elif isinstance(value, ast.Name | ast.Attribute | ast.IfExp):
        yield from callees(value, scope, depth + 1, met)


def wrappers(function: FunctionNode, scope: Scope, depth: int = 0, met: set[ast.AST] | None = None) -> Iterator[Callee]:
    """List what the module's own decorators put around a function that is defined in the scope."""
    for decorator in () if isinstance(function, ast.Lambda) else function.decorator_list:
        yield from returned(decorator, scope, depth + 1, met)


def returned(factory: ast.expr, scope: Scope, depth: int = 0, met: set[ast.AST] | None = None) -> Iterator[Callee]:
    """List the inner functions that calling a factory, such as a decorator, in the scope hands out."""
    if depth > _DEEPEST:
        return
    if isinstance(factory, ast.Call):  # @retry(times=3): what the returned function returns
        makers = returned(factory.func, scope, depth + 1, met)
    else:
        makers = callees(factory, scope, depth + 1, met)
    for maker in makers:
        if isinstance(maker.function, ast.Lambda):
            continue
        within = Scope(scope.module, maker.function, maker.around, own=scope.own, owner=maker.owner)
        for statement in statements(maker.function.body):
            if isinstance(statement, ast.Return) and statement.value is not None:
                for name in _namesreturned(statement.value):
                    if isinstance(name, ast.Lambda) or name.id in within.variables:
                        yield from callees(name, within, depth + 1, met)


def _namesreturned(value: ast.expr) -> Iterator[ast.Name | ast.Lambda]:
    if isinstance(value, ast.Name | ast.Lambda):
        yield value
    elif isinstance(value, ast.Call):  # return update_wrapper(inner, function)
        yield from (argument for argument in value.args if isinstance(argument, ast.Name | ast.Lambda))


def method(
    owner: ast.ClassDef, name: str, scope: Scope, receiver: Captured | None, *, on_class: bool
) -> Iterator[Callee]:
    """Find a class's method, or an inherited one, with what its first parameter will be."""
    is_local = owner not in scope.module.bindings.get(owner.name, ())
    around = scope if is_local else Scope.of_module(scope.module)
    for value in class_values(owner, name, scope.module):
        if isinstance(value, ast.FunctionDef | ast.AsyncFunctionDef):
            if decorated_with(value, "staticmethod"):
                yield Callee(value, around, owner)
            elif decorated_with(value, "classmethod"):
                yield Callee(value, around, owner, class_thing(owner), given=True)
            else:
                yield Callee(value, around, owner, receiver, given=not on_class)


def operated(node: ast.AST, scope: Scope) -> Iterator[Callee]:
    """List the methods that a node runs without naming them."""
    for operand, name in operations(node):
        for owner, receiver in owners(operand, scope):
            is_class = receiver is not None and any(isinstance(value, ast.ClassDef) for value in receiver.values)
            if not is_class and (receiver is not None or isinstance(operand, ast.Call)):
                yield from method(owner, name, scope, receiver, on_class=False)


def operations(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """List what a node operates on, with the method's name: ``with LOG:``, ``CACHE[key]``, ``key in CACHE``."""
    match node:
        case ast.With(items=items) | ast.AsyncWith(items=items):
            yield from ((item.context_expr, name) for item in items for name in _WITH)
        case ast.Subscript(value=value, ctx=context):
            yield value, _INDEXING[type(context)]
        case ast.Compare(ops=[*_, ast.In() | ast.NotIn()], comparators=[*_, last]):
            yield last, "__contains__"
        case ast.For(iter=drawn) | ast.comprehension(iter=drawn):
            yield from ((drawn, name) for name in ("__iter__", "__next__"))
        case ast.Call(func=function):
            yield function, "__call__"


def owners(node: ast.expr, scope: Scope, depth: int = 0) -> Iterator[tuple[ast.ClassDef, Captured | None]]:
    """List the classes of the module whose instance, or which itself, an expression may be.

    Returns:
        Each class with the instance, where that is something captured.
    """
    if depth > _DEEPEST:
        return
    captured = thing(node, scope)
    if isinstance(node, ast.Name) and scope.owner and node.id == scope.receiver:
        yield scope.owner, captured
        return
    for value in (*_definitions_of(node, scope), *(captured.values if captured else ())):
        if isinstance(value, ast.ClassDef):
            yield value, None
        elif isinstance(value, ast.Call) and value is not node:
            yield from ((owner, captured) for owner, _ in owners(value, scope, depth + 1))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        yield from _made_by(node.func.id, scope)
    elif isinstance(node, ast.Attribute):
        for owner, _ in owners(node.value, scope, depth + 1):
            made = (scope.module.class_of(value) for value in instance_values(owner, node.attr))
            yield from ((one, captured) for one in made if one is not None)


def _made_by(name: str, scope: Scope) -> Iterator[tuple[ast.ClassDef, Captured | None]]:
    """Tell what calling a name makes: ``Counter()`` a new object, ``super()`` the receiver as one of its base."""
    if name == "super" and scope.owner:
        bases = list(lineage(scope.owner, scope.module))[1:2]
        yield from ((base, scope.captured(scope.receiver)) for base in bases)
    for value, _ in scope.definitions(name):
        if isinstance(value, ast.ClassDef):
            yield value, None


def _definitions_of(node: ast.expr, scope: Scope) -> tuple[ast.AST, ...]:
    """List what a name is bound to, or annotated as."""
    if not isinstance(node, ast.Name):
        return ()
    bound = tuple(value for value, around in scope.definitions(node.id) if not around.is_module)
    if bound:
        return bound
    arguments = scope.function.args
    for parameter in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if parameter.arg == node.id and isinstance(parameter.annotation, ast.Name):
            classes = scope.module.bindings.get(parameter.annotation.id, ())
            return tuple(ast.Call(parameter.annotation, [], []) for one in classes if isinstance(one, ast.ClassDef))
    return ()


def _is_class(node: ast.expr, scope: Scope) -> bool:
    if not isinstance(node, ast.Name) or node.id == scope.receiver:
        return False
    return any(isinstance(value, ast.ClassDef) for value, _ in scope.definitions(node.id))
