"""What an expression stands for, where that is something captured, or a part of it."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from whichpool.hazards.bindings import bound, statements
from whichpool.hazards.looking import Captured, CaptureKind
from whichpool.hazards.makers import kind_made
from whichpool.hazards.module import FunctionNode, Module
from whichpool.hazards.scope import Scope, decorated_with

_INNER = {"get", "setdefault", "values", "items", "keys", "most_common", "__getitem__"}  # methods that hand out items
_THROUGH = {"builtins.iter", "builtins.enumerate", "builtins.reversed", "builtins.zip", "builtins.next"}
_SELECTIONS = ast.Slice | ast.Compare | ast.List  # items[1:], frame[frame.a > 0], frame[["a", "b"]]: copies
_CHANGEABLE = {"builtins.list", "builtins.set", "builtins.bytearray", "collections.deque", "collections.Counter"}
_MAPPINGS = {"builtins.dict", "collections.defaultdict", "collections.OrderedDict"}
_DISPLAYS = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp


def thing(node: ast.AST | None, scope: Scope) -> Captured | None:
    """Tell what an expression stands for at this point of the walk; None for what is the call's own."""
    found: Captured | None = None
    match node:
        case ast.Name(id=name):
            found = scope.captured(name)
        case ast.Attribute(value=value, attr=attribute):
            found = _attribute(value, attribute, scope)
        case ast.Subscript(value=value, slice=index):
            found = thing(value, scope)
            is_view = found is not None and isinstance(index, ast.Slice) and is_array(found, scope.module)
            found = None if isinstance(index, _SELECTIONS) and not is_view else _within(found)
        case ast.Call():
            found = _called(node, scope)
        case ast.IfExp(body=body, orelse=orelse):
            found = thing(body, scope) or thing(orelse, scope)
        case ast.BoolOp(values=values):
            found = next((one for value in values if (one := thing(value, scope))), None)
        case ast.NamedExpr(value=value) | ast.Await(value=value) | ast.Starred(value=value):
            found = thing(value, scope)
    return found


def _within(captured: Captured | None) -> Captured | None:
    """Step from something to one of its items."""
    return captured and replace(captured, values=(), element=True)


def item_of(node: ast.AST | None, scope: Scope) -> Captured | None:
    """Tell what a loop over an expression draws from."""
    return _within(thing(node, scope))


def _attribute(value: ast.expr, attribute: str, scope: Scope) -> Captured | None:
    if attribute == "__class__":
        return _class_of_receiver(value, scope)
    base = thing(value, scope)
    if base is not None:
        return member(base, attribute, scope.module)
    if isinstance(value, ast.Name) and scope.owner and value.id == scope.receiver:
        return _shared_by_instances(scope.owner, attribute, scope.module)
    return None


def member(base: Captured, attribute: str, module: Module) -> Captured:
    """Step from something to one of its attributes."""
    if base.element:
        return base
    values = tuple(value for value in base.values for value in _attribute_values(value, attribute, module))
    return Captured(f"{base.name}.{attribute}", base.kind, values)


def _attribute_values(value: ast.AST, attribute: str, module: Module) -> Iterator[ast.AST]:
    if isinstance(value, ast.ClassDef):
        yield from class_values(value, attribute, module)
    elif isinstance(value, FunctionNode):
        return
    elif (made := module.class_of(value)) is not None:
        yield from class_values(made, attribute, module)
        for one in lineage(made, module):
            yield from instance_values(one, attribute)


def lineage(owner: ast.ClassDef, module: Module) -> Iterator[ast.ClassDef]:
    """List a class and its bases, as far as they stand in the same module."""
    pending, seen = [owner], set[ast.ClassDef]()
    while pending:
        current = pending.pop(0)
        if current in seen:
            continue
        seen.add(current)
        yield current
        for base in current.bases:
            if isinstance(base, ast.Name):
                pending += [found for found in module.bindings.get(base.id, ()) if isinstance(found, ast.ClassDef)]


def class_values(owner: ast.ClassDef, attribute: str, module: Module) -> tuple[ast.AST, ...]:
    """List what a class, or else the nearest of its bases, binds a name to."""
    return next((values for one in lineage(owner, module) if (values := _in_class(one).get(attribute))), ())


@lru_cache(maxsize=1024)
def _in_class(owner: ast.ClassDef) -> Mapping[str, tuple[ast.AST, ...]]:
    found: dict[str, tuple[ast.AST, ...]] = {}
    for statement in statements(owner.body):
        for name, value in bound(statement):
            found[name] = (*found.get(name, ()), value)
    return found


def instance_values(owner: ast.ClassDef, attribute: str) -> tuple[ast.AST, ...]:
    """List what the methods of a class assign to an attribute of ``self``."""
    return _in_instance(owner).get(attribute, ())


@lru_cache(maxsize=1024)
def _in_instance(owner: ast.ClassDef) -> Mapping[str, tuple[ast.AST, ...]]:
    found: dict[str, tuple[ast.AST, ...]] = {}
    for method in owner.body:
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and method.args.args:
            receiver = method.args.args[0].arg
            for statement in statements(method.body):
                if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
                    for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
                        match target:
                            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name == receiver:
                                found[attribute] = (*found.get(attribute, ()), statement.value)
    return found


def _shared_by_instances(owner: ast.ClassDef, attribute: str, module: Module) -> Captured | None:
    """Recognise a container of the class that looks like the instance's own: ``items = []`` in the class's body."""
    values = class_values(owner, attribute, module)
    classes = list(lineage(owner, module))
    is_dataclass = any(isinstance(value, ast.Call) and _ends_in(value.func, "field") for value in values)
    is_own = any(instance_values(one, attribute) for one in classes)
    if is_own or is_dataclass or not any(is_made_container(value, module) for value in values):
        return None
    return Captured(f"{owner.name}.{attribute}", CaptureKind.GLOBAL, values)


def changes_in_place(captured: Captured, module: Module) -> bool:
    """Tell whether ``+=`` changes the object itself, as that of a list does, and not only what a name stands for."""
    return any(
        isinstance(value, ast.List | ast.Set | ast.ListComp | ast.SetComp)
        or (isinstance(value, ast.Call) and _makes_changeable(module.dotted(value.func) or ""))
        for value in captured.values
    )


def is_made_container(value: ast.AST, module: Module) -> bool:
    """Tell whether an expression makes one of Python's own containers."""
    made = isinstance(value, ast.Call) and (module.dotted(value.func) or "")
    return isinstance(value, _DISPLAYS) or made in {*_CHANGEABLE, *_MAPPINGS}


def is_array(captured: Captured, module: Module) -> bool:
    """Tell whether a slice is a view and no copy, as NumPy's are."""
    calls = (value for value in captured.values if isinstance(value, ast.Call))
    return any((module.dotted(call.func) or "").startswith("numpy.") for call in calls)


def _makes_changeable(origin: str) -> bool:
    return origin in _CHANGEABLE or origin.startswith("numpy.")


def _ends_in(function: ast.expr, name: str) -> bool:
    return (isinstance(function, ast.Name) and function.id == name) or (
        isinstance(function, ast.Attribute) and function.attr == name
    )


def _called(call: ast.Call, scope: Scope) -> Captured | None:
    function = call.func
    if isinstance(function, ast.Attribute):
        base = thing(function.value, scope) if function.attr in _INNER else None
        return _within(base) if base and _is_container(base, scope) else None
    match scope.module.dotted(function, scope.imported), call.args:
        case "builtins.globals", _:
            return Captured("globals()", CaptureKind.GLOBAL)
        case origin, _ if origin in _THROUGH:
            return next((found for argument in call.args if (found := item_of(argument, scope))), None)
        case "builtins.vars" | "builtins.getattr", [first, *_]:
            return _within(thing(first, scope))
        case "builtins.type", [first]:
            return _class_of_receiver(first, scope)
        case _:
            return _returned(function, scope)


def _is_container(captured: Captured, scope: Scope) -> bool:
    """Tell a dict's ``get`` from that of a module, of a session or of a queue, which hand out what is new."""
    is_resource = any(kind_made(scope.module, value, scope.imported) for value in captured.values)
    return captured.kind is not CaptureKind.IMPORTED and not is_resource


def _class_of_receiver(argument: ast.expr, scope: Scope) -> Captured | None:
    if scope.owner and isinstance(argument, ast.Name) and argument.id == scope.receiver:
        return class_thing(scope.owner)
    return None


def class_thing(owner: ast.ClassDef) -> Captured:
    """Treat a class as what it is at run time: an object of the module's."""
    return Captured(owner.name, CaptureKind.GLOBAL, (owner,))


def _returned(function: ast.expr, scope: Scope) -> Captured | None:
    """See through an accessor: a function of the module that returns a global."""
    if not isinstance(function, ast.Name):
        return None
    for value, around in scope.definitions(function.id):
        if isinstance(value, ast.FunctionDef) and around.is_module and not decorated_with(value, "contextmanager"):
            within = Scope(scope.module, value, around, own=True)
            for statement in statements(value.body):
                match statement:
                    case ast.Return(value=ast.Name(id=name)) if within.captured(name):
                        return within.captured(name)
    return None
