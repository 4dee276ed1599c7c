"""What the loop has shown so far: how long its items take, what they compute, and how much of that holds the GIL."""

import os
import time
from _thread import get_native_id
from collections.abc import Callable, Iterator
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter

from whichpool.pools.chunk import queued_s
from whichpool.running.account import Stage
from whichpool.running.policy import Seen
from whichpool.running.pulse import Pulse, wait_for_the_leaving
from whichpool.running.recent import FEWEST, Recent, Spent
from whichpool.running.source import Source

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", None)
_SOME = 16
_START_FIELD = 19  # of those behind the program's name
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_TOO_FEW = range(2)
"""One item is as quick in the loop as anywhere."""


class LoopWatch:
    """Watches the loop, with a pulse beside it that feels for the GIL.

    Attributes:
        loop: What the loop has done; None before it has begun.
        begun_at_s: When it was begun to watch, by :func:`boot_time_s`.
        takes_gil_in_passing: Whether its items were seen to take the GIL for moments, which the pulse does not hear.
        queue_share: What share of the time it was in the queue for a core, once it is not watched any more.
    """

    def __init__(self, source: Source) -> None:
        """Begin with nothing seen."""
        self.loop: Stage | None = None
        self._source = source
        self._recent = Recent()
        self._children_s = self._listening_s = 0.0
        self._queued_s: float | None = None
        self._queued_since_s = self.queue_share = 0.0
        self._thread = ""
        self.begun_at_s = 0.0
        self.takes_gil_in_passing = False
        self._beat: Callable[[], object] | None = None
        self._pulse: Pulse | None = None
        self._held: float | None = None

    def begin(self, loop: Stage, beat: Callable[[], object] | None) -> None:
        """Begin to watch the loop, which may have been left for a while; see :class:`Pulse` for the beat."""
        self.loop, self._beat = loop, beat
        self.begun_at_s = boot_time_s()
        self.takes_gil_in_passing = False
        self._recent, self._children_s = Recent(), _children_s()
        if self._source.remaining in _TOO_FEW:
            return
        self._queued_s, self.queue_share, self._thread = None, 0.0, f"self/task/{get_native_id()}"
        self.listen()

    def listen(self) -> None:
        """Begin anew to feel for the GIL."""
        self.end()
        wait_for_the_leaving(more_than=_SOME)  # asking whether one is gone takes as long as starting one
        self._pulse = Pulse(self._on_beat)
        self._listening_s = 0.0
        self._pulse.start()

    def _on_beat(self) -> None:
        if self._queued_s is None:  # reading it at the begin would take as long as all the rest of a tiny job
            self._queued_since_s, self._queued_s = perf_counter(), queued_s(self._thread)
        if self._beat is not None:
            self._beat()

    @property
    def is_awake(self) -> bool:
        """Whether it is felt for, and often."""
        return self._pulse is not None and not self._pulse.dozes

    def doze(self) -> None:
        """Go on with beats that are rare, and disturb nobody."""
        if self._pulse is not None:
            self._pulse.doze()

    @property
    def listened_s(self) -> float | None:
        """How long it has been felt for; None where nobody does."""
        return None if self._pulse is None else self._pulse.listened_s

    def end(self) -> None:
        """Stop watching; may be called twice."""
        if self._pulse is not None:
            self._held = self._pulse.held()
            if self._queued_s is not None:
                elapsed_s = perf_counter() - self._queued_since_s
                self.queue_share = (queued_s(self._thread) - self._queued_s) / max(elapsed_s, 1e-9)
            self._pulse.stop()
            self._pulse = None

    def clear(self) -> None:
        """Stop watching and wait until no thread of ours is left."""
        self.end()
        wait_for_the_leaving()

    def note(self, spent: Spent, *, last_is_long: bool) -> None:
        """Take note of what items have taken; children that ended meanwhile were theirs, and who listened was not.

        See :class:`Recent`.
        """
        children_s, listening_s = self._beside_s()
        self._children_s += children_s
        self._listening_s += listening_s
        beside = Spent(cpu_s=children_s - min(listening_s, spent.cpu_s - spent.own_cpu_s))
        self._recent.note(spent + beside, last_is_long=last_is_long)

    def _beside_s(self) -> tuple[float, float]:
        """Tell what children have computed since the last items were noted, and what the thread that listens has."""
        listening_s = 0.0 if self._pulse is None else self._pulse.cpu_s
        return _children_s() - self._children_s, max(0.0, listening_s - self._listening_s)

    def lately(self) -> Spent:
        """Tell what the last items have taken, and be it a single one."""
        return self._recent.lately(fewest=1)

    def seen(self, *, fewest: int = FEWEST) -> Seen:
        """Put together what the loop has shown; the queue for a core is no waiting of the items' own."""
        spent, whole_s = self._recent.lately(fewest=fewest), self._recent.whole.busy_s
        queued = 0.0
        if self._queued_s is not None and whole_s > 0:
            queued = (queued_s() - self._queued_s) / whole_s
        return self._put_together(spent, queued * spent.busy_s)

    def at_most(self) -> Seen:
        """Put it together as if there had been no queue: asking for that takes as long as thousands of tiny items."""
        return self._put_together(self._recent.lately(), 0.0)

    def seen_within(self, item_s: float, cpu_s: float) -> Seen:
        """Put it together with an item that has not ended, as far as it has come."""
        children_s, listening_s = self._beside_s()
        cpu_s = max(0.0, cpu_s - listening_s)
        under_way = Spent(1, item_s, cpu_s, cpu_s + children_s)
        return self._put_together(self._recent.lately(under_way), 0.0)

    def _put_together(self, spent: Spent, queued_s: float) -> Seen:
        loop, source = self.loop, self._source
        if loop is None or not spent.items:
            return Seen(0, 0.0, 1e-3, 1e-3, 1e-3, remaining=source.remaining)
        held = self._held if self._pulse is None else self._pulse.held()
        return Seen(
            items=loop.items,
            elapsed_s=loop.elapsed_s,
            wall_s=max(spent.own_cpu_s, spent.busy_s - queued_s) / spent.items,
            cpu_s=spent.cpu_s / spent.items,
            own_cpu_s=spent.own_cpu_s / spent.items,
            pulling_s=source.pulling_s / max(1, source.pulled),
            held=1.0 if self.takes_gil_in_passing else held,
            remaining=source.remaining,
            pulling_cpu_s=source.pulling_cpu_s / max(1, source.pulled),
        )


def has_children(since_s: float) -> bool:
    """Tell whether a child process is alive that was started since then, or whether that cannot be told.

    Args:
        since_s: A time on the clock that :func:`boot_time_s` reads.
    """
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return any(_started_s(child) >= since_s - _TICK_S for child in _children())
    except ChildProcessError:  # there is none
        return False
    except (AttributeError, OSError, ValueError):  # macOS, or a kernel that lists no children
        return True


def boot_time_s() -> float:
    """Read the clock by which Linux notes when a process was started; 0 elsewhere, before all of them."""
    return time.clock_gettime(_BOOT_CLOCK) if _BOOT_CLOCK is not None else 0.0


def _children() -> Iterator[int]:
    for task in os.listdir("/proc/self/task"):  # noqa: PTH208 - pathlib is slow to import
        with open(f"/proc/self/task/{task}/children", encoding="ascii") as file:  # noqa: PTH123 - as above
            yield from map(int, file.read().split())


def _started_s(child: int) -> float:
    """Tell when a child was started; one that has ended meanwhile counts as one that was started now."""
    try:
        with open(f"/proc/{child}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - as above
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return boot_time_s()
    return int(fields[_START_FIELD]) * _TICK_S


def _children_s() -> float:
    """Tell how long children that have ended and were waited for have computed."""
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
