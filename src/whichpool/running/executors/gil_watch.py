"""Whether the calls of a function keep each other waiting for the GIL, told by what they took side by side."""

from dataclasses import dataclass

from whichpool.wording import number

_ENOUGH_S = 0.1
_LEAST_CALL_S = 0.5e-3
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
    """

    elapsed_s: float
    cpu_s: float
    process_cpu_s: float
    idle_s: float | None
    beside: int


class GilWatch:
    """Adds up calls and says, each time that they have computed for 0.1 s, whether processes would be faster.

    Where calls run side by side, threads show by themselves what they are worth: their throughput bounds the time that
    a call holds the GIL. If they keep about one core busy between them while others are idle, and each of them
    stands still for a good part of its time, it is the GIL that they wait for. Calls that release it keep several cores
    busy, or leave none idle; calls that wait for something else keep none busy. A call that computes for less than half
    a millisecond is not worth the hand-over, and a call that runs alone has nobody to wait for.

    The 0.1 s are about what starting processes costs: work that has been done pays for it, as in heartbeat scheduling
    (Acar et al., "Heartbeat scheduling: provable efficiency for nested parallelism", PLDI 2018).

    Attributes:
        seen: What the last answer rests on, as a phrase for people.
    """

    def __init__(self, cores: float) -> None:
        """Begin with nothing known.

        Args:
            cores: How many cores may be used.
        """
        self.seen = ""
        self._cores = cores
        self._forget()

    def add(self, call: Call) -> bool:
        """Take note of a call.

        Returns:
            Whether processes would be faster for it and those before it; not as long as that is open.
        """
        if call.beside > 1:
            self._calls += 1
            self._elapsed_s += call.elapsed_s
            self._cpu_s += call.cpu_s
            self._process_cpu_s += call.process_cpu_s
            # what is not told is taken for idle
            self._idle_s += self._cores * call.elapsed_s if call.idle_s is None else call.idle_s
        if self._cpu_s < _ENOUGH_S:
            return False
        answer = self._is_held_up()
        self._forget()
        return answer

    def _is_held_up(self) -> bool:
        # each call saw the whole process and the whole machine: the mean of what they saw, by the time they looked
        busy = self._process_cpu_s / self._elapsed_s
        idle = min(self._idle_s / self._elapsed_s, max(0.0, self._cores - busy))
        blocked = 1 - self._cpu_s / self._elapsed_s
        self.seen = (
            f"calls side by side kept {number(busy)} cores busy and left {number(idle)} idle, "
            f"and stood still for {round(100 * max(0.0, blocked))} % of their time"
        )
        least, most = _ONE_CORE
        return (
            self._cpu_s / self._calls >= _LEAST_CALL_S
            and least <= busy <= most
            and (busy + idle) / busy >= _LEAST_GAIN
            and blocked >= _LEAST_BLOCKED
        )

    def _forget(self) -> None:
        self._calls = 0
        self._elapsed_s = self._cpu_s = self._process_cpu_s = self._idle_s = 0.0
