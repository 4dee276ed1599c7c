"""Caches that each worker fills for itself, which is no hazard but worth knowing."""

import ast
from collections.abc import Iterator

from whichpool.hazards.looking import Look
from whichpool.values.hazards import Finding, Hazard

_CACHES = {
    "functools.lru_cache",
    "functools.cache",
    "functools.cached_property",
    "cachetools.cached",
}


def find_per_worker_caches(look: Look) -> Iterator[Finding]:
    """Note the caches that each worker fills for itself."""
    for reached in look.reached:
        if isinstance(reached.node, ast.Lambda):
            continue
        for decorator in reached.node.decorator_list:
            made_by = decorator.func if isinstance(decorator, ast.Call) else decorator
            if look.module.dotted(made_by, reached.imported) in _CACHES:
                yield Finding(
                    Hazard.PER_WORKER_CACHE,
                    reached.name,
                    f"{reached.name} remembers its results, and each process has its own memory of them",
                    {},
                    "",
                    (look.module.spot(decorator, reached.name),),
                )
