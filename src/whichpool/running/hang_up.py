"""Has the system end a process whose caller is gone, whatever the process is at.

A thread that watches the caller does so when it gets a turn: C code may hold the GIL for as long as an item takes.
"""

import fcntl
import os
import select
import signal
from contextlib import suppress


def kill_at_hang_up(descriptor: int, owner: int) -> None:
    """Have a signal sent that kills, as soon as nobody holds the other end of a line; on Linux, and nowhere else.

    Args:
        descriptor: This end of a pipe or a socket. Nothing must come over it from now on: that would kill as well.
        owner: Who is killed: the number of a process, or minus that of a group of processes.
    """
    if not hasattr(fcntl, "F_SETSIG"):
        return
    with suppress(OSError):  # a sandbox may forbid it
        fcntl.fcntl(descriptor, fcntl.F_SETOWN, owner)
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_ASYNC)
    line = select.poll()
    line.register(descriptor, 0)
    if line.poll(0):  # nobody held it any more when that was asked for, and so nothing will come of it
        os.kill(owner, signal.SIGKILL)
