"""Expressions whose value pickle cannot send to another process, as far as the code shows it."""

import ast
from collections.abc import Iterator

from whichpool.hazards.bindings import bound, statements
from whichpool.hazards.effects import ResourceKind
from whichpool.hazards.looking import own_nodes
from whichpool.hazards.makers import kind_made
from whichpool.hazards.module import FunctionNode, Module

_TRAVELS = {ResourceKind.GENERATOR, ResourceKind.SEEDED_GENERATOR, ResourceKind.SESSION, ResourceKind.LOG_FILE}
_DEEPEST = 3  # from a name to its value, from an instance to what it holds
_MATCHES = {"match", "search", "fullmatch"}
_MATCH = "a match of a regular expression"
_VIEWS = {"keys", "values", "items"}
_GIVES = {
    "re.match": _MATCH,
    "re.search": _MATCH,
    "re.fullmatch": _MATCH,
    "re.finditer": "an iterator over matches",
    "csv.reader": "a reader of a file",
    "csv.writer": "a writer of a file",
    "os.scandir": "an open folder",
    "builtins.memoryview": "a memoryview",
}
_WITH_LAMBDA = {
    "collections.defaultdict": "a defaultdict with a lambda",
    "builtins.map": "an iterator over a lambda",
    "builtins.filter": "an iterator over a lambda",
}
_OWN_PICKLING = {"__getstate__", "__reduce__", "__reduce_ex__", "__getnewargs__", "__getnewargs_ex__"}


def what_stays(module: Module, function: FunctionNode, value: ast.expr, depth: int = 0) -> str:
    """Say what an expression within a function gives, if pickle cannot send it; else nothing."""
    if isinstance(value, ast.Lambda):
        return "a lambda"
    if isinstance(value, ast.GeneratorExp):
        return "a generator"
    if isinstance(value, ast.Call):
        return _what_call_gives(module, function, value, depth)
    if isinstance(value, ast.Name) and depth < _DEEPEST:
        given = bound_within(function, value.id)
        found = [what_stays(module, function, one, depth + 1) if isinstance(one, ast.expr) else "" for one in given]
        if given and all(isinstance(one, ast.FunctionDef | ast.ClassDef) for one in given):
            return "a function or class made in the call"
        return found[0] if found and all(found) else ""
    return ""


def _what_call_gives(module: Module, function: FunctionNode, call: ast.Call, depth: int) -> str:
    kind = kind_made(module, call)
    if kind and kind not in _TRAVELS:
        return str(kind)
    origin = module.dotted(call.func) or ""
    if origin in _GIVES:
        return _GIVES[origin]
    if origin in _WITH_LAMBDA and any(isinstance(argument, ast.Lambda) for argument in call.args[:1]):
        return _WITH_LAMBDA[origin]
    if isinstance(call.func, ast.Name):
        return _what_own_name_gives(module, function, call.func.id, depth)
    return _what_method_gives(module, function, call.func) if isinstance(call.func, ast.Attribute) else ""


def _what_own_name_gives(module: Module, function: FunctionNode, name: str, depth: int) -> str:
    given = bound_within(function, name)
    if given and all(isinstance(one, ast.ClassDef) for one in given):
        return "an instance of a class made in the call"
    made = module.last(name)
    if not given and isinstance(made, ast.FunctionDef) and not made.decorator_list and is_generator(made):
        return "a generator"
    if not given and isinstance(made, ast.ClassDef) and depth < _DEEPEST and not sees_to_pickling(made):
        for _, attribute, value in attributes_given(module, made):
            what = what_stays(module, function, value, depth + 1)
            if what:
                return f"a {made.name}, whose {attribute.removeprefix('self.')} is {what},"
    return ""


def sees_to_pickling(owner: ast.ClassDef) -> bool:
    """Tell whether a class says itself how it is pickled."""
    return not _OWN_PICKLING.isdisjoint(name for statement in owner.body for name, _ in bound(statement))


def is_generator(function: FunctionNode) -> bool:
    """Tell whether calling a function gives a generator."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(function))


def _what_method_gives(module: Module, function: FunctionNode, method: ast.Attribute) -> str:
    """Recognise the view of a dict that the function made, and what a compiled expression finds."""
    if method.attr in _MATCHES and _is_pattern(module, method.value):
        return _MATCH
    if method.attr not in _VIEWS:
        return ""
    owner = method.value
    given = bound_within(function, owner.id) if isinstance(owner, ast.Name) else [owner]
    dicts = {"builtins.dict", "collections.defaultdict", "collections.Counter", "collections.OrderedDict"}
    is_dict = [
        isinstance(one, ast.Dict | ast.DictComp) or (isinstance(one, ast.Call) and module.dotted(one.func) in dicts)
        for one in given
    ]
    return "a view of a dict" if is_dict and all(is_dict) else ""


def _is_pattern(module: Module, value: ast.expr) -> bool:
    made = module.last(value.id) if isinstance(value, ast.Name) else value
    return isinstance(made, ast.Call) and module.dotted(made.func) == "re.compile"


def bound_within(function: FunctionNode, name: str) -> list[ast.AST]:
    """List what a function's own statements bind a name to."""
    body = function.body if isinstance(function.body, list) else []
    return [value for statement in statements(body) for key, value in bound(statement) if key == name]


def attributes_given(module: Module, owner: ast.ClassDef) -> Iterator[tuple[ast.stmt, str, ast.expr]]:
    """List what an instance is given when it is made: by ``__init__``, and by the factories of a dataclass."""
    for member in owner.body:
        if isinstance(member, ast.FunctionDef) and member.name in {"__init__", "__post_init__"}:
            for statement in statements(member.body):
                if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
                    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                    for target in targets:
                        if isinstance(target, ast.Attribute):
                            yield statement, ast.unparse(target), statement.value
        if isinstance(member, ast.AnnAssign) and isinstance(member.value, ast.Call):
            factories = [keyword.value for keyword in member.value.keywords if keyword.arg == "default_factory"]
            if factories and module.dotted(member.value.func) == "dataclasses.field":
                yield member, f"self.{ast.unparse(member.target)}", ast.Call(factories[0], [], [])
