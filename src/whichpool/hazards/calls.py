"""Calls that do not fit the function that they call, found before anything runs."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from inspect import Parameter, Signature

from whichpool.hazards.effects import BEFORE_IT_BEGINS, each
from whichpool.hazards.looking import Look
from whichpool.hazards.module import FunctionNode, Module, returned_function
from whichpool.hazards.scope import Scope
from whichpool.values.hazards import Finding, Hazard, PoolKind

_STARTED_WITH = {"threading.Thread", "multiprocessing.Process"}  # target=…, args=…, kwargs=…
_STARTED_BY = {"Thread", "Process"}  # of any context
_POOL_METHODS = {"submit", "apply", "apply_async", "map", "imap", "imap_unordered", "map_async"}
_KEEP_SIGNATURE = {"staticmethod", "classmethod", "functools.lru_cache", "functools.cache"}

_AT_ONCE = "the function runs at once, in the caller, and the worker is left with its result"


@dataclass(frozen=True, slots=True)
class _Handover:
    """Arguments that the target is given somewhere.

    Attributes:
        node: Where; the target itself for the call that the user wrote.
        shown: The call as people see it.
        positional: The arguments by position.
        named: The arguments by name.
        misfit: Why it cannot go well, whatever the signature.
        effect: What comes of it if it does not.
    """

    node: ast.AST
    shown: str
    positional: list[ast.expr] = field(default_factory=list)
    named: dict[str, ast.expr] = field(default_factory=dict)
    misfit: str = ""
    effect: str = BEFORE_IT_BEGINS


def find_calls_that_do_not_fit(look: Look) -> Iterator[Finding]:
    """Hold the written call, and those that the module hands to threads and pools, against the signature."""
    signature = _signature(look)
    if signature is None:
        return
    shape = _shape(look)
    for handover in _handovers(look):
        misfit = handover.misfit
        try:
            signature.bind(*handover.positional, **handover.named)
        except TypeError as error:
            misfit = misfit or str(error)
        if misfit and not _is_of_another(look, handover.node):
            yield Finding(
                Hazard.CALL_DOES_NOT_FIT,
                look.name,
                f"{handover.shown} does not fit {shape}: {misfit}",
                each(tuple(PoolKind), handover.effect),
                f"write the call as {shape} asks, or change its parameters",
                tuple(dict.fromkeys((look.module.spot(handover.node), look.module.spot(look.target)))),
            )


def _shape(look: Look) -> str:
    kind = "lambda" if isinstance(look.target, ast.Lambda) else f"def {look.name}"
    return f"{kind}({ast.unparse(look.target.args)})"


def _handovers(look: Look) -> Iterator[_Handover]:
    """List the calls of the target whose arguments can be read."""
    written = _call(look.arguments) if look.arguments else None
    if written is not None and _is_plain(written):
        yield _Handover(look.target, f"{look.name}{look.arguments}", written.args, _named(written))
    for node in look.module.nodes:
        if isinstance(node, ast.Call) and _is_plain(node):
            if _starts(look.module, node):
                yield from _of_thread(look, node)
            elif isinstance(node.func, ast.Attribute) and node.func.attr in _POOL_METHODS and node.args:
                yield from _of_pool(look, node, node.func.attr)


def _call(arguments: str) -> ast.Call | None:
    try:
        body = ast.parse(f"_{arguments}", mode="eval").body
    except SyntaxError:
        return None
    return body if isinstance(body, ast.Call) else None


def _is_plain(call: ast.Call) -> bool:
    starred = any(isinstance(argument, ast.Starred) for argument in call.args)
    return not starred and all(keyword.arg for keyword in call.keywords)


def _named(call: ast.Call) -> dict[str, ast.expr]:
    return {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}


def _of_thread(look: Look, call: ast.Call) -> Iterator[_Handover]:
    """Read ``Thread(target=…, args=…)``."""
    shown, named = ast.unparse(call), _named(call)
    target, arguments = named.get("target"), named.get("args")
    if isinstance(target, ast.Call) and _is_called_at_once(look, target):
        misfit = f"write target={look.name}, args=(…)"
        yield _Handover(call, shown, target.args, _named(target), misfit, _AT_ONCE)
    elif target is not None and _is_target(look, target):
        if isinstance(arguments, ast.Constant) and not isinstance(arguments.value, str):
            shape = ast.unparse(arguments)
            yield _Handover(call, shown, [arguments], {}, f"({shape}) is no tuple: write args=({shape},)")
            return
        positional, by_name = _unpacked(arguments), _unpacked_by_name(named.get("kwargs"))
        if positional is not None and by_name is not None:
            yield _Handover(call, shown, positional, by_name)


def _of_pool(look: Look, call: ast.Call, method: str) -> Iterator[_Handover]:
    """Read ``pool.submit(function, …)`` and its like."""
    shown, rest, named = ast.unparse(call), call.args[1:], _named(call)
    first = call.args[0]
    if method == "submit" and isinstance(first, ast.Call) and _is_called_at_once(look, first):
        misfit = f"write {method}({look.name}, …)"
        yield _Handover(call, shown, first.args, _named(first), misfit, _AT_ONCE)
    if not _is_target(look, first):
        return
    if method == "submit":
        yield _Handover(call, shown, rest, named)
    elif method in {"apply", "apply_async"} and len(rest) == 1 and "kwds" not in named:
        positional = _unpacked(rest[0]) if isinstance(rest[0], ast.Tuple | ast.List) else None
        if positional is not None:
            yield _Handover(call, shown, positional)
    elif method in {"map", "imap", "imap_unordered", "map_async"} and len(rest) == 1:
        yield _Handover(call, shown, rest)


def _starts(module: Module, call: ast.Call) -> bool:
    by_context = isinstance(call.func, ast.Attribute) and call.func.attr in _STARTED_BY
    return module.dotted(call.func) in _STARTED_WITH or by_context


def _is_target(look: Look, node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == look.name and look.module.find(look.name) is look.target


def _is_of_another(look: Look, node: ast.AST) -> bool:
    """Tell whether the target's name is another thing where a call stands: a parameter or a variable."""
    if node is look.target:
        return False
    binding = (
        function
        for function in look.module.nodes
        if isinstance(function, FunctionNode) and look.name in Scope(look.module, function, None, own=True).variables
    )
    return any(node in ast.walk(function) for function in binding)


def _is_called_at_once(look: Look, call: ast.Call) -> bool:
    """Recognise ``Thread(target=work(7))``, unless the target makes what is to be called."""
    if not _is_target(look, call.func) or returned_function(look.target):
        return False
    returns = [node.value for node in ast.walk(look.target) if isinstance(node, ast.Return)]
    return not any(isinstance(value, ast.Call | ast.Attribute) for value in returns)  # partial(…), self.run


def _unpacked(arguments: ast.expr | None) -> list[ast.expr] | None:
    """List what stands in ``args=(…)``; None if that cannot be read."""
    if arguments is None:
        return []
    if isinstance(arguments, ast.Tuple | ast.List):
        return None if any(isinstance(one, ast.Starred) for one in arguments.elts) else arguments.elts
    if isinstance(arguments, ast.Constant) and isinstance(arguments.value, str):  # args=("abc"): each character is one
        return [arguments] * len(arguments.value)
    return None


def _unpacked_by_name(arguments: ast.expr | None) -> dict[str, ast.expr] | None:
    if arguments is None:
        return {}
    if isinstance(arguments, ast.Dict):
        keys = [key.value for key in arguments.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
        if len(keys) == len(arguments.keys):
            return dict(zip(keys, arguments.values, strict=True))
    return None


def _signature(look: Look) -> Signature | None:
    """Make the signature that callers of the target's name see; None where something may have changed it."""
    target = look.target
    decorators: set[str | None] = set()
    if not isinstance(target, ast.Lambda):
        made_by = [one.func if isinstance(one, ast.Call) else one for one in target.decorator_list]
        decorators = {(look.module.dotted(one) or "").removeprefix("builtins.") for one in made_by}
    if not decorators <= _KEEP_SIGNATURE:
        return None
    parameters = list(_parameters(target.args))
    owner, _, _ = look.name.rpartition(".")
    if not owner:
        return Signature(parameters) if look.module.last(look.name) is target else None
    is_class = isinstance(look.module.last(owner), ast.ClassDef)
    bound = "staticmethod" not in decorators and (not is_class or "classmethod" in decorators)
    return Signature(parameters[1:] if bound else parameters)


def _parameters(arguments: ast.arguments) -> Iterator[Parameter]:
    positional = [*arguments.posonlyargs, *arguments.args]
    without_default = len(positional) - len(arguments.defaults)
    for index, argument in enumerate(positional):
        by_position = index < len(arguments.posonlyargs)
        kind = Parameter.POSITIONAL_ONLY if by_position else Parameter.POSITIONAL_OR_KEYWORD
        yield Parameter(argument.arg, kind, default=Parameter.empty if index < without_default else None)
    if arguments.vararg:
        yield Parameter(arguments.vararg.arg, Parameter.VAR_POSITIONAL)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield Parameter(argument.arg, Parameter.KEYWORD_ONLY, default=Parameter.empty if default is None else None)
    if arguments.kwarg:
        yield Parameter(arguments.kwarg.arg, Parameter.VAR_KEYWORD)
