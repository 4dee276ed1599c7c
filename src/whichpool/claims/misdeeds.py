"""Harm that a worker does to the process it is in, kept within bounds: it leaks memory, or crashes."""

import contextlib
import faulthandler
import resource
import signal
from multiprocessing.connection import Connection
from pathlib import Path

MIB = 1 << 20
CAP_BYTES = 96 * MIB
NEEDED_BYTES = 40 * MIB  # the C library gives back at once what is larger than 32 MiB
ROOM_BLOCKS = 4  # given back after a leak, so that the interpreter itself can go on

leaked: list[bytes] = []


def cap_memory() -> None:
    """Let this process and its children have only so much more memory each; the stacks of threads count too."""
    data_bytes = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    with contextlib.suppress(ValueError):  # the hard limit is lower yet
        resource.setrlimit(resource.RLIMIT_DATA, (data_bytes + CAP_BYTES, hard))


def leak() -> None:
    """Keep what nobody needs, until the process may have no more."""
    with contextlib.suppress(MemoryError):
        while len(leaked) * MIB < 2 * CAP_BYTES:  # an end, should the cap not be kept
            leaked.append(b"x" * MIB)
    del leaked[-ROOM_BLOCKS:]


def is_refused() -> bool:
    """Ask for some memory, and give it back."""
    try:
        return not bytes(NEEDED_BYTES)
    except MemoryError:
        return True


def crash() -> None:
    """Crash as faulty native code does, but leave no core: a limit of 1 keeps the kernel from every kind of dump."""
    faulthandler.disable()
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard and 1, hard))
    signal.raise_signal(signal.SIGSEGV)


def do_as_told(talk: Connection) -> None:
    """Do what is named until nothing is; runs in a worker."""
    while task := talk.recv():
        talk.send({"leak": leak, "ask": is_refused, "crash": crash}[task]())
