"""What a function's parameters stand for, by its defaults and by the arguments of a call."""

import ast
from collections.abc import Mapping

from whichpool.hazards.callees import Callee
from whichpool.hazards.looking import Captured, CaptureKind
from whichpool.hazards.module import FunctionNode
from whichpool.hazards.scope import Scope
from whichpool.hazards.things import thing


def defaults(function: FunctionNode, around: Scope) -> dict[str, Captured]:
    """Tell what the parameters stand for that a call leaves out: objects that are made once, with the function.

    Args:
        function: The function.
        around: The scope that it was defined in, where its defaults were evaluated.
    """
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [
        *zip(reversed(positional), reversed(arguments.defaults), strict=False),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    found = {}
    for parameter, default in pairs:
        if default is not None and not isinstance(default, ast.Constant):
            elsewhere = thing(default, around)
            if elsewhere or not around.own:
                name = parameter.arg
                found[name] = elsewhere or Captured(name, CaptureKind.DEFAULT, (default,))
    return found


def passed(call: ast.Call, callee: Callee, things: Mapping[ast.AST, Captured]) -> dict[str, Captured | None]:
    """Tell what the parameters of a called function stand for.

    Args:
        call: The call.
        callee: The function.
        things: What the expressions around the call stand for, where that is something captured.

    Returns:
        The parameters that the call gives, with None for those that get something of the call's own.
    """
    arguments = callee.function.args
    positional = [*arguments.posonlyargs, *arguments.args][int(callee.given) :]
    given: dict[str, Captured | None] = {}
    for parameter, argument in zip(positional, call.args, strict=False):
        if isinstance(argument, ast.Starred):
            break
        given[parameter.arg] = things.get(argument)
    names = {parameter.arg for parameter in (*positional, *arguments.kwonlyargs)}
    return given | {keyword.arg: things.get(keyword.value) for keyword in call.keywords if keyword.arg in names}
