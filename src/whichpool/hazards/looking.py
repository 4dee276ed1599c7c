"""What a look at a function sees: the functions that its call reaches, and what they do with what is not their own.

The rules read nothing else. Nodes are compared by identity, so a node of the syntax tree serves as a key.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from whichpool.hazards.module import FunctionNode, Module


class CaptureKind(StrEnum):
    """How something that outlives the call comes into a function's hands."""

    GLOBAL = "global"
    CLOSURE = "closure variable"
    DEFAULT = "default argument"
    PARTIAL = "argument of a partial"
    BOUND = "bound object"
    IMPORTED = "imported name"


@dataclass(frozen=True, slots=True)
class Captured:
    """Something that was there before the call and is there after it.

    Attributes:
        name: What people call it: ``CACHE``, ``self.items``, ``Counter.total``; the parameter's name for a default.
        kind: How the function gets at it.
        values: The expressions and definitions it is bound to, as far as the module shows them.
        element: Whether it is something within ``name``, such as an item of a list, and not ``name`` itself.
    """

    name: str
    kind: CaptureKind
    values: tuple[ast.AST, ...] = ()
    element: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """A function that the target's call runs, or the target itself.

    Attributes:
        node: Its syntax.
        name: Its qualified name, without ``<locals>``.
        things: What each expression within it stands for, where that is something captured or a part of it: names,
            attributes, subscripts and calls such as ``CACHE.get(key)``.
        locked: Every node that is evaluated while a lock is held.
        imported: What the imports within it and within the functions around it bind, by name, with dotted origins.
    """

    node: FunctionNode
    name: str
    things: Mapping[ast.AST, Captured]
    locked: frozenset[ast.AST]
    imported: Mapping[str, str]


class Deed(StrEnum):
    """What a function does with something captured."""

    ASSIGNED = "assigned"
    CHANGED = "changed in place"
    UPDATED = "read, modified and written"
    ITERATED = "iterated"


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """One deed. A statement may do two: ``TOTAL += 1`` assigns, and it updates.

    Attributes:
        captured: What it is done to.
        deed: What is done.
        node: Where.
        reached: The function that does it.
        locked: Whether a lock is held meanwhile.
        how: The deed in code, short, such as ``.append()`` or ``+=``; empty for reading.
    """

    captured: Captured
    deed: Deed
    node: ast.AST
    reached: Reached
    locked: bool
    how: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """All that a rule can know.

    Attributes:
        module: The module in which the target stands.
        name: The target as it was asked for, ``function`` or ``Class.method``.
        arguments: The written call's arguments with their parentheses, ``(7)``; empty where none was written.
        target: The target's syntax.
        reached: The functions that its call runs, the target first.
        accesses: What they do with what is captured.
    """

    module: Module
    name: str
    arguments: str
    target: FunctionNode
    reached: tuple[Reached, ...]
    accesses: tuple[Access, ...]

    def captured(self) -> Iterator[tuple[Captured, Reached, ast.AST]]:
        """List every use of something captured in the functions reached, with the expression that leads to it."""
        for reached in self.reached:
            for node, captured in reached.things.items():
                yield captured, reached, node

    def calls(self) -> Iterator[tuple[str, ast.Call, Reached]]:
        """List every call in the functions reached whose function's dotted origin is known, such as ``os.chdir``."""
        for reached in self.reached:
            for node in own_nodes(reached.node):
                if isinstance(node, ast.Call):
                    origin = self.module.dotted(node.func, reached.imported)
                    if origin is not None:
                        yield origin, node, reached


@lru_cache(maxsize=1024)
def own_nodes(function: FunctionNode) -> tuple[ast.AST, ...]:
    """List what a call of a function evaluates, in the order of the source: its body without that of inner functions.

    The defaults and decorators of inner functions are evaluated by the call, those of the function itself are not.
    """
    found: list[ast.AST] = []
    pending: list[ast.AST] = list(reversed(function.body)) if isinstance(function.body, list) else [function.body]
    while pending:
        node = pending.pop()
        found.append(node)
        if isinstance(node, FunctionNode):
            evaluated = [
                *getattr(node, "decorator_list", ()),
                *node.args.defaults,
                *filter(None, node.args.kw_defaults),
            ]
            pending.extend(reversed(evaluated))
        else:
            pending.extend(reversed(parts(node)))
    return tuple(found)


def parts(node: ast.AST) -> list[ast.AST]:
    """List what a node consists of; whether a name is read or written is no part."""
    found: list[ast.AST] = []
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            found += [part for part in value if isinstance(part, ast.AST)]
        elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context | ast.operator):
            found.append(value)
    return found
