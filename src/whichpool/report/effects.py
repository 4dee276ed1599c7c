"""What comes of a finding in which pools, told once where it is the same; and where its lines stand."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath

from whichpool.values import Finding, PoolKind

_PROCESSES = (PoolKind.FORK, PoolKind.SPAWN)


def by_effect(effects: Mapping[PoolKind, str]) -> Iterator[tuple[str, str]]:
    """Group the pools in which the same comes of a finding: ``("threads, threads without a GIL", "…")``."""
    kinds_by_effect: dict[str, list[PoolKind]] = {}
    for kind in PoolKind:
        if kind in effects:
            kinds_by_effect.setdefault(effects[kind], []).append(kind)
    for effect, kinds in kinds_by_effect.items():
        yield _named(kinds), effect


def _named(kinds: list[PoolKind]) -> str:
    if len(kinds) == len(PoolKind):
        return "every pool"
    if not set(_PROCESSES).issubset(kinds):
        return ", ".join(kinds)
    return ", ".join("processes" if kind is PoolKind.FORK else kind for kind in kinds if kind is not PoolKind.SPAWN)


def hazards_first(findings: Iterable[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Part the findings that are a hazard in some pool from those that are worth a note only."""
    findings = tuple(findings)
    return [each for each in findings if each.effects], [each for each in findings if not each.effects]


def below(file: str, folder: str) -> str | None:
    """Write a file's path relative to a folder, with ``/``; None if it does not stand below it."""
    path = PurePath(file)
    return path.relative_to(folder).as_posix() if path.is_absolute() and path.is_relative_to(folder) else None
