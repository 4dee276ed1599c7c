"""Values to decide by, with defaults for all that a test does not care about."""

import math
from dataclasses import fields, replace

from whichpool.decide.evidence import Evidence
from whichpool.decide.plan import Plan
from whichpool.values import (
    THIS_PYTHON,
    Anatomy,
    Band,
    Breakdown,
    Dissection,
    Entry,
    Estimate,
    Facts,
    Options,
    Parcelled,
    Run,
    Sample,
    Spending,
    Spent,
    State,
    Strategy,
    Timing,
    Trial,
)

SERIAL = Strategy("serial")
THREADS = Strategy("threads", 2)
PROCESSES = Strategy("processes", 2, start_method="fork")

UNAVAILABLE = dict.fromkeys(("asyncio", "interpreters", "loky"), "it is not there")

ITEMS = 100
ITEM_S = 0.01


def make_anatomy(item_s: float = ITEM_S, **changes: object) -> Anatomy:
    """Make an item of pure Python, with small arguments and results."""
    small = Parcelled(size_bytes=28, dump_s=1e-6, load_s=1e-6)
    anatomy = Anatomy(
        item_s=item_s,
        cpu_s=item_s,
        native_cpu_s=0.0,
        gil_held=Band(0.95, 1.0),
        timings=(Timing(ITEMS // 2, item_s),),
        arguments=small,
        results=small,
        native=None,
        base_bytes=None,
        loaded_bytes=0,
        item_bytes=None,
        trials=(
            Trial("threads", None, ready_s=200e-6, handover_s=15e-6, close_s=100e-6),
            Trial("processes", "fork", ready_s=3e-3, handover_s=200e-6, close_s=3e-3),
        ),
        cost_s=1.0,
    )
    return replace(anatomy, **changes)  # type: ignore[arg-type]  # a test names the field it means


def make_sample(job_s: float = 1.0, **changes: object) -> Sample:
    """Make a sample of the first counted round."""
    sample = Sample(1, ITEMS, None, chunksize=1, job_s=job_s, startup_s=0.0, cpu_s=job_s, load_s=0.0)
    return replace(sample, **changes)  # type: ignore[arg-type]  # a test names the field it means


def make_breakdown(workers: int = 1, **parts: float) -> Breakdown:
    """Make a breakdown of the parts named."""
    nothing = dict.fromkeys((field.name for field in fields(Breakdown)), 0.0)
    del nothing["workers"]
    return Breakdown(workers, **(nothing | parts))


def make_spent(job_s: float, parent_s: float = 0.0, **shares: float) -> Spent:
    """Make what a job's time went into by shares of it; the rest is computing."""
    parts = {Spending[name.upper()]: share * job_s for name, share in shares.items()}
    return Spent(job_s, 24, 2, {Spending.COMPUTING: job_s - sum(parts.values()), **parts}, parent_s)


def make_entry(strategy: Strategy, job_s: float, serial_s: float = 1.0, rounds: int = 10, **changes: object) -> Entry:
    """Make an entry whose speed-up over serial is known to a hundredth, if it was raced for any rounds."""
    speedup = serial_s / job_s
    low, high = (speedup / 1.01, speedup * 1.01) if rounds else (0.0, math.inf)
    entry = Entry(
        strategy=strategy,
        state=State.RACED,
        samples=(make_sample(job_s),),
        job_s=Estimate(job_s, job_s, job_s, rounds),
        startup_s=0.0,
        cores_busy=1.0,
        chunksize=1,
        vs_serial=None if strategy.pool == "serial" else Estimate(speedup, low, high, rounds),
    )
    return replace(entry, **changes)  # type: ignore[arg-type]  # a test names the field it means


def looked(seen: Evidence, anatomy: Anatomy | None = None, **facts: object) -> Evidence:
    """Change what the first look told of the only Python."""
    ((python, look),) = seen.looks.items()
    changed = replace(look.facts, **facts)  # type: ignore[arg-type]  # a test names the field it means
    return replace(seen, looks={python: replace(look, facts=changed, anatomy=anatomy or look.anatomy)})


def make_evidence(
    anatomy: Anatomy | None = None,
    options: Options | None = None,
    cores: float = 2,
    *,
    gil: bool = True,
    items: int = ITEMS,
) -> Evidence:
    """Make evidence of a race of serial, threads and processes; its samples say nothing of their own."""
    facts = Facts(
        items,
        unpacked=False,
        by_value=False,
        start_methods=("fork",),
        python="3.11.7",
        load_s=0.01,
        gil=gil,
        unavailable=UNAVAILABLE,
    )
    if anatomy is not None and not gil:
        anatomy = replace(anatomy, gil_held=Band(0.0, 0.0))
    return Evidence(
        {THIS_PYTHON: Dissection(facts, anatomy)},
        Plan(items, items, sample_s=1.0, limit_s=10.0, cores=cores),
        options=options or Options(),
        runs=tuple(Run(strategy, (make_sample(),)) for strategy in (SERIAL, THREADS, PROCESSES)),
    )
