"""Records made by hand, for the tests of what is drawn from them."""

import math

from whichpool.errors import Trouble
from whichpool.values import (
    Anatomy,
    Band,
    BreakEven,
    Elsewhere,
    Entry,
    Estimate,
    Facts,
    Failure,
    Outcome,
    Parcelled,
    Prospect,
    Record,
    Sample,
    Size,
    Spending,
    Spent,
    State,
    Strategy,
    Timing,
    Trial,
    Verdict,
    Workload,
)

SERIAL = Strategy("serial")
THREADS = Strategy("threads", 2)
MANY = Strategy("threads", 32)
PROCESSES = Strategy("processes", 2, start_method="forkserver")
BROKEN = Strategy("processes", 8, start_method="forkserver")


def estimate(value: float, n: int = 9) -> Estimate:
    return Estimate(value, value * 0.98, value * 1.02, n) if n else Estimate(value, 0.0, math.inf, 0)


def samples(*jobs_s: float, items: int = 24) -> tuple[Sample, ...]:
    return tuple(
        Sample(number, items, None, 3, job_s=job_s, startup_s=0.001, cpu_s=0.9 * job_s, load_s=0.02)
        for number, job_s in enumerate(jobs_s)
    )


def raced(strategy: Strategy, job_s: float, serial_s: float = 1.0, n: int = 9) -> Entry:
    return Entry(
        strategy=strategy,
        state=State.RACED if n else State.DROPPED,
        reason=None if n else "slower than threads ×2 in the warm-up round",
        samples=samples(*[job_s] * (n + 1)),
        job_s=estimate(job_s, n),
        startup_s=job_s / 100,
        cores_busy=1.0,
        vs_serial=None if strategy == SERIAL else estimate(serial_s / job_s, n),
        vs_threads=estimate(0.9, n) if strategy.pool == "processes" else None,
        chunksize=3,
        whole_job_s=(job_s,) * (n + 1),
    )


FAILED = Entry(
    BROKEN,
    State.FAILED,
    "a worker process was killed by SIGSEGV",
    failure=Failure(Trouble.DIED, "a worker process was killed by SIGSEGV", "Fatal Python error"),
)
SKIPPED = Entry(Strategy("processes", 32, start_method="spawn"), State.SKIPPED, "the budget was spent before its turn")

ANATOMY = Anatomy(
    item_s=0.0069,
    cpu_s=0.0068,
    native_cpu_s=0.0,
    gil_held=Band(0.9, 1.0),
    timings=tuple(Timing(place, 0.0069) for place in range(24)),
    arguments=Parcelled(40.0, 1e-6, 2e-6),
    results=Parcelled(28.0, 3e-6, 4e-6),
    native=None,
    base_bytes=24_000_000,
    loaded_bytes=0,
    item_bytes=100_000,
    trials=(Trial("processes", "fork", 0.004, 0.0002, 0.001, 9_000_000),),
    cost_s=0.8,
)
SPENT = Spent(
    job_s=0.5,
    items=24,
    workers=2,
    parts={Spending.STARTUP: 0.02, Spending.COMPUTING: 0.44, Spending.HANDING: 0.025, Spending.TAIL: 0.015},
    parent_s=0.0123,
)
BREAK_EVEN = BreakEven(12, THREADS, (Size(10, SERIAL, 1.0), Size(100, THREADS, 1.7), Size(1000, THREADS, 1.9)))
PROSPECTS = (
    Prospect(Elsewhere(16), Strategy("processes", 16, start_method="forkserver"), 9.2, 14.1),
    Prospect(Elsewhere(16), THREADS, 1.02, 1.02),
    Prospect(Elsewhere(gil=False), MANY, 2.0, 2.5),
)

RECORD = Record(
    workload=Workload("app.py:work"),
    facts=Facts(24, unpacked=False, by_value=False, start_methods=("fork",), python="3.13.1", load_s=0.02),
    machine={
        "cores": {"usable": 1.5, "installed": 8, "reason": "affinity: CPUs 0-1"},
        "python": {"version": "3.11.7", "implementation": "CPython"},
        "load_1min": None,
    },
    measured_items=24,
    rounds=9,
    elapsed_s=12.3,
    margin=0.05,
    entries=(raced(SERIAL, 1.0), raced(THREADS, 0.5), raced(MANY, 0.6, n=0), raced(PROCESSES, 12.3), FAILED, SKIPPED),
    verdict=Verdict(Outcome.FASTER, THREADS, SERIAL, estimate(2.0), "Use threads ×2.", ("one against other",)),
)


def flowing(text: str) -> str:
    """Undo the breaking of lines."""
    return " ".join(text.split())
