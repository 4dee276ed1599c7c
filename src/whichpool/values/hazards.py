"""What keeps a function from leaving the main thread, as far as can be seen: findings, and what was not looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whichpool.values.workload import Workload  # takes long to make, and a whole job needs none


class PoolKind(StrEnum):
    """The pools between which a hazard tells: what they share, and how a worker comes to life."""

    THREADS = "threads"
    FREE_THREADS = "threads without a GIL"
    FORK = "processes (fork)"
    SPAWN = "processes (spawn, forkserver)"
    INTERPRETERS = "interpreters"


THREADED = (PoolKind.THREADS, PoolKind.FREE_THREADS)
"""Workers that share the caller's objects."""

APART = (PoolKind.FORK, PoolKind.SPAWN, PoolKind.INTERPRETERS)
"""Workers with objects of their own."""

PICKLED = (PoolKind.SPAWN, PoolKind.FORK, PoolKind.INTERPRETERS)
"""Workers that calls and results must travel to and from."""

IMPORTED = (PoolKind.SPAWN, PoolKind.INTERPRETERS)
"""Workers that import the module anew."""


class Hazard(StrEnum):
    """The closed list of what is looked for."""

    STATE_ASSIGNED = "state-assigned"
    STATE_CHANGED = "state-changed"
    STATE_CHANGED_IN_TRIAL = "state-changed-in-trial"
    RACE = "race"
    ITERATION_WHILE_CHANGED = "iteration-while-changed"
    ASSIGNMENT_STAYS_LOCAL = "assignment-stays-local"
    UNPICKLABLE = "unpicklable"
    RESOURCE = "resource"
    LOCK = "lock"
    RANDOM_GENERATOR = "random-generator"
    RANDOM_STATE = "random-state"
    PROCESS_STATE = "process-state"
    THREAD_LOCAL = "thread-local"
    MUTABLE_DEFAULT = "mutable-default"
    NO_MAIN_GUARD = "no-main-guard"
    MODULE_WORK = "module-work"
    THREADS_AT_FORK = "threads-at-fork"
    NOT_IN_INTERPRETERS = "not-in-interpreters"
    TURNS_GIL_ON = "turns-gil-on"
    CALL_DOES_NOT_FIT = "call-does-not-fit"
    PER_WORKER_CACHE = "per-worker-cache"


@dataclass(frozen=True, slots=True)
class Spot:
    """A line of the user's code.

    Attributes:
        file: The file's path, as absolute as it is known; ``<…>`` for a notebook's cell and its like.
        line: The line, from 1 on.
        text: What stands there, without its indentation.
        function: The function that it stands in; empty at the module's top level.
    """

    file: str
    line: int
    text: str = ""
    function: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One hazard, or something worth a note.

    Attributes:
        hazard: Which of the closed list.
        subject: The name that it is about, such as ``CACHE``, ``self.total`` or ``os.environ``; it and ``hazard`` tell
            one finding from another.
        message: What was found, in a sentence without its full stop: ``CACHE, a dict of the module, is changed``.
        effects: For each pool in which this is a hazard, what comes of it there; empty for a mere note.
        mend: What to do about it.
        spots: Where it stands, the most telling line first; empty where no line shows it.
        tried: Whether it was seen in a trial call, which is evidence, and not only read in the code.
    """

    hazard: Hazard
    subject: str
    message: str
    effects: Mapping[PoolKind, str]
    mend: str
    spots: tuple[Spot, ...] = ()
    tried: bool = False


@dataclass(frozen=True, slots=True)
class Unseen:
    """Something that could not be looked at.

    Attributes:
        kinds: The pools for which that leaves the question open; empty where it only tells how far the look went.
        message: What was not looked at, why, and what would help.
    """

    kinds: tuple[PoolKind, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Examination:
    """What a child found out about a function.

    Attributes:
        python: The version of its Python, such as ``3.11.7``.
        functions: The functions whose code was read, the asked-for one first.
        findings: The hazards, those that were seen in trial calls included.
        unseen: What could not be looked at.
        calls: How many trial calls were made.
        finished: Whether the look came to its end; else something broke it off, or it is still going on.
    """

    python: str
    functions: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    calls: int = 0
    finished: bool = True


class Status(StrEnum):
    """What can be said of a pool; that nothing was found does not make it safe."""

    NONE_FOUND = "no hazard found"
    HAZARD = "hazard"
    COULD_NOT_LOOK = "could not look"


@dataclass(frozen=True, slots=True)
class Assessment:
    """What can be said of a function in one pool.

    Attributes:
        kind: The pool.
        status: Whether a hazard was found.
        reasons: What comes of each hazard there, or what could not be looked at.
    """

    kind: PoolKind
    status: Status
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """The result of a check.

    Attributes:
        workload: What was checked; it has items where trial calls were asked for.
        examination: What was seen.
        assessments: What that means for each pool, in the order of :class:`PoolKind`.
    """

    workload: "Workload"
    examination: Examination
    assessments: tuple[Assessment, ...]
