"""How much of the machine's computing nobody uses."""

import os
from time import perf_counter

from whichpool.machine.cores import allowed_cpus

_FRESH_S = 20e-3


class IdleClock:
    """Counts the seconds that the cores which may be used have been idle, added up over the cores.

    It is read anew every 20 ms at most, so it stands still and leaps. A difference between two readings is right on
    average all the same, however short the time between them: the shorter that is, the seldomer it holds a leap.
    """

    def __init__(self) -> None:
        """Find out which cores may be used."""
        self._names = {b"cpu%d" % cpu for cpu in allowed_cpus()}
        self._tick_s = 1 / os.sysconf("SC_CLK_TCK")
        self._read_at_s = 0.0
        self._idle_s: float | None = None

    def __call__(self) -> float | None:
        """Tell the seconds; None where the system does not count them, as outside Linux."""
        now_s = perf_counter()
        if now_s - self._read_at_s > _FRESH_S:
            self._idle_s = self._read()
            self._read_at_s = now_s
        return self._idle_s

    def _read(self) -> float | None:
        try:
            with open("/proc/stat", "rb") as file:  # noqa: PTH123 - it is read often, while calls run
                lines = [line.split() for line in file if line.startswith(b"cpu")]
        except OSError:
            return None
        # a core is idle as well while it waits for a disk, which is the next column
        return sum(int(fields[4]) + int(fields[5]) for fields in lines if fields[0] in self._names) * self._tick_s
