"""Which function of a module's text a live function object was made from."""

import ast
from types import CodeType

from whichpool.hazards.module import FunctionNode, Module


def locate(module: Module, code: CodeType) -> FunctionNode | None:
    """Find the syntax that a code object was compiled from.

    Returns:
        The function; None where the text shows none of that name in that line: it may have changed since.
    """
    line = code.co_firstlineno - module.source.first_line + 1
    found = [
        node
        for node in module.nodes
        if isinstance(node, FunctionNode) and _begins_in(node) == line and _name(node) == code.co_name
    ]
    return next((node for node in found if _stands_in(node, code, module)), found[0] if len(found) == 1 else None)


def _begins_in(node: FunctionNode) -> int:
    """Tell the line that a code object calls its first: that of the first decorator, where there is one."""
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _name(node: FunctionNode) -> str:
    return "<lambda>" if isinstance(node, ast.Lambda) else node.name


def _stands_in(node: FunctionNode, code: CodeType, module: Module) -> bool:
    """Tell two lambdas of a line apart by the columns of what they evaluate."""
    body = node.body if isinstance(node.body, ast.expr) else node.body[-1]
    shift = module.source.first_line - 1
    inside = {(part.lineno + shift, part.col_offset) for part in ast.walk(body) if isinstance(part, ast.expr)}
    return any((line, column) in inside for line, _, column, _ in code.co_positions())
