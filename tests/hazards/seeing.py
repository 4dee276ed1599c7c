"""One rule, let loose on a small module that is written as a string."""

from collections.abc import Callable, Iterable
from textwrap import dedent

from whichpool.hazards.accesses import accesses
from whichpool.hazards.looking import Look
from whichpool.hazards.module import Module
from whichpool.hazards.reach import reach
from whichpool.hazards.source import Source
from whichpool.values.hazards import Finding, PoolKind

Rule = Callable[[Look], Iterable[Finding]]


def found(rule: Rule, text: str, name: str = "work", arguments: str = "") -> list[Finding]:
    """Tell what a rule finds in a function."""
    module = Module.parse(Source("/app.py", dedent(text)))
    target = module.find(name)
    assert target is not None, f"there is no {name} in the test's own text"
    reached = reach(module, name, target)
    return list(rule(Look(module, name, arguments, target, reached, accesses(module, reached))))


def subjects(rule: Rule, text: str, name: str = "work", arguments: str = "") -> list[str]:
    """Name what a rule finds to be a hazard in any pool, mere notes left aside."""
    return [finding.subject for finding in found(rule, text, name, arguments) if finding.effects]


def pools(rule: Rule, text: str, name: str = "work") -> set[PoolKind]:
    """Tell in which pools the one thing that a rule finds is a hazard."""
    (finding,) = found(rule, text, name)
    return set(finding.effects)
