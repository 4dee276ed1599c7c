"""What counts as a lock: by how it was made, or else by its name."""

import ast
import re

from whichpool.hazards.bindings import bound, statements
from whichpool.hazards.scope import Scope
from whichpool.hazards.things import thing

_MAKERS = {
    f"{module}.{kind}"
    for module in ("threading", "multiprocessing", "_thread", "filelock", "fasteners", "portalocker")
    for kind in ("Lock", "RLock", "Condition", "Semaphore", "BoundedSemaphore", "FileLock", "InterProcessLock")
} | {"_thread.allocate_lock"}
_SOUNDS_LIKE_LOCK = re.compile(r"(?<![bc])lock|mutex|semaphore", re.IGNORECASE)  # not clock, not block


def is_lock(node: ast.expr, scope: Scope) -> bool:
    """Tell whether entering this keeps other calls out; a lock that the call itself made keeps nobody out."""
    if isinstance(node, ast.Call):
        if scope.module.dotted(node.func, scope.imported) in _MAKERS:
            return False
        return _is_named_so(node.func)  # COUNTER.get_lock(), lock_for(key)
    captured = thing(node, scope)
    if captured is not None and any(_makes_lock(value, scope) for value in captured.values):
        return True
    if captured is None and isinstance(node, ast.Name) and _is_made_here(node.id, scope):
        return False
    return _is_named_so(node)


def _makes_lock(value: ast.AST, scope: Scope) -> bool:
    return isinstance(value, ast.Call) and scope.module.dotted(value.func, scope.imported) in _MAKERS


def _is_made_here(name: str, scope: Scope) -> bool:
    if isinstance(scope.function, ast.Lambda):
        return False
    body = statements(scope.function.body)
    return any(found == name and _makes_lock(value, scope) for one in body for found, value in bound(one))


def _is_named_so(node: ast.expr) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    if isinstance(node, ast.Subscript):
        return _is_named_so(node.value)
    return _SOUNDS_LIKE_LOCK.search(name) is not None
