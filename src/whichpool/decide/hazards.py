"""The hazards that a function's code shows, as caveats of the pools that ran it; no measurement is stopped by them."""

from collections.abc import Iterator, Sequence

from whichpool.decide.evidence import Evidence
from whichpool.pools import catalogue
from whichpool.pools.catalogue import Workers
from whichpool.values import Caveat, Code, Finding, PoolKind, Run, Strategy


def hazard_caveats(evidence: Evidence) -> Iterator[Caveat]:
    """Give a caveat for each hazard that concerns a pool which was run, with what comes of it there."""
    kinds = {
        kind
        for run in _with_samples(evidence.runs)
        if (kind := pool_kind(run.strategy, gil=evidence.facts_of(run.strategy).gil))
    }
    told: list[Finding] = []
    for finding in (finding for look in evidence.looks.values() for finding in look.findings):
        if finding in told:
            continue
        told.append(finding)
        concerned = [kind for kind in finding.effects if kind in kinds]
        if concerned:
            yield Caveat(Code.HAZARD, _message(finding, concerned))


def pool_kind(strategy: Strategy, *, gil: bool) -> PoolKind | None:
    """Tell which hazards concern a strategy; None where its calls stay in the main thread."""
    match catalogue.find(strategy.pool).workers:
        case Workers.THREADS:
            return PoolKind.THREADS if gil else PoolKind.FREE_THREADS
        case Workers.INTERPRETERS:
            return PoolKind.INTERPRETERS
        case Workers.PROCESSES | Workers.CLUSTER:
            return PoolKind.FORK if strategy.start_method == "fork" else PoolKind.SPAWN
        case _:
            return None


def _with_samples(runs: Sequence[Run]) -> Iterator[Run]:
    return (run for run in runs if run.samples or run.failure)


def _message(finding: Finding, concerned: Sequence[PoolKind]) -> str:
    place = f" (line {finding.spots[0].line})" if finding.spots else ""
    effects: dict[str, list[str]] = {}
    for kind in concerned:
        effects.setdefault(finding.effects[kind], []).append(str(kind))
    told = "; ".join(f"{', '.join(kinds)}: {effect}" for effect, kinds in effects.items())
    return f"{finding.message}{place}. In {told}. {finding.mend[:1].upper()}{finding.mend[1:]}"
