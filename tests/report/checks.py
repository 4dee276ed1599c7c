"""Checks made by hand, for the tests of what is drawn from them."""

from collections.abc import Sequence

from whichpool.hazards.assessing import assess
from whichpool.values import (
    APART,
    THREADED,
    CheckRecord,
    Examination,
    Finding,
    Hazard,
    PoolKind,
    Spot,
    Unseen,
    Workload,
)

FOLDER = "/home/ada/project"
FILE = f"{FOLDER}/counting/app.py"

COLLIDE = "two calls can collide, and one of two updates is lost"
APART_FROM_CALLER = "each worker changes a COUNT of its own, which the caller never sees"

ASSIGNED = Finding(
    Hazard.STATE_ASSIGNED,
    "COUNT",
    "COUNT, a number of the module, is assigned",
    {**dict.fromkeys(THREADED, COLLIDE), **dict.fromkeys(APART, APART_FROM_CALLER)},
    "return what each call adds and sum it up, or hold a lock while it changes, in threads",
    (
        Spot(FILE, 12, "COUNT += 1", "count"),
        Spot(FILE, 31, "COUNT = 0", "reset"),
        Spot(FILE, 40, "COUNT -= 1", "undo"),
        Spot(FILE, 44, "COUNT -= 2", "undo"),
        Spot(FILE, 48, "COUNT -= 3", "undo"),
    ),
    tried=True,
)
UNPICKLABLE = Finding(
    Hazard.UNPICKLABLE,
    "the result",
    "the result cannot be pickled: it holds an open file (its attribute log)",
    dict.fromkeys(APART, "what the call returns never reaches the caller: pickling it raises TypeError"),
    "return what is needed of it, and open the file in the worker",
    (),
    tried=True,
)
DRAWS = Finding(
    Hazard.RANDOM_GENERATOR,
    "RNG",
    "RNG, a random generator of the module, is drawn from",
    {PoolKind.FORK: "every forked worker continues from the same state: all draw the same numbers"},
    "make the generator inside the function, or once for each worker: ProcessPoolExecutor(initializer=…)",
    (Spot("/usr/lib/elsewhere/sampling.py", 7, "return RNG.choices(range(1_000_000), k=number)", "draw"),),
)
NOTE = Finding(
    Hazard.PER_WORKER_CACHE,
    "slow",
    "slow, which is cached, fills its cache",
    {},
    "",
    (Spot(FILE, 3, "@functools.cache", "slow"),),
)
NO_INTERPRETERS = Unseen((PoolKind.INTERPRETERS,), "interpreters cannot be tried on 3.11; try --python 3.14")


def check_of(
    *findings: Finding, unseen: Sequence[Unseen] = (), calls: int = 2, finished: bool = True, name: str = "app.py:count"
) -> CheckRecord:
    examination = Examination("3.11.7", ("count", "reset", "undo"), findings, tuple(unseen), calls, finished)
    return CheckRecord(Workload(name, folder=FOLDER), examination, assess(examination))


RECORD = check_of(ASSIGNED, NOTE, UNPICKLABLE, DRAWS, unseen=(NO_INTERPRETERS,))
CLEAN = check_of(unseen=(NO_INTERPRETERS,))
