"""Whether the calls of a function keep each other waiting for the GIL, told by what they took side by side."""

from dataclasses import dataclass
from time import perf_counter

from whichpool.wording import number

_ENOUGH_S = 0.1
_START_S = 0.1
"""What starting processes takes that import the program's main module."""
_LEAST_CALL_S = 0.5e-3
_TINY_S = 0.1e-3
_SAMPLE = 50
_REST = 10.0
"""After a sample of tiny calls the next are not watched for so many times as long: watching one takes as long as it."""
_LONGEST_REST_S = 1.0
_ONE_CORE = (0.7, 1.25)
_LEAST_GAIN = 1.5
_LEAST_BLOCKED = 0.25


@dataclass(frozen=True, slots=True)
class Call:
    """What one call took in a thread, and what went on meanwhile.

    Attributes:
        elapsed_s: How long it took.
        cpu_s: How much of that its thread computed.
        process_cpu_s: How much the whole process computed meanwhile.
        idle_s: How long cores that may be used were idle meanwhile, added up; None where the system does not tell.
        beside: How many calls were running when it began, itself included.
        behind: How many calls of the same function were waiting to begin when it ended.
    """

    elapsed_s: float
    cpu_s: float
    process_cpu_s: float
    idle_s: float | None
    beside: int
    behind: int = 0


class GilWatch:
    """Adds up calls and says, each time that they have computed for 0.1 s, whether processes would be faster.

    Where calls run side by side, threads show by themselves what they are worth: their throughput bounds the time that
    a call holds the GIL. If they keep about one core busy between them while others are idle, and each of them
    stands still for a good part of its time, it is the GIL that they wait for. Calls that release it keep several cores
    busy, or leave none idle; calls that wait for something else keep none busy. A call that computes for less than half
    a millisecond is not worth the hand-over, and a call that runs alone has nobody to wait for.

    What is left must be worth starting processes. The calls that wait to begin tell how much that is; without them as
    much is taken to come as has been done, so that work that has been done pays for the start, as in heartbeat
    scheduling (Acar et al., "Heartbeat scheduling: provable efficiency for nested parallelism", PLDI 2018).

    Attributes:
        seen: What the last answer rests on, as a phrase for people.
        call_s: How long a call computed, of those that the last answer rests on.
    """

    def __init__(self, cores: float) -> None:
        """Begin with nothing known.

        Args:
            cores: How many cores may be used.
        """
        self.seen = ""
        self.call_s = 0.0
        self._cores = cores
        self._done_s = 0.0
        self._sampled = 0
        self._sampled_s = self._sampled_cpu_s = 0.0
        self._rests_until_s = 0.0
        self._forget()

    def is_resting(self) -> bool:
        """Tell whether a call may go unwatched, because the last ones were too short for anything to be gained."""
        return perf_counter() < self._rests_until_s

    def add(self, call: Call) -> bool:
        """Take note of a call.

        Returns:
            Whether processes would be faster for it and those before it; not as long as that is open.
        """
        self._sample(call)
        self._done_s += call.cpu_s
        if call.beside > 1:
            self._calls += 1
            self._elapsed_s += call.elapsed_s
            self._cpu_s += call.cpu_s
            self._process_cpu_s += call.process_cpu_s
            # what is not told is taken for idle
            self._idle_s += self._cores * call.elapsed_s if call.idle_s is None else call.idle_s
        if self._cpu_s < _ENOUGH_S:
            return False
        answer = self._is_held_up(call.behind)
        self._forget()
        return answer

    def _sample(self, call: Call) -> None:
        self._sampled += 1
        self._sampled_s += call.elapsed_s
        self._sampled_cpu_s += call.cpu_s
        if self._sampled == _SAMPLE:
            if self._sampled_cpu_s < _SAMPLE * _TINY_S:
                self._rests_until_s = perf_counter() + min(_LONGEST_REST_S, _REST * self._sampled_s)
            self._sampled, self._sampled_s, self._sampled_cpu_s = 0, 0.0, 0.0

    def _is_held_up(self, behind: int) -> bool:
        # each call saw the whole process and the whole machine: the mean of what they saw, by the time they looked
        busy = self._process_cpu_s / self._elapsed_s
        idle = min(self._idle_s / self._elapsed_s, max(0.0, self._cores - busy))
        blocked = 1 - self._cpu_s / self._elapsed_s
        self.seen = (
            f"calls side by side kept {number(busy)} cores busy and left {number(idle)} idle, "
            f"and stood still for {round(100 * max(0.0, blocked))} % of their time"
        )
        self.call_s = self._cpu_s / self._calls
        least, most = _ONE_CORE
        return (
            self.call_s >= _LEAST_CALL_S
            and least <= busy <= most
            and (busy + idle) / busy >= _LEAST_GAIN
            and blocked >= _LEAST_BLOCKED
            and max(self._done_s, behind * self.call_s) * idle / (busy + idle) > _START_S
        )

    def _forget(self) -> None:
        self._calls = 0
        self._elapsed_s = self._cpu_s = self._process_cpu_s = self._idle_s = 0.0
