"""What the wakes of a sleeping thread tell of the GIL: the share of time for which it is held, as a band."""

import math
import sys
from collections.abc import Iterator, Sequence
from statistics import fmean, median_low
from typing import NamedTuple

from whichpool.values import Band

_BATCHES = 20
_DEVIATIONS = 3.0
_WAKING = 2.0  # waking up when another thread lets go takes longer than waking up by the clock: 1.5 times, measured
_SWITCH_S = sys.getswitchinterval()


class Wake(NamedTuple):
    """One sleep of the probe.

    Attributes:
        asked_s: How long it was to last.
        late_s: How much longer it lasted, until the probe had the GIL again.
        queued_s: How much of that the probe waited for a core.
        found_held: Whether another thread held the GIL when the probe woke.
        blocked_view: Whether the thread that runs the block may have been what kept the probe from a core.
        busy_s: How long the probe then held the GIL itself.
    """

    asked_s: float
    late_s: float
    queued_s: float
    found_held: bool
    blocked_view: bool = False
    busy_s: float = 0.0

    def prolonged(self, other: "Wake") -> "Wake":
        """Add the next sleep to the wait.

        The thread that the probe made let go of the GIL has had no core yet to take it back: it would hold it still.
        """
        late_s = self.late_s + self.busy_s + other.asked_s + other.late_s
        return self._replace(late_s=late_s, queued_s=self.queued_s + other.queued_s, busy_s=other.busy_s)


def estimate(wakes: Sequence[Wake]) -> Band:
    """Tell from the wakes of a probe the share of time for which the GIL was held.

    The bounds differ in what the probe could not see:

    - Where it may have had to wait for the core of the thread that it watches, it is not known whether the GIL was held
      when it should have woken. The lower bound takes what it saw, the upper one that it was held.
    - What it waited for a core while it waited for the GIL is held time in the upper bound. In the lower one it is free
      where the wait was over within the switch interval, for then the GIL was let go of freely; else it is like sleep.
    - Once the GIL is let go of, the probe takes a while to wake up, and then holds the GIL itself. The lower bound adds
      that to the free time, the upper one leaves it out.

    To both comes what chance may do, three standard errors: of independent wakes (Wilson 1927), or, where they are
    larger, those that the jackknife finds over stretches of consecutive wakes.
    """
    if not wakes:
        return Band(0.0, 1.0)
    prompt_s = [wake.late_s - wake.queued_s for wake in wakes if not wake.found_held]
    delay_s = max(0.0, median_low(prompt_s)) if prompt_s else 0.0
    low, high = (_bound(wakes, delay_s, upper=upper) for upper in (False, True))
    low = min(max(0.0, low), 1.0)
    return Band(low, max(low, min(1.0, high)))


def _bound(wakes: Sequence[Wake], delay_s: float, *, upper: bool) -> float:
    stretches = [_summed(stretch, delay_s, upper=upper) for stretch in _cut(wakes)]
    whole = _Sums(*map(sum, zip(*stretches, strict=True)))
    others = [_Sums(*(a - b for a, b in zip(whole, stretch, strict=True))).held for stretch in stretches]
    n = len(others)
    jackknife = math.sqrt((n - 1) / n * sum((one - fmean(others)) ** 2 for one in others))
    free = whole.free / whole.wakes
    wilson = math.sqrt((free * (1 - free) + _DEVIATIONS**2 / 4 / whole.wakes) / whole.wakes)
    error = max(jackknife, wilson * whole.slept_s / whole.all_s)
    return whole.held + (error if upper else -error) * _DEVIATIONS


class _Sums(NamedTuple):
    wakes: float
    free: float
    slept_s: float
    let_go_s: float
    waited_s: float

    @property
    def all_s(self) -> float:
        return self.slept_s + self.let_go_s + self.waited_s

    @property
    def held(self) -> float:
        return 1 - (self.free / self.wakes * self.slept_s + self.let_go_s) / self.all_s if self.wakes else 0.0


def _summed(wakes: Sequence[Wake], delay_s: float, *, upper: bool) -> _Sums:
    held = [wake for wake in wakes if wake.found_held]
    slept_s = sum(wake.asked_s + delay_s for wake in wakes)
    if upper:
        free = sum(not (wake.found_held or wake.blocked_view) for wake in wakes)
        return _Sums(len(wakes), free, slept_s, 0.0, sum(max(0.0, wake.late_s - delay_s) for wake in held))
    let_go_s = waited_s = 0.0
    for wake in held:
        wait_s = max(0.0, wake.late_s - wake.queued_s - delay_s)
        if wait_s < _SWITCH_S:
            waking_s = min(_WAKING * delay_s, wait_s)
            waited_s += wait_s - waking_s
            let_go_s += waking_s + wake.queued_s + wake.busy_s
        else:
            waited_s += wait_s
            slept_s += wake.queued_s
    return _Sums(len(wakes), len(wakes) - len(held), slept_s, let_go_s, waited_s)


def _cut(wakes: Sequence[Wake]) -> Iterator[Sequence[Wake]]:
    length = -(-len(wakes) // _BATCHES)
    for start in range(0, len(wakes), length):
        yield wakes[start : start + length]
