"""A module as its syntax tree shows it: what its names are bound to, and where its functions stand."""

import ast
import builtins
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from whichpool.hazards.bindings import bound, imports, statements
from whichpool.hazards.source import Source
from whichpool.values.hazards import Spot

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
"""What can be called and has a body of its own."""

_MOST_STEPS = 20  # from name to name: a = b; b = a


@dataclass(frozen=True, slots=True)
class Module:
    """A module's tree, and what its top level says.

    Attributes:
        source: Its text.
        tree: Its syntax.
        nodes: Everything in the tree, from the outside to the inside: walking it takes long, so it is done once.
        imported: What each imported name stands for, with dots: ``{"np": "numpy", "shuffle": "random.shuffle"}``; a
            relative import keeps its leading dots.
        bindings: What the top level binds each name to, in order: the value of an assignment, the ``def`` or ``class``,
            the context of a ``with``, the iterable of a ``for``; for ``x += 1`` the whole statement.
    """

    source: Source
    tree: ast.Module
    nodes: tuple[ast.AST, ...]
    imported: Mapping[str, str]
    bindings: Mapping[str, tuple[ast.AST, ...]]

    @classmethod
    def parse(cls, source: Source) -> Self:
        """Read a module's text.

        Raises:
            SyntaxError: It is no Python that this Python understands.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the user's escapes, which are not the question
                tree = ast.parse(source.text, source.file)
        except (ValueError, RecursionError, MemoryError) as error:
            message = f"{source.file} cannot be read: {str(error) or type(error).__name__}"
            raise SyntaxError(message, (source.file, source.first_line, 0, "")) from None
        body = tuple(statements(tree.body))
        bindings: dict[str, list[ast.AST]] = defaultdict(list)
        for statement in body:
            for name, value in bound(statement):
                bindings[name].append(value)
        return cls(
            source,
            tree,
            tuple(ast.walk(tree)),
            MappingProxyType(imports(body)),
            MappingProxyType({name: tuple(values) for name, values in bindings.items()}),
        )

    def last(self, name: str) -> ast.AST | None:
        """Tell what the top level binds a name to in the end; None if it does not bind it."""
        return self.bindings.get(name, (None,))[-1]

    def find(self, dotted: str) -> FunctionNode | None:
        """Find a function by the name that it is called by.

        Args:
            dotted: ``function``, ``Class.method`` (inherited within the module, too), ``INSTANCE.method``, or a name
                that leads to a lambda, a ``functools.partial``, a class (its ``__init__``) or an instance (its
                ``__call__``).

        Returns:
            The function; None if the module does not show it.
        """
        first, *rest = dotted.split(".")
        found = self.last(first)
        for part in rest:
            found = self._member(found, part)
        return self._called(found)

    def may_bind(self, name: str) -> bool:
        """Tell whether the module may have a name: its text binds it, or does what may bring any name."""
        if name in self.bindings or name in self.imported or "__getattr__" in self.bindings:
            return True
        return any(_may_bring(node, name) for node in self.nodes)

    def class_of(self, value: ast.AST | None) -> ast.ClassDef | None:
        """Tell which class of this module an expression makes an instance of, if it is such a call."""
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            made = self.last(value.func.id)
            return made if isinstance(made, ast.ClassDef) else None
        return None

    def dotted(self, node: ast.expr, local_imports: Mapping[str, str] = MappingProxyType({})) -> str | None:
        """Resolve a chain of names to where it comes from: ``np.random.rand`` to ``numpy.random.rand``.

        Args:
            node: Any expression.
            local_imports: What the imports inside a function say of their names.

        Returns:
            The origin, ``builtins.open`` for a builtin; None for a name of the module's own, and for anything else.
        """
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        origin = local_imports.get(node.id) or self.imported.get(node.id)
        if origin is None:
            if node.id in self.bindings or not hasattr(builtins, node.id):
                return None
            origin = f"builtins.{node.id}"
        return ".".join([origin, *reversed(attributes)])

    def spot(self, node: ast.AST, function: str = "") -> Spot:
        """Tell where a node stands."""
        line = getattr(node, "lineno", 1)
        lines = self.source.text.split("\n")
        text = lines[line - 1].strip() if line <= len(lines) else ""
        return Spot(self.source.file, line + self.source.first_line - 1, text, function)

    def top_level(self) -> Iterator[ast.stmt]:
        """List the statements that run whenever the module is imported."""
        for statement in self.tree.body:
            branches = _main_guard(statement)
            if branches is None:
                yield statement
            else:
                yield from branches[1]

    def main_block(self) -> Iterator[ast.stmt]:
        """List the statements that run only when the module is the program that was started."""
        for statement in self.tree.body:
            branches = _main_guard(statement)
            if branches is not None:
                yield from branches[0]

    def _settled(self, value: ast.AST | None) -> ast.AST | None:
        """Follow names, and instances to their class."""
        for _ in range(_MOST_STEPS):
            if isinstance(value, ast.Name):
                value = self.last(value.id)
            elif self.class_of(value):
                value = self.class_of(value)
            else:
                break
        return value

    def _member(self, owner: ast.AST | None, name: str) -> ast.AST | None:
        """Find what an owner's class, or a base of that in the same module, binds a name to."""
        settled = self._settled(owner)
        seen, classes = set[str](), [settled] if isinstance(settled, ast.ClassDef) else []
        while classes:
            current = classes.pop(0)
            seen.add(current.name)
            found = [value for one in statements(current.body) for key, value in bound(one) if key == name]
            if found:
                return found[-1]
            bases = [self.last(base.id) for base in current.bases if isinstance(base, ast.Name)]
            classes += [base for base in bases if isinstance(base, ast.ClassDef) and base.name not in seen]
        return None

    def _handed_out(self, call: ast.Call) -> ast.AST | None:
        """See through partial(function, …) and lru_cache(…)(function), and else through a factory of the module."""
        given = call.args[0] if call.args else None
        if isinstance(given, ast.Lambda) or (isinstance(given, ast.Name | ast.Attribute) and self._settled(given)):
            return given
        return returned_function(self._settled(call.func))

    def _called(self, value: ast.AST | None) -> FunctionNode | None:
        """Find the function that calling a value runs."""
        for _ in range(_MOST_STEPS):
            made = self.class_of(value)
            if isinstance(value, FunctionNode):
                return value
            if isinstance(value, ast.ClassDef):
                value = self._member(value, "__init__")
            elif made:
                value = self._member(made, "__call__")
            elif isinstance(value, ast.Attribute):
                value = self._member(value.value, value.attr)
            elif isinstance(value, ast.Name):
                value = self.last(value.id)
            elif isinstance(value, ast.Call):
                value = self._handed_out(value)
            else:
                return None
        return None


def _may_bring(node: ast.AST, name: str) -> bool:
    match node:
        case ast.ImportFrom(names=[ast.alias(name="*")]):
            return True
        case ast.Global(names=names):
            return name in names
        case ast.Call(func=ast.Name(id=called)):
            return called in {"globals", "vars", "exec", "setattr"}
        case _:
            return False


def returned_function(factory: ast.AST | None) -> FunctionNode | None:
    """Find the inner function that a function returns, as a decorator does."""
    if not isinstance(factory, ast.FunctionDef):
        return None
    body = list(statements(factory.body))
    inner = {one.name: one for one in body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    for statement in body:
        value = statement.value if isinstance(statement, ast.Return) else None
        if isinstance(value, ast.Name) and value.id in inner:
            return inner[value.id]
        if isinstance(value, ast.Lambda):
            return value
    return None


def _main_guard(statement: ast.stmt) -> tuple[list[ast.stmt], list[ast.stmt]] | None:
    """Give the branches of ``if __name__ == "__main__":``, turned around or negated as well: that of the program first.

    Returns:
        The two branches; None if a statement is no such guard.
    """
    if not isinstance(statement, ast.If):
        return None
    nodes = list(ast.walk(statement.test))
    asks = any(isinstance(node, ast.Name) and node.id == "__name__" for node in nodes) and any(
        isinstance(node, ast.Constant) and node.value == "__main__" for node in nodes
    )
    if not asks:
        return None
    is_not = isinstance(statement.test, ast.UnaryOp) and isinstance(statement.test.op, ast.Not)
    is_unequal = any(isinstance(node, ast.NotEq) for node in nodes)
    branches = statement.body, statement.orelse
    return branches[::-1] if is_not is not is_unequal else branches
