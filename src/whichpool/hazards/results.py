"""Results and exceptions that cannot travel back to the caller, as far as the code shows it."""

import ast
from collections.abc import Iterator

from whichpool.hazards.bindings import bound
from whichpool.hazards.effects import each
from whichpool.hazards.looking import Look, own_nodes
from whichpool.hazards.module import Module
from whichpool.hazards.unpicklable import is_generator, what_stays
from whichpool.values.hazards import PICKLED, Finding, Hazard, Spot


def find_result_that_stays(look: Look) -> Iterator[Finding]:
    """Find results that cannot travel back: generators, open things, functions and classes made in the call."""
    target = look.target
    if isinstance(target, ast.Lambda):
        returned: list[ast.expr] = [target.body]
    else:
        returned = [node.value for node in own_nodes(target) if isinstance(node, ast.Return) and node.value is not None]
    if is_generator(target):
        if not isinstance(target, ast.Lambda) and not target.decorator_list:  # @contextmanager and its like consume it
            yield _result(look, "a generator", look.module.spot(target))
        return
    for value in returned:
        for part in _parts(value):
            what = what_stays(look.module, target, part)
            if what:
                yield _result(look, what, look.module.spot(value, look.name))
                break


def _result(look: Look, what: str, spot: Spot) -> Finding:
    return Finding(
        Hazard.UNPICKLABLE,
        f"the result of {look.name}",
        f"{look.name} returns {what}, which cannot be pickled",
        each(PICKLED, "the result cannot travel back to the caller: the call fails, although it was computed"),
        "return plain values: a list of a generator or a view, the text of a match, the content of a file",
        (spot,),
    )


def _parts(value: ast.expr) -> list[ast.expr]:
    if isinstance(value, ast.Tuple | ast.List | ast.Set):
        return [part for element in value.elts for part in _parts(element)]
    if isinstance(value, ast.Dict):
        return [part for element in value.values for part in _parts(element)]
    if isinstance(value, ast.IfExp):
        return [*_parts(value.body), *_parts(value.orelse)]
    return [value]


def find_exception_that_stays(look: Look) -> Iterator[Finding]:
    """Find exceptions of the module that can be pickled but not made again: the pool breaks over them."""
    for reached in look.reached:
        for node in own_nodes(reached.node):
            made = node.exc if isinstance(node, ast.Raise) else None
            call = made if isinstance(made, ast.Call) else None
            name = call.func if call else made
            found = look.module.last(name.id) if isinstance(name, ast.Name) else None
            if isinstance(found, ast.ClassDef) and not _can_be_made_again(look.module, found, call):
                yield Finding(
                    Hazard.UNPICKLABLE,
                    found.name,
                    f"{found.name}.__init__ takes other arguments than it passes on, so that no copy of it can be made",
                    each(
                        PICKLED, f"a raised {found.name} fails in the caller: BrokenProcessPool, or a wait without end"
                    ),
                    "pass all arguments to super().__init__(…), or define __reduce__",
                    (look.module.spot(node, reached.name), look.module.spot(found)),
                )


def _can_be_made_again(module: Module, made: ast.ClassDef, call: ast.Call | None) -> bool:
    """Tell whether ``type(error)(*error.args)``, which is what unpickling does, fits the class's ``__init__``."""
    members = {name for statement in made.body for name, _ in bound(statement)}
    init = module.find(f"{made.name}.__init__")
    if members & {"__reduce__", "__reduce_ex__", "__new__"} or not isinstance(init, ast.FunctionDef):
        return True
    kept = _passed_on(init)
    if kept is None:  # no call of super().__init__: the positional arguments are kept as they were given
        kept = call.args if call else []
    if any(isinstance(argument, ast.Starred) for argument in kept):
        return True
    signature = init.args
    positional = len(signature.posonlyargs) + len(signature.args) - 1  # without self
    needed = positional - len(signature.defaults)
    keywords_needed = any(default is None for default in signature.kw_defaults)
    fits = needed <= len(kept) and (len(kept) <= positional or signature.vararg is not None)
    return fits and not keywords_needed


def _passed_on(init: ast.FunctionDef) -> list[ast.expr] | None:
    """List what ``__init__`` passes to that of its base class, which keeps it as ``args``; None without such a call."""
    nodes = list(own_nodes(init))
    if any(
        isinstance(node, ast.Attribute) and node.attr == "args" and isinstance(node.ctx, ast.Store) for node in nodes
    ):
        return [ast.Starred(ast.Tuple([], ast.Load()))]  # it says itself what to make a copy of
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "__init__":
            by_super = isinstance(node.func.value, ast.Call)
            return node.args if by_super else node.args[1:]
    return None
