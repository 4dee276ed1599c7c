"""Functions and instances that pickle cannot send to a worker, as far as the code shows it."""

import ast
from collections.abc import Iterator

from whichpool.hazards.bindings import bound, statements
from whichpool.hazards.effects import each
from whichpool.hazards.looking import Look
from whichpool.hazards.module import FunctionNode, Module, returned_function
from whichpool.hazards.unpicklable import attributes_given, sees_to_pickling, what_stays
from whichpool.values.hazards import PICKLED, Finding, Hazard


def find_function_that_stays(look: Look) -> Iterator[Finding]:
    """Find a function that pickle cannot send by its name: a lambda, a nested one, one that a decorator hides."""
    target = look.target
    why, mend = "", f"define {look.name} with def at the module's top level"
    if isinstance(target, ast.Lambda):
        why = f"{look.name} is a lambda, which has no name to be found by"
    elif not _stands_in_reach(look.module, target):
        why = f"{look.name} is defined inside a function, where no other process finds it"
    else:
        for decorator in target.decorator_list:
            if _hides(look.module, decorator):
                shown = ast.unparse(decorator)
                why = f"@{shown} puts another object in place of {look.name}, one that is not found by that name"
                mend = f"put @functools.wraps(function) on the function that {shown} returns"
    if why:
        effects = each(PICKLED, "the pool cannot send the function to its workers: PicklingError")
        yield Finding(Hazard.UNPICKLABLE, look.name, why, effects, mend, (look.module.spot(target),))


def _stands_in_reach(module: Module, target: FunctionNode) -> bool:
    """Tell whether a function stands at the top level, or in a class that does."""
    pending = list(statements(module.tree.body))
    while pending:
        statement = pending.pop()
        if statement is target:
            return True
        if isinstance(statement, ast.ClassDef):
            pending += statements(statement.body)
    return False


def _hides(module: Module, decorator: ast.expr) -> bool:
    """Tell whether a decorator of the module returns an inner function that does not take the name of what it wraps."""
    called = isinstance(decorator, ast.Call)
    name = decorator.func if isinstance(decorator, ast.Call) else decorator
    made = module.last(name.id) if isinstance(name, ast.Name) else None
    if isinstance(made, ast.ClassDef):
        members = {key for statement in made.body for key, _ in bound(statement)}
        return "__call__" in members and not sees_to_pickling(made) and not _names(made, "update_wrapper")
    inner = returned_function(made)
    if called and inner is not None:  # decorator(options)(function)
        inner = returned_function(inner)
    if inner is None or (not isinstance(inner, ast.Lambda) and inner.decorator_list):  # @wraps(function)
        return False
    return not _names(made, "update_wrapper")


def _names(node: ast.AST | None, name: str) -> bool:
    """Tell whether a name, or an attribute of that name, stands anywhere in a node."""
    parts = ast.walk(node) if node else ()
    return any(name in (getattr(part, "id", ""), getattr(part, "attr", "")) for part in parts)


def find_instance_that_stays(look: Look) -> Iterator[Finding]:
    """Find what a method's own object holds and pickle cannot send."""
    owner = _owner(look)
    if owner is None:
        return
    for statement, name, value in attributes_given(look.module, owner):
        what = what_stays(look.module, look.target, value)
        if what:
            yield Finding(
                Hazard.UNPICKLABLE,
                name,
                f"{name} is {what}, so that no {owner.name} can be pickled",
                each(PICKLED, f"the pool cannot send a {owner.name} to its workers: TypeError"),
                f"make {name} in the worker, or leave it out in {owner.name}.__getstate__",
                (look.module.spot(statement, owner.name),),
            )


def _owner(look: Look) -> ast.ClassDef | None:
    """Find the class whose instance must travel along with the method, unless it sees to that itself."""
    target = look.target
    classes = (one for one in statements(look.module.tree.body) if isinstance(one, ast.ClassDef))
    owner = next((one for one in classes if target in one.body), None)
    if owner is None or isinstance(target, ast.Lambda) or target.name == "__init__":
        return None
    if sees_to_pickling(owner):
        return None
    static = {"staticmethod", "classmethod"} & {ast.unparse(decorator) for decorator in target.decorator_list}
    return None if static else owner
