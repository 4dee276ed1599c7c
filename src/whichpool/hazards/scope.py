"""Where a name inside a function leads: to the call's own variables, or to what was there before it."""

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Self

from whichpool.hazards.bindings import bound, imports, statements
from whichpool.hazards.looking import Captured, CaptureKind, own_nodes
from whichpool.hazards.module import FunctionNode, Module

_NO_FUNCTION = ast.Lambda(ast.arguments([], [], None, [], [], None, []), ast.Constant(None))


@dataclass(eq=False)
class Scope:
    """A function's names.

    Attributes:
        module: The module that it stands in.
        function: The function.
        around: The scope around it, a function's or the module's; None for the module's.
        own: Whether its variables belong to the target's call; else they outlive it, as a decorator's do.
        owner: The class that it is a method of, so that its first parameter is an instance.
        aliases: What its variables stand for at the moment, as far as the walk through its body has come; None for
            something of the call's own.
        ever: What its variables stood for at any time. Inner functions, which run at any time, see these.
    """

    module: Module
    function: FunctionNode
    around: Self | None
    own: bool
    owner: ast.ClassDef | None = None
    aliases: dict[str, Captured | None] = field(default_factory=dict)
    ever: dict[str, Captured] = field(default_factory=dict)

    @classmethod
    def of_module(cls, module: Module) -> Self:
        """Stand for the module's top level: like a function around all others, without variables of its own."""
        return cls(module, _NO_FUNCTION, None, own=False)

    @property
    def is_module(self) -> bool:
        """Whether this stands for the module's top level."""
        return self.function is _NO_FUNCTION

    @property
    def variables(self) -> Mapping[str, tuple[ast.AST, ...]]:
        """What the function itself binds each of its variables to; nothing for parameters and their like."""
        return _variables(self.function)

    @property
    def declared(self) -> Mapping[str, bool]:
        """The names that the function declares to be another scope's; True for ``global``."""
        return _declared(self.function)

    @cached_property
    def imported(self) -> Mapping[str, str]:
        """What the imports in the function, and in those around it, bind."""
        around = dict(self.around.imported) if self.around else {}
        return {**around, **_imported(self.function)}

    @property
    def receiver(self) -> str:
        """The name of a method's first parameter, ``self`` or ``cls``; empty for a function."""
        parameters = [*self.function.args.posonlyargs, *self.function.args.args]
        has_receiver = self.owner and parameters and not decorated_with(self.function, "staticmethod")
        return parameters[0].arg if has_receiver else ""

    def captured(self, name: str) -> Captured | None:
        """Tell what a name stands for here and now; None for what is the call's own, or a builtin."""
        if name in self.aliases:
            return self.aliases[name]
        if self.declared.get(name):
            return self._module_level(name)
        if name in self.variables:
            if name in self.imported:
                return Captured(name, CaptureKind.IMPORTED)
            return None if self.own else Captured(name, CaptureKind.CLOSURE, self.variables[name])
        return self.around.seen_from_within(name) if self.around else self._module_level(name)

    def seen_from_within(self, name: str) -> Captured | None:
        """Tell what a name of this scope stands for in an inner function."""
        if name in self.ever:
            return self.ever[name]
        return None if self.own and name in self.aliases else self.captured(name)

    def definitions(self, name: str) -> Iterator[tuple[ast.AST, Self]]:
        """List what a name is bound to, each with the scope in which that must be read."""
        if name in self.variables:
            yield from ((value, self) for value in self.variables[name])
        elif self.around and not self.declared.get(name):
            yield from self.around.definitions(name)
        else:
            top_level = self.of_module(self.module)
            yield from ((value, top_level) for value in self.module.bindings.get(name, ()))

    def _module_level(self, name: str) -> Captured | None:
        values = self.module.bindings.get(name, ())
        if name in self.module.imported and not values:
            return Captured(name, CaptureKind.IMPORTED)
        if not values and (hasattr(builtins, name) or (name.startswith("__") and name.endswith("__"))):
            return None
        return Captured(name, CaptureKind.GLOBAL, values)


@lru_cache(maxsize=1024)
def _variables(function: FunctionNode) -> Mapping[str, tuple[ast.AST, ...]]:
    values: dict[str, list[ast.AST]] = defaultdict(list)
    for name in _parameters(function):
        values[name] = []
    if not isinstance(function, ast.Lambda):
        body = list(statements(function.body))
        for statement in body:
            for name, value in bound(statement):
                values[name].append(value)
        for name in (*imports(body), *_caught(body)):
            values.setdefault(name, [])
    declared = _declared(function)
    return {name: tuple(found) for name, found in values.items() if name not in declared}


@lru_cache(maxsize=1024)
def _declared(function: FunctionNode) -> Mapping[str, bool]:
    declarations = (node for node in own_nodes(function) if isinstance(node, ast.Global | ast.Nonlocal))
    return {name: isinstance(node, ast.Global) for node in declarations for name in node.names}


@lru_cache(maxsize=1024)
def _imported(function: FunctionNode) -> Mapping[str, str]:
    return imports(node for node in own_nodes(function) if isinstance(node, ast.stmt))


def decorated_with(function: FunctionNode, name: str) -> bool:
    """Tell whether a function bears a decorator of this name."""
    decorators = [] if isinstance(function, ast.Lambda) else function.decorator_list
    return any(isinstance(decorator, ast.Name) and decorator.id == name for decorator in decorators)


def _parameters(function: FunctionNode) -> Iterator[str]:
    arguments = function.args
    for parameter in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        yield parameter.arg
    for rest in (arguments.vararg, arguments.kwarg):
        if rest is not None:
            yield rest.arg


def _caught(body: list[ast.stmt]) -> Iterator[str]:
    """List what ``except … as``, ``match`` and ``del`` bind."""
    for statement in body:
        if isinstance(statement, ast.Try | ast.TryStar):
            yield from (handler.name for handler in statement.handlers if handler.name)
        elif isinstance(statement, ast.Match):
            for node in (part for case in statement.cases for part in ast.walk(case.pattern)):
                if isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
                    yield node.name
                elif isinstance(node, ast.MatchMapping) and node.rest:
                    yield node.rest
