"""Which of the modules that a target needs cannot be imported in an interpreter with a GIL of its own."""

import json
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from whichpool.lab.provenance import foreign_extensions, is_compiled, listed
from whichpool.values import Finding, Hazard, PoolKind, Unseen

_FIRST_WITH_A_POOL = (3, 14)
_LIMIT_S = 3.0
_TRIAL = Path(__file__).with_name("interpreter_trial.py")


def find_refused_in_interpreters(modules: Iterable[str], limit_s: float = _LIMIT_S) -> Iterator[Finding | Unseen]:
    """Import modules one by one in a fresh interpreter, in a process of its own.

    Args:
        modules: The names of what was imported, in that order; names that no ``import`` could write are left out.
        limit_s: How long that may take.
    """
    modules = list(modules)
    if sys.version_info < _FIRST_WITH_A_POOL:
        if doubtful := foreign_extensions(modules):
            message = (
                f"Python {platform.python_version()} has no pool of interpreters: whether {listed(doubtful)} can be "
                "imported there can only be tried with --python and 3.14 or later"
            )
            yield Unseen((PoolKind.INTERPRETERS,), message)
        return
    names = _one_by_one(modules)
    told, how_it_ended = _try(names, limit_s)
    blamed: set[str] = set()
    for name, error in told:
        package = name.partition(".")[0]
        if error and package not in blamed and error not in blamed:
            blamed |= {package, error}
            yield _refused(name, error)
    missed = names[len(told) :]
    if missed:
        message = f"{how_it_ended} while importing {missed[0]} in an interpreter: that and what follows was not seen"
        yield Unseen((PoolKind.INTERPRETERS,), message)


def _one_by_one(modules: Iterable[str]) -> list[str]:
    """List packages and modules in the order of their first import, and after them what is compiled within packages."""
    modules = [name for name in modules if all(part.isidentifier() for part in name.split("."))]
    tops = dict.fromkeys(name.partition(".")[0] for name in modules)
    return list(tops | dict.fromkeys(name for name in modules if is_compiled(name)))


def _try(names: list[str], limit_s: float) -> tuple[list[tuple[str, str]], str]:
    """Import in a process of its own; return what it told, and how it ended if it did not tell all."""
    request = json.dumps([list(map(str, sys.path)), names])
    try:
        done = subprocess.run(
            [sys.executable, "-P", str(_TRIAL)],
            input=request.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limit_s,
            check=False,
        )
        output, how_it_ended = done.stdout, f"the process ended with exit code {done.returncode}"
    except subprocess.TimeoutExpired as error:
        output, how_it_ended = error.stdout or b"", f"{limit_s:g} s were over"
    lines = output.decode(errors="replace").splitlines()
    return [(name, error) for name, error in map(json.loads, lines)], how_it_ended


def _refused(name: str, error: str) -> Finding:
    return Finding(
        Hazard.NOT_IN_INTERPRETERS,
        name,
        f"{name} cannot be imported in an interpreter of its own: {error}",
        {PoolKind.INTERPRETERS: f"{name} cannot be imported in a worker: every call fails"},
        f"use threads or processes, or import {name} only in functions that no interpreter runs",
        tried=True,
    )
