"""A walk through a function's body in the order of execution: what its names stand for, and which locks are held.

Branches are joined in favour of what is captured: a variable that may lead outside the call is taken to do so. A loop's
body is walked once, so what an iteration hands to the next by another name is not followed.
"""

import ast
from collections.abc import Iterable, Sequence

from whichpool.hazards.bindings import bound, statements
from whichpool.hazards.locks import is_lock
from whichpool.hazards.looking import Captured, parts
from whichpool.hazards.scope import Scope
from whichpool.hazards.things import changes_in_place, item_of, thing

_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class Walk:
    """What one walk found.

    Attributes:
        things: What each expression stands for, where that is something captured or a part of it.
        locked: The nodes that are evaluated while a lock is held.
    """

    def __init__(self, scope: Scope, *, locked: bool = False) -> None:
        """Walk through a function.

        Args:
            scope: The function's scope; its aliases say what the parameters stand for.
            locked: Whether all calls of it are made while a lock is held.
        """
        self.things: dict[ast.AST, Captured] = {}
        self.locked: set[ast.AST] = set()
        self._scope = scope
        self._held = int(locked)
        scope.ever |= {name: found for name, found in scope.aliases.items() if found}
        body = scope.function.body
        if isinstance(body, ast.expr):
            self._visit(body)
        else:
            self._block(body)

    def _block(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, statement: ast.stmt) -> None:
        if self._held:
            self.locked.add(statement)
        match statement:
            case ast.If(test=test, body=body, orelse=orelse) | ast.While(test=test, body=body, orelse=orelse):
                self._visit(test)
                self._branches([body, orelse])
            case ast.For() | ast.AsyncFor():
                self._loop(statement)
            case ast.Try() | ast.TryStar():
                self._try(statement)
            case ast.With() | ast.AsyncWith():
                self._with(statement)
            case ast.Match():
                self._match(statement)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                self._inner(statement)
                self._name(name, None)
            case ast.ClassDef():
                self._class(statement)
            case _:
                self._simple(statement)

    def _loop(self, statement: ast.For | ast.AsyncFor) -> None:
        self._visit(statement.iter)
        before = dict(self._scope.aliases)
        self._visit(statement.target)
        self._bind(statement.target, item_of(statement.iter, self._scope))
        self._block(statement.body)
        self._join(before)
        self._block(statement.orelse)

    def _match(self, statement: ast.Match) -> None:
        self._visit(statement.subject)
        for node in (part for case in statement.cases for part in ast.walk(case.pattern)):
            if isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
                self._name(node.name, item_of(statement.subject, self._scope))
        self._parts(case.guard for case in statement.cases if case.guard)
        self._branches([case.body for case in statement.cases])

    def _class(self, statement: ast.ClassDef) -> None:
        self._parts([*statement.decorator_list, *statement.bases, *statement.keywords])
        before = dict(self._scope.aliases)
        self._scope.aliases |= dict.fromkeys(
            (name for one in statements(statement.body) for name, _ in bound(one)), None
        )
        self._block(statement.body)
        self._scope.aliases = before
        self._name(statement.name, None)

    def _simple(self, statement: ast.stmt) -> None:
        self._parts(parts(statement))
        match statement:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._pair(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._pair(target, value)
            case ast.AugAssign(target=ast.Name(id=name) as target) if name in self._scope.variables:
                found = thing(target, self._scope)
                if found and changes_in_place(found, self._scope.module):
                    self.things[target] = found
                else:
                    self._bind(target, None)
            case ast.Delete(targets=targets):
                for target in targets:
                    self._bind(target, None)

    def _branches(self, bodies: Sequence[Sequence[ast.stmt]]) -> None:
        before = dict(self._scope.aliases)
        held = self._held
        after: list[dict[str, Captured | None]] = []
        most_held = held
        for body in bodies:
            self._scope.aliases, self._held = dict(before), held
            self._block(body)
            if not (body and isinstance(body[-1], _LEAVES)):
                after.append(self._scope.aliases)
                most_held = self._held
        self._held = most_held
        self._scope.aliases = dict(after[0]) if after else before
        for aliases in after[1:]:
            self._join(aliases)

    def _join(self, other: dict[str, Captured | None]) -> None:
        for name, found in other.items():
            self._scope.aliases[name] = self._scope.aliases.get(name) or found

    def _try(self, statement: ast.Try | ast.TryStar) -> None:
        before = dict(self._scope.aliases)
        held = self._held
        self._block(statement.body)
        for handler in statement.handlers:
            self._join(before)
            if handler.type:
                self._visit(handler.type)
            if handler.name:
                self._name(handler.name, None)
            after_body, self._held = self._held, held
            self._block(handler.body)
            self._held = after_body
        self._block(statement.orelse)
        self._block(statement.finalbody)

    def _with(self, statement: ast.With | ast.AsyncWith) -> None:
        held = self._held
        for item in statement.items:
            self._visit(item.context_expr)
            if isinstance(statement, ast.With) and is_lock(item.context_expr, self._scope):
                self._held += 1
            if item.optional_vars:
                self._visit(item.optional_vars)
                self._bind(item.optional_vars, thing(item.context_expr, self._scope))
        self._block(statement.body)
        self._held = held

    def _visit(self, node: ast.AST) -> None:
        if self._held:
            self.locked.add(node)
        match node:
            case ast.Lambda():
                self._inner(node)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._comprehension(node)
            case ast.NamedExpr(target=target, value=value):
                self._visit(value)
                self._bind(target, thing(value, self._scope))
            case _:
                self._parts(parts(node))
        if isinstance(node, ast.expr):
            self._note(node)

    def _note(self, node: ast.expr) -> None:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if name in self._scope.variables:
                return
            case ast.Call(func=ast.Attribute(value=value, attr="acquire" | "release" as attribute)):
                if is_lock(value, self._scope):
                    self._held = max(self._held + (1 if attribute == "acquire" else -1), 0)
            case ast.Call(func=ast.Attribute(attr="enter_context"), args=[context]) if is_lock(context, self._scope):
                self._held += 1  # until the stack's own block ends
        found = thing(node, self._scope)
        if found is not None:
            self.things[node] = found

    def _parts(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self._visit(node)

    def _inner(self, function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        """Visit what defining a function evaluates; its body is another walk."""
        if not isinstance(function, ast.Lambda):
            self._parts(function.decorator_list)
        self._parts(default for default in (*function.args.defaults, *function.args.kw_defaults) if default)

    def _comprehension(self, node: _COMPREHENSIONS) -> None:
        before = dict(self._scope.aliases)
        for generator in node.generators:
            self._visit(generator.iter)
            self._bind(generator.target, item_of(generator.iter, self._scope))
            self._parts(generator.ifs)
        self._parts([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self._scope.aliases = before

    def _pair(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
            if len(target.elts) == len(value.elts):
                for one, other in zip(target.elts, [thing(part, self._scope) for part in value.elts], strict=True):
                    self._bind(one, other)
                return
            self._bind(target, None)
        elif isinstance(target, ast.Tuple | ast.List | ast.Starred):
            self._bind(target, item_of(value, self._scope))
        else:
            self._bind(target, thing(value, self._scope))

    def _bind(self, target: ast.expr, found: Captured | None) -> None:
        if isinstance(target, ast.Name):
            self._name(target.id, found)
        elif isinstance(target, ast.Tuple | ast.List):
            for part in target.elts:
                self._bind(part, found)
        elif isinstance(target, ast.Starred):
            self._bind(target.value, found)

    def _name(self, name: str, found: Captured | None) -> None:
        if name not in self._scope.declared:
            self._scope.aliases[name] = found
            if found:
                self._scope.ever[name] = found
