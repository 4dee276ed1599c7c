"""Objects that are more than their value, told by what they are, however they were made.

Types are known by their names, so that nothing is imported only to compare with it.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from types import MappingProxyType
from typing import Any

from whichpool.hazards.effects import ResourceKind
from whichpool.lab.captured import Captured
from whichpool.lab.provenance import is_users_own
from whichpool.lab.showing import short

_BY_TYPE: Mapping[str, ResourceKind] = MappingProxyType(
    {
        "_io._IOBase": ResourceKind.FILE,
        "tempfile._TemporaryFileWrapper": ResourceKind.FILE,
        "_socket.socket": ResourceKind.SOCKET,
        "http.client.HTTPConnection": ResourceKind.SOCKET,
        "multiprocessing.connection._ConnectionBase": ResourceKind.SOCKET,
        "sqlite3.Connection": ResourceKind.SQLITE,
        "sqlite3.Cursor": ResourceKind.SQLITE,
        "sqlalchemy.engine.base.Connection": ResourceKind.DATABASE,
        "sqlalchemy.orm.session.Session": ResourceKind.DATABASE,
        "sqlalchemy.engine.base.Engine": ResourceKind.CLIENT,
        "redis.client.Redis": ResourceKind.CLIENT,
        "pymongo.synchronous.mongo_client.MongoClient": ResourceKind.CLIENT,
        "pymongo.mongo_client.MongoClient": ResourceKind.CLIENT,
        "httpx.Client": ResourceKind.CLIENT,
        "httpx._client.Client": ResourceKind.CLIENT,
        "urllib3.poolmanager.PoolManager": ResourceKind.CLIENT,
        "requests.sessions.Session": ResourceKind.SESSION,
        "subprocess.Popen": ResourceKind.PROGRAM,
        "mmap.mmap": ResourceKind.MEMORY_MAP,
        "zipfile.ZipFile": ResourceKind.ARCHIVE,
        "tarfile.TarFile": ResourceKind.ARCHIVE,
        "concurrent.futures._base.Executor": ResourceKind.EXECUTOR,
        "multiprocessing.pool.Pool": ResourceKind.EXECUTOR,
        "queue.Queue": ResourceKind.QUEUE,
        "_queue.SimpleQueue": ResourceKind.QUEUE,
        "multiprocessing.queues.Queue": ResourceKind.SHARED,
        "multiprocessing.queues.SimpleQueue": ResourceKind.SHARED,
        "multiprocessing.synchronize.SemLock": ResourceKind.SHARED,
        "multiprocessing.synchronize.Condition": ResourceKind.SHARED,
        "multiprocessing.sharedctypes.SynchronizedBase": ResourceKind.SHARED,
        "multiprocessing.managers.BaseProxy": ResourceKind.SHARED,
        "_thread.lock": ResourceKind.LOCK,
        "_thread.RLock": ResourceKind.LOCK,
        "threading.Condition": ResourceKind.LOCK,
        "threading.Semaphore": ResourceKind.LOCK,
        "threading.Event": ResourceKind.LOCK,
        "threading.Barrier": ResourceKind.LOCK,
        "random.Random": ResourceKind.GENERATOR,
        "numpy.random._generator.Generator": ResourceKind.GENERATOR,
        "numpy.random.mtrand.RandomState": ResourceKind.GENERATOR,
        "_thread._local": ResourceKind.THREAD_LOCAL,
    }
)
_HARMLESS = {"_io.BytesIO", "_io.StringIO", "random.SystemRandom"}
_DATABASES = {"MySQLdb", "mysql", "oracledb", "psycopg", "psycopg2", "pymssql", "pymysql", "pyodbc"}
_LAST_STANDARD_STREAM = 2


def _is_open_file(value: Any) -> bool:  # noqa: ANN401 - whatever is of a file's type
    """Tell files of the system's from those in memory, which have no descriptor, and from the standard streams."""
    try:
        return int(value.fileno()) > _LAST_STANDARD_STREAM
    except (OSError, ValueError):  # in memory, or closed
        return False


_IS_ALIVE: Mapping[ResourceKind, Callable[[Any], bool]] = MappingProxyType(
    {
        ResourceKind.FILE: _is_open_file,
        ResourceKind.PROGRAM: lambda program: program.returncode is None,
        ResourceKind.THREAD_LOCAL: lambda local: bool(vars(local)),  # set in this thread only, it is missed in others
    }
)
_MOST_PARTS = 100
_DEPTH = 2


def resource_kind(value: object) -> ResourceKind | None:
    """Tell what kind of thing an object is; None for a mere value, and for what is closed or has ended.

    Raises:
        Exception: What the object raises when it is asked.
    """
    names = [f"{cls.__module__}.{cls.__qualname__}" for cls in type(value).__mro__]
    if isinstance(value, logging.Logger):
        return ResourceKind.LOG_FILE if _writes_a_file(value) else None
    kind = next((_BY_TYPE[name] for name in names if name in _BY_TYPE), None)
    if kind is None:
        return ResourceKind.DATABASE if _is_of_a_database(type(value)) else None
    is_harmless = not _HARMLESS.isdisjoint(names) or (kind in _IS_ALIVE and not _IS_ALIVE[kind](value))
    return None if is_harmless else kind


def resources_in(captured: Captured, attributes: Collection[str]) -> Iterator[tuple[str, ResourceKind]]:
    """Find resources in what a function holds on to, and in its parts down to two levels, each with its path.

    Args:
        captured: What to look into.
        attributes: The attributes that the code uses; others of an object of the user's are none of its business.
    """
    pending: list[tuple[str, object, int]] = [(captured.name, captured.read(), _DEPTH)]
    met: dict[int, object] = {}
    while pending:
        path, value, depth = pending.pop(0)
        if id(value) in met:
            continue
        met[id(value)] = value
        with suppress(Exception):  # a user's object may raise anything while it is looked at
            kind = resource_kind(value)
            if kind is not None:
                yield path, kind
            elif depth:
                pending += [(inner, part, depth - 1) for inner, part in _parts(path, value, attributes)]


def _parts(path: str, value: object, attributes: Collection[str]) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        yield from ((f"{path}[{short(key, 30)}]", part) for key, part in islice(value.items(), _MOST_PARTS))
    elif isinstance(value, list | tuple):
        yield from ((f"{path}[{place}]", part) for place, part in enumerate(value[:_MOST_PARTS]))
    elif isinstance(value, set | frozenset):
        yield from ((f"an element of {path}", part) for part in islice(value, _MOST_PARTS))
    elif is_users_own(type(value)):
        own = getattr(value, "__dict__", {})
        slots = (slot for cls in type(value).__mro__ for slot in vars(cls).get("__slots__", ()))
        for name in dict.fromkeys((*own, *slots)):
            if name in attributes and (name in own or hasattr(value, name)):
                yield f"{path}.{name}", own[name] if name in own else getattr(value, name)


def _writes_a_file(logger: logging.Logger) -> bool:
    link: logging.Logger | None = logger
    while link is not None:
        if any(isinstance(handler, logging.FileHandler) for handler in link.handlers):
            return True
        link = link.parent if link.propagate else None
    return False


def _is_of_a_database(cls: type) -> bool:
    return cls.__module__.partition(".")[0] in _DATABASES and cls.__name__.lower().endswith(("connection", "cursor"))
