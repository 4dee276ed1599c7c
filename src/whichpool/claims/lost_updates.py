"""Claim 4: without the GIL two threads could write to one place at once; so only the GIL keeps them from it.

If that is so, no update is lost with the GIL, and some are without it. Two threads add to one counter, at the
interpreter's ordinary switch interval; what the counter lacks in the end was lost. ``x += f()`` reads before it calls
and writes after, and is also tried under a lock. None seen lost is no proof that none can be; one is.
"""

from collections.abc import Callable
from functools import partial
from threading import Barrier, Lock, Thread

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import figure_in, samples_in
from whichpool.claims.turns import take_turns
from whichpool.machine.gil import gil_is_on
from whichpool.values import Holds, Judgement, Measured

TRIES = 500_000  # a thread and round: enough for the GIL to change hands several times
ROUNDS = 6
BOX_S = 6.0


class _Counter:
    def __init__(self) -> None:
        self.number = 0
        self.lock = Lock()

    def add(self) -> None:
        self.number += 1

    def add_called(self) -> None:
        self.number += _one()

    def add_locked(self) -> None:
        with self.lock:
            self.number += _one()


def _one() -> int:
    return 1


WAYS: dict[str, tuple[str, Callable[[_Counter], None]]] = {
    "plain": ("x += 1", _Counter.add),
    "called": ("x += f()", _Counter.add_called),
    "locked": ("x += f() under a lock", _Counter.add_locked),
}


def _lost(add: Callable[[_Counter], None]) -> int:
    """Count the updates that are lost when two threads add at the same time."""
    counter = _Counter()
    together = Barrier(2)

    def add_many() -> None:
        together.wait()
        for _ in range(TRIES):
            add(counter)

    threads = [Thread(target=add_many) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 2 * TRIES - counter.number


def measure() -> Measured:
    """Count what each way loses, in turns."""
    lost = take_turns({f"{way}_lost": partial(_lost, add) for way, (_, add) in WAYS.items()}, ROUNDS, BOX_S)
    return {"gil": gil_is_on(), "tries_a_round": 2 * TRIES, **lost}


def judge(measured: Measured) -> Judgement:
    """Refute the claim where updates are lost with the GIL, hold it where they are lost without."""
    lost = {way: round(sum(samples_in(measured, f"{way}_lost"))) for way in WAYS}
    tries = round(figure_in(measured, "tries_a_round")) * len(samples_in(measured, "locked_lost"))
    counted = ", ".join(f"{lost[way]:,} by {code}" for way, (code, _) in WAYS.items())
    seen = f"of {tries:,} tries each, two threads lost {counted}"
    if lost.pop("locked"):
        return Judgement(Holds.CANNOT_TELL, seen, "updates were lost under a lock: the count is not to be trusted")
    if not any(lost.values()):
        gil = "the GIL" if measured["gil"] else "no GIL"
        reason = f"with {gil} on, no update was seen lost in these tries, which does not prove that none can be"
        return Judgement(Holds.CANNOT_TELL, seen, reason)
    if measured["gil"]:
        reason = (
            "with the GIL on, updates were lost, for another thread came in between a read and its write; a lock kept "
            "them all. What a build without the GIL loses, this one cannot show"
        )
        return Judgement(Holds.DOES_NOT_HOLD, seen, reason)
    reason = "with no GIL on, updates of two threads to one place were lost; a lock kept them all"
    return Judgement(Holds.HOLDS, seen, reason)


if __name__ == "__main__":
    run_alone(measure, judge)
