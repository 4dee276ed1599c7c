"""Objects that are more than their value, told by what they are."""

import contextlib
import http.client
import io
import logging
import mmap
import multiprocessing
import queue
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from pathlib import Path
from types import SimpleNamespace

import pytest

from whichpool.hazards.effects import ResourceKind
from whichpool.lab.captured import Captured
from whichpool.lab.live_kinds import resource_kind, resources_in


@pytest.fixture
def things(tmp_path: Path) -> Iterator[dict[str, object]]:
    """Open one thing of each kind."""
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        local = threading.local()
        local.name = "set here"
        logger = logging.getLogger("test_live_kinds.file")
        handler = logging.FileHandler(tmp_path / "log", delay=True)
        logger.addHandler(handler)
        stack.callback(logger.removeHandler, handler)
        program = enter(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))
        stack.callback(program.kill)
        ended = enter(subprocess.Popen([sys.executable, "-c", ""]))
        ended.wait()
        closed = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed at once
        closed.close()
        plain = logging.getLogger("test_live_kinds.plain")
        plain.propagate = False  # others may log into files
        yield {
            "file": enter((tmp_path / "text").open("w")),
            "named": enter(tempfile.NamedTemporaryFile()),  # noqa: SIM115 - the stack closes it
            "closed": closed,
            "memory": io.BytesIO(),
            "output": sys.__stderr__,
            "socket": enter(socket.socket()),
            "http": http.client.HTTPConnection("localhost"),
            "sqlite": enter(contextlib.closing(sqlite3.connect(":memory:"))),
            "program": program,
            "ended": ended,
            "map": enter(contextlib.closing(mmap.mmap(-1, 10))),
            "pool": enter(ThreadPoolExecutor(1)),
            "queue": queue.Queue(),
            "lock": threading.Lock(),
            "rlock": threading.RLock(),
            "event": threading.Event(),
            "barrier": threading.Barrier(2),
            "shared": multiprocessing.Lock(),
            "random": random.Random(),  # noqa: S311 - no secret
            "system": random.SystemRandom(),
            "local": local,
            "empty": threading.local(),
            "logger": logging.getLogger("test_live_kinds.file.below"),
            "plain logger": plain,
            "variable": ContextVar("variable"),
        }


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("file", ResourceKind.FILE),
        ("named", ResourceKind.FILE),
        ("closed", None),
        ("memory", None),
        ("output", None),
        ("socket", ResourceKind.SOCKET),
        ("http", ResourceKind.SOCKET),
        ("sqlite", ResourceKind.SQLITE),
        ("program", ResourceKind.PROGRAM),
        ("ended", None),
        ("map", ResourceKind.MEMORY_MAP),
        ("pool", ResourceKind.EXECUTOR),
        ("queue", ResourceKind.QUEUE),
        ("lock", ResourceKind.LOCK),
        ("rlock", ResourceKind.LOCK),
        ("event", ResourceKind.LOCK),
        ("barrier", ResourceKind.LOCK),
        ("shared", ResourceKind.SHARED),
        ("random", ResourceKind.GENERATOR),
        ("system", None),
        ("local", ResourceKind.THREAD_LOCAL),
        ("empty", None),
        ("logger", ResourceKind.LOG_FILE),
        ("plain logger", None),
        ("variable", None),
    ],
)
def test_a_thing_is_known_by_its_type_while_it_is_open(
    things: dict[str, object], name: str, kind: ResourceKind | None
) -> None:
    assert resource_kind(things[name]) == kind


class Service:
    """An object of the user's with parts."""

    __slots__ = ("__dict__", "lock")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.unused = threading.Lock()
        self.parts = {"inner": [threading.RLock()]}
        self.itself = self


def test_parts_are_found_down_to_two_levels() -> None:
    value = {"a": [threading.Lock()], "b": [[threading.Lock()]], 3: (threading.Lock(),)}
    found = resources_in(Captured("POOL", lambda: value), ())
    assert list(found) == [("POOL['a'][0]", ResourceKind.LOCK), ("POOL[3][0]", ResourceKind.LOCK)]


def test_of_an_object_only_the_attributes_count_that_the_code_uses() -> None:
    found = resources_in(Captured("self", Service), {"lock", "itself"})
    assert list(found) == [("self.lock", ResourceKind.LOCK)]


def test_objects_of_libraries_are_not_taken_apart() -> None:
    found = resources_in(Captured("SPACE", lambda: SimpleNamespace(lock=threading.Lock())), {"lock"})
    assert list(found) == []


def test_an_object_that_raises_when_it_is_looked_at_hides_nothing_else() -> None:
    class Sly(io.RawIOBase):
        def fileno(self) -> int:
            raise RuntimeError

    found = resources_in(Captured("PAIR", lambda: (Sly(), threading.Lock())), ())
    assert list(found) == [("PAIR[1]", ResourceKind.LOCK)]
