"""The processes that descend from this one, and the most memory that they had together at one instant."""

import contextlib
import os
from time import monotonic

from whichpool.machine.process_memory import proportional_bytes

_EVERY_S = 0.010
_REST_PER_SWEEP = 3
_FORKED_NOT_EXECUTED = 0x40  # PF_FORKNOEXEC among the flags of proc(5)
_UNINTERRUPTIBLE = "D"


class Descendants:
    """Finds the descendants of this process, which must be the reaper of orphans (prctl(2), child subreaper).

    Then none of them ever stops being one, and what is not one never becomes one. So each process is looked at once,
    which keeps this quick on a machine with thousands.
    """

    def __init__(self) -> None:
        """Know this process and what stands above all."""
        self._me = os.getpid()
        self._ours = [self._me]
        self._others = {0}

    def find(self) -> list[int]:
        """List those there are now, ancestors first; empty where there is no /proc.

        A process that another one has just started by vfork(2) runs in that one's memory, and is listed once it has
        some of its own.
        """
        try:
            present = {int(name) for name in os.listdir("/proc") if name.isdigit()}  # noqa: PTH208 - names alone, quickly
        except OSError:
            return []
        self._ours = [process for process in self._ours if process in present]
        self._others &= present | {0}
        new = {process: _stat(process) for process in present.difference(self._ours, self._others)}
        while True:
            joining = [process for process, stat in new.items() if stat and int(stat[1]) in self._ours]
            staying = [process for process, stat in new.items() if stat and int(stat[1]) in self._others]
            if not joining and not staying:
                return self._ours[1:]
            self._others.update(staying)
            for process in joining:
                if not _borrows_memory(new[process]):
                    self._ours.append(process)
            for process in (*joining, *staying):
                del new[process]


def _stat(process: int | str) -> list[str]:
    """Read a process's or thread's state, parent and so on (proc(5)); empty once it has ended.

    Read by descriptor, several times as fast as by a file object.
    """
    with contextlib.suppress(OSError):
        descriptor = os.open(f"/proc/{process}/stat", os.O_RDONLY)
        try:
            # the command's name, in brackets, may hold anything
            return os.read(descriptor, 4096).decode(errors="replace").rpartition(")")[2].split()
        finally:
            os.close(descriptor)
    return []


def _borrows_memory(stat: list[str]) -> bool:
    """Tell whether a process may be between vfork and exec: meanwhile the thread that started it stands still."""
    if not int(stat[6]) & _FORKED_NOT_EXECUTED:
        return False
    with contextlib.suppress(OSError):
        parent = stat[1]
        threads = os.listdir(f"/proc/{parent}/task")  # noqa: PTH208 - names alone, quickly
        return any(_stat(f"{parent}/task/{thread}")[:1] == [_UNINTERRUPTIBLE] for thread in threads)
    return False


class PeakMemory:
    """The most memory that this process's descendants had together, as far as it was looked at.

    Attributes:
        peak_bytes: The greatest sum of proportional set sizes; None where the kernel does not tell them.
    """

    def __init__(self) -> None:
        """Start with nothing seen."""
        self.peak_bytes: int | None = None
        self._descendants = Descendants()

    def look(self) -> float:
        """Sum up what the descendants have now.

        Returns:
            How many seconds to wait before the next look. Looking at large processes takes long, and holds them up.
        """
        begun_s = monotonic()
        sizes = [size for process in self._descendants.find() if (size := proportional_bytes(process)) is not None]
        if sizes:
            self.peak_bytes = max(self.peak_bytes or 0, sum(sizes))
        took_s = monotonic() - begun_s
        return max(_EVERY_S - took_s, _REST_PER_SWEEP * took_s)
