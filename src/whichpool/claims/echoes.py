"""Somebody who sends back what he gets: a thread, a process in two ways, an interpreter.

Each is opened by a ``with``, and gives a function that hands bytes over and returns what came back.
"""

import multiprocessing
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from queue import SimpleQueue
from typing import Any, cast

Exchange = Callable[[bytes], bytes]


def echo(there: Any, back: Any) -> None:  # noqa: ANN401 - queues of threads and of interpreters have no common type
    """Send back what comes; runs in the thread or the interpreter."""
    while payload := there.get():
        back.put(payload)
        del payload  # while it waits for the next one, it holds none


def echo_by_pipe(talk: Connection) -> None:
    """Do the same in a process."""
    while payload := talk.recv():
        talk.send(payload)
        del payload


def look_by_pipe(talk: Connection) -> None:
    """Look into the block of memory whose name comes: what lies there is shared, and need not be sent back."""
    while name := talk.recv():
        block = SharedMemory(name)
        talk.send(cast("memoryview", block.buf)[0])
        block.close()


@contextmanager
def by_queue(pool: Executor, new_queue: Callable[[], Any]) -> Iterator[Exchange]:
    """Hand over by queues: to a thread the object itself, to an interpreter a copy."""
    there, back = new_queue(), new_queue()

    def exchange(payload: bytes) -> bytes:
        there.put(payload)
        return cast("bytes", back.get())

    with pool:
        pool.submit(echo, there, back)
        try:
            yield exchange
        finally:
            there.put(b"")


@contextmanager
def process(target: Callable[[Connection], None]) -> Iterator[Connection]:
    """Start a process, and give the pipe to it."""
    context = multiprocessing.get_context("spawn")
    talk, other = context.Pipe()
    worker = context.Process(target=target, args=(other,), daemon=True)
    worker.start()
    other.close()  # so that the end of the process is noticed
    with talk:
        try:
            yield talk
        finally:
            worker.terminate()  # rather than asked: after an error it may hang in the middle of a payload
            worker.join()


@contextmanager
def by_pickle() -> Iterator[Exchange]:
    """Pickle, and send that through a pipe."""
    with process(echo_by_pipe) as talk:

        def exchange(payload: bytes) -> bytes:
            talk.send(payload)
            del payload  # before the next one comes
            return cast("bytes", talk.recv())

        yield exchange


@contextmanager
def by_shared_memory() -> Iterator[Exchange]:
    """Write into memory made for it, and read out of it; only its name goes through a pipe."""
    with process(look_by_pipe) as talk:

        def exchange(payload: bytes) -> bytes:
            block = SharedMemory(create=True, size=len(payload))
            memory = cast("memoryview", block.buf)
            try:
                memory[: len(payload)] = payload
                talk.send(block.name)
                talk.recv()
                return bytes(memory[: len(payload)])
            finally:
                block.close()
                block.unlink()

        yield exchange


WAYS: dict[str, Callable[[], AbstractContextManager[Exchange]]] = {
    "thread": lambda: by_queue(ThreadPoolExecutor(1), SimpleQueue),
    "pickle": by_pickle,
    "shared_memory": by_shared_memory,
}
if sys.version_info >= (3, 14):
    from concurrent import interpreters
    from concurrent.futures import InterpreterPoolExecutor

    WAYS["interpreter"] = lambda: by_queue(InterpreterPoolExecutor(1), interpreters.create_queue)
