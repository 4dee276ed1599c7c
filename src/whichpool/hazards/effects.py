"""What each pool makes of the things that a function may hold on to, and what to do about it: nothing but words."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from whichpool.values.hazards import APART, IMPORTED, THREADED, Finding, Hazard, PoolKind, Spot


class ResourceKind(StrEnum):
    """Things that are more than their value: what the operating system, another process or a seed gives them."""

    FILE = "an open file"
    SOCKET = "an open connection"
    SQLITE = "an SQLite connection"
    DATABASE = "a database connection"
    CLIENT = "a client with a pool of connections"
    SESSION = "a session with open connections"
    PROGRAM = "a running program"
    MEMORY_MAP = "a memory map"
    ARCHIVE = "an open archive"
    LOG_FILE = "a log file"
    EXECUTOR = "a pool of workers"
    EVENT_LOOP = "an event loop"
    QUEUE = "a queue between threads"
    SHARED = "an object shared by multiprocessing"
    LOCK = "a lock between threads"
    GENERATOR = "a random generator"
    SEEDED_GENERATOR = "a seeded random generator"
    THREAD_LOCAL = "a threading.local"


@dataclass(frozen=True, slots=True)
class Words:
    """What to say of a kind of thing; ``{name}`` stands for the thing's name.

    Attributes:
        hazard: What it is in the closed list.
        effects: What comes of it in each pool where it is a hazard.
        mend: What to do about it.
    """

    hazard: Hazard
    effects: Mapping[PoolKind, str]
    mend: str


def each(kinds: tuple[PoolKind, ...], effect: str) -> dict[PoolKind, str]:
    """Say the same of several pools."""
    return dict.fromkeys(kinds, effect)


_PER_WORKER = (
    "make {name} inside the function, or once for each worker: initializer=… of the pool, in a threading.local"
)

RESOURCES: Mapping[ResourceKind, Words] = MappingProxyType({
    ResourceKind.FILE: Words(
        Hazard.RESOURCE,
        each(THREADED, "threads share one position in {name}: their reads and writes mix")
        | {PoolKind.FORK: "forked workers share one position in {name}, each with a copy of its buffer: lines mix"}
        | each(IMPORTED, "{name} cannot be pickled, and each worker that imports the module opens the file anew"),
        "open the file inside the function, or once for each worker: ProcessPoolExecutor(initializer=…)",
    ),
    ResourceKind.SOCKET: Words(
        Hazard.RESOURCE,
        each(THREADED, "threads send and receive over one {name}: their messages mix")
        | {PoolKind.FORK: "forked workers share the one connection: they read each other's answers"}
        | each(IMPORTED, "{name} cannot be pickled, and each worker that imports the module connects anew"),
        _PER_WORKER,
    ),
    ResourceKind.SQLITE: Words(
        Hazard.RESOURCE,
        each(THREADED, "sqlite3 refuses {name} in any thread but its own; else they share one transaction")
        | {PoolKind.FORK: "an SQLite connection must not cross a fork: its locks are lost, which can damage the file"}
        | each(IMPORTED, "{name} cannot be pickled; a worker that imports the module has its own, :memory: empty"),
        _PER_WORKER,
    ),
    ResourceKind.DATABASE: Words(
        Hazard.RESOURCE,
        each(THREADED, "threads share one connection, and so one transaction")
        | {PoolKind.FORK: "forked workers share the one connection: they read each other's answers"}
        | each(IMPORTED, "{name} cannot be pickled, and each worker that imports the module connects anew"),
        _PER_WORKER,
    ),
    ResourceKind.CLIENT: Words(
        Hazard.RESOURCE,
        {PoolKind.FORK: "forked workers inherit the connections that {name} has open, and use them at once"},
        "make {name} in each worker: ProcessPoolExecutor(initializer=…); threads may share it",
    ),
    ResourceKind.SESSION: Words(
        Hazard.RESOURCE,
        each(THREADED, "threads share the cookies and the settings of {name}, which is not made for that")
        | {PoolKind.FORK: "forked workers share the connections that {name} has open: they read each other's answers"},
        _PER_WORKER,
    ),
    ResourceKind.PROGRAM: Words(
        Hazard.RESOURCE,
        each(THREADED, "threads share the pipes of {name}: what they write and read mixes")
        | {PoolKind.FORK: "forked workers share the pipes of {name}, and only the caller can wait for it"}
        | each(IMPORTED, "{name} cannot be pickled, and each worker that imports the module starts it again"),
        "start the program inside the function, or once for each worker: ProcessPoolExecutor(initializer=…)",
    ),
    ResourceKind.MEMORY_MAP: Words(
        Hazard.RESOURCE,
        each(THREADED, "threads share one position in {name}: take slices, not read()")
        | {PoolKind.FORK: "what one worker writes into {name} all see, unless the map is private: then none does"}
        | each(IMPORTED, "{name} cannot be pickled, and each worker that imports the module maps the file anew"),
        _PER_WORKER,
    ),
    ResourceKind.ARCHIVE: Words(
        Hazard.RESOURCE,
        each(THREADED, "threads share one position in the archive: what they read or write may mix")
        | {PoolKind.FORK: "forked workers share one position in the archive: what they read is damaged"}
        | each(IMPORTED, "{name} cannot be pickled, and each worker that imports the module opens it anew"),
        "open the archive inside the function, or once for each worker: ProcessPoolExecutor(initializer=…)",
    ),
    ResourceKind.LOG_FILE: Words(
        Hazard.RESOURCE,
        {PoolKind.FORK: "forked workers write into one log file without a common lock: lines and rotations mix"}
        | each(IMPORTED, "each worker that imports the module opens the log file anew: lines mix, mode w empties it"),
        "let workers log through logging.handlers.QueueHandler, and one QueueListener write the file",
    ),
    ResourceKind.EXECUTOR: Words(
        Hazard.RESOURCE,
        {PoolKind.FORK: "the threads behind {name} do not survive a fork: work given to it never starts"}
        | each(IMPORTED, "{name} cannot be pickled, and each worker that imports the module opens a pool of its own"),
        "open the pool inside the function, or call it from the main program only",
    ),
    ResourceKind.EVENT_LOOP: Words(
        Hazard.RESOURCE,
        each(THREADED, "{name} runs in one thread at a time: RuntimeError: This event loop is already running")
        | {PoolKind.FORK: "forked workers share what {name} waits on: they take each other's events"}
        | each(IMPORTED, "{name} cannot be pickled, and each worker that imports the module makes its own"),
        "use asyncio.run(…) inside the function",
    ),
    ResourceKind.QUEUE: Words(
        Hazard.RESOURCE,
        each(APART, "each worker has a {name} of its own: what is put there never reaches the caller"),
        "return the value; or hand a multiprocessing.Queue to each worker: ProcessPoolExecutor(initializer=…)",
    ),
    ResourceKind.SHARED: Words(
        Hazard.RESOURCE,
        each(IMPORTED, "each worker that imports the module makes a {name} of its own: only a fork shares it"),
        "hand {name} to each worker: ProcessPoolExecutor(initializer=…, initargs=({name},))",
    ),
    ResourceKind.LOCK: Words(
        Hazard.LOCK,
        {PoolKind.FORK: "each worker has a {name} of its own: it keeps none out, and forked while held never opens"}
        | each(IMPORTED, "each worker has a {name} of its own: it keeps none out; it cannot be pickled"),
        "hand a multiprocessing.Lock to each process: ProcessPoolExecutor(initializer=…); or share nothing",
    ),
    ResourceKind.GENERATOR: Words(
        Hazard.RANDOM_GENERATOR,
        {PoolKind.FORK: "every forked worker continues from the same state: all draw the same numbers"},
        "make the generator inside the function, or once for each worker: ProcessPoolExecutor(initializer=…)",
    ),
    ResourceKind.SEEDED_GENERATOR: Words(
        Hazard.RANDOM_GENERATOR,
        each(THREADED, "which item draws which numbers depends on how threads take turns")
        | {PoolKind.FORK: "every forked worker continues from the same state: all draw the same numbers"}
        | each(IMPORTED, "every worker starts {name} from the same seed: all draw the same numbers"),
        "seed one for each item inside the function: random.Random(item), or numpy.random.default_rng([seed, item])",
    ),
    ResourceKind.THREAD_LOCAL: Words(
        Hazard.THREAD_LOCAL,
        each(THREADED, "every worker thread starts with an empty {name}: what the main thread set is missing")
        | each(IMPORTED, "a worker knows of {name} only what importing the module sets"),
        "set it in each worker: ThreadPoolExecutor(initializer=…); or pass the value as an argument",
    ),
})  # fmt: skip
"""What to say of each kind; both who reads the code and who looks at the live objects say it."""


BEFORE_IT_BEGINS = "the call raises TypeError before the function begins"
"""What comes of a call that does not fit; both who reads it and who tries to load it say it."""

MEND_MODULE_WORK = "compute it in a function that remembers it (functools.cache), so that only who needs it pays"
"""What helps against work on import; both who reads the code and who takes the time of imports say it."""


def resource_finding(
    kind: ResourceKind, name: str, message: str, spots: tuple[Spot, ...] = (), *, tried: bool = False
) -> Finding:
    """Say of a thing by its name what each pool makes of it."""
    words = RESOURCES[kind]
    effects = {pool: effect.format(name=name) for pool, effect in words.effects.items()}
    return Finding(words.hazard, name, message, effects, words.mend.format(name=name), spots, tried)
