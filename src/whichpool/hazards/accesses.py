"""What functions do with the captured things that they lay hands on."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from whichpool.hazards.changing import changed_by_call, changed_by_method, is_left_to_other_rules
from whichpool.hazards.looking import Access, Captured, CaptureKind, Deed, Reached, own_nodes
from whichpool.hazards.module import Module
from whichpool.hazards.things import is_made_container
from whichpool.hazards.updates import updates

_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_VIEWS = {"items", "keys", "values"}


def accesses(module: Module, reached: Iterable[Reached]) -> tuple[Access, ...]:
    """List what the functions reached do with captured things, each function's in the order of the source."""
    return tuple(access for one in reached for access in _of(module, one))


def _of(module: Module, reached: Reached) -> Iterator[Access]:
    writes: list[tuple[ast.AST, Captured]] = []
    called = {node.func for node in own_nodes(reached.node) if isinstance(node, ast.Call)}
    for node in own_nodes(reached.node):
        for captured, deed, how in _done(node, reached, module, is_called=node in called):
            if not is_left_to_other_rules(captured, module):
                writes.append((node, captured))
                yield Access(captured, deed, node, reached, node in reached.locked, how)
        for captured in _iterated(node, reached.things):
            yield Access(captured, Deed.ITERATED, node, reached, node in reached.locked)
    for update in updates(reached, writes):
        yield Access(update.captured, Deed.UPDATED, update.node, reached, update.node in reached.locked, update.how)


def _done(node: ast.AST, reached: Reached, module: Module, *, is_called: bool) -> Iterator[tuple[Captured, Deed, str]]:
    """List what a node itself assigns or changes; a method that is not called at once is called later."""
    things = reached.things
    match node:
        case ast.Name(ctx=ast.Store() | ast.Del()) if node in things:
            yield things[node], _deed_of_name(node, things), "del" if isinstance(node.ctx, ast.Del) else "="
        case ast.Attribute(value=value, ctx=ast.Store() | ast.Del()) if node in things:
            if value not in things or not is_left_to_other_rules(things[value], module):
                yield things[node], Deed.CHANGED, "del" if isinstance(node.ctx, ast.Del) else "="
        case ast.Attribute(value=value, attr=attribute) if value in things and not is_called:
            # known to be a container, for others may well have an attribute of that name
            is_container = any(is_made_container(made, module) for made in things[value].values)
            if is_container and changed_by_method(things[value], attribute, module):
                yield things[value], Deed.CHANGED, f".{attribute}()"
        case ast.Subscript(value=value, slice=index, ctx=ast.Store() | ast.Del()) if value in things:
            captured = things[value]
            if captured.name == "globals()" and isinstance(index, ast.Constant):
                name = str(index.value)
                captured = Captured(name, CaptureKind.GLOBAL, module.bindings.get(name, ()))
                yield captured, Deed.ASSIGNED, f'globals()["{name}"] ='
            else:
                yield captured, Deed.CHANGED, "del" if isinstance(node.ctx, ast.Del) else "[…] ="
        case ast.Call():
            yield from (
                (captured, Deed.CHANGED, how)
                for captured, how in changed_by_call(node, things, module, reached.imported)
            )


def _deed_of_name(name: ast.Name, things: Mapping[ast.AST, Captured]) -> Deed:
    """Tell an assignment to a global from ``+=`` on a variable that stands for a captured list."""
    return Deed.ASSIGNED if things[name].name == name.id and not things[name].element else Deed.CHANGED


def _iterated(node: ast.AST, things: Mapping[ast.AST, Captured]) -> Iterator[Captured]:
    """List what a loop draws from while other calls may change it; a copy, such as ``list(CACHE)``, is safe."""
    loops: Sequence[ast.expr] = ()
    if isinstance(node, ast.For):
        loops = [node.iter]
    elif isinstance(node, _COMPREHENSIONS):
        loops = [generator.iter for generator in node.generators]
    for drawn in loops:
        match drawn:
            case ast.Call(func=ast.Attribute(value=value, attr=attribute)) if attribute in _VIEWS:
                found = things.get(value)
            case _:
                found = things.get(drawn)
        if found is not None and not found.element:
            yield found
