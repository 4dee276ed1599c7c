"""Functions that prepare workers: what they set up is there for every call."""

import ast
from collections.abc import Iterator

from whichpool.hazards.module import FunctionNode, Module


def initializers(module: Module) -> Iterator[FunctionNode]:
    """List the functions of a module that it hands to pools, as in ``ThreadPoolExecutor(initializer=prepare)``."""
    for node in module.nodes:
        if isinstance(node, ast.keyword) and node.arg == "initializer":
            function = module.find(ast.unparse(node.value)) if isinstance(node.value, ast.Name) else None
            if function is not None:
                yield function
