"""Claim 3: the GIL lets one thread at a time run Python.

A piece of work is done twice: by two threads at once, and by calling it one after the other. If only one thread at a
time can run, both take as long. The pieces are Python code, and as a control hashing in C, which lets go of the GIL:
where not even that gains from a second thread, no core is to spare, and Python code that gains nothing proves nothing.
"""

from functools import partial
from threading import Thread

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import figure_in, in_times, ratios, samples_in
from whichpool.claims.tasks import Task, at_once, one_after_other
from whichpool.claims.turns import take_turns
from whichpool.claims.work import blocks_that_take, count_down, hash_blocks, steps_that_take
from whichpool.machine.cores import usable_cores
from whichpool.machine.gil import gil_is_on
from whichpool.values import Holds, Judgement, Measured

PIECE_S = 0.05  # ten times the 5 ms after which the GIL changes hands
ROUNDS = 12
BOX_S = 6.0
AT_ONCE = 1.25  # one at a time gives 1, both at once up to 2
THREADS = 2


def measure() -> Measured:
    """Time both orders, for Python code and for hashing, in turns."""
    python: list[Task] = [(count_down, steps_that_take(PIECE_S))] * THREADS
    hashing: list[Task] = [(hash_blocks, blocks_that_take(PIECE_S))] * THREADS
    conditions = {
        "python_one_after_other_s": partial(one_after_other, python),
        "python_at_once_s": partial(at_once, Thread, python),
        "hashing_one_after_other_s": partial(one_after_other, hashing),
        "hashing_at_once_s": partial(at_once, Thread, hashing),
    }
    return {"gil": gil_is_on(), "cores": usable_cores().usable, **take_turns(conditions, ROUNDS, BOX_S)}


def judge(measured: Measured) -> Judgement:
    """Hold the claim where hashing certainly gains from a second thread, and Python code certainly does not."""
    python, hashing = (
        ratios(samples_in(measured, f"{work}_one_after_other_s"), samples_in(measured, f"{work}_at_once_s"))
        for work in ("python", "hashing")
    )
    seen = (
        f"two threads at once against one after the other: Python code {in_times(python)}, hashing {in_times(hashing)}"
    )
    if python.low > AT_ONCE:
        gil = "although the GIL is on" if measured["gil"] else "and no GIL is on"
        return Judgement(Holds.DOES_NOT_HOLD, seen, f"two threads run Python code at the same time, {gil}")
    if figure_in(measured, "cores") < THREADS:
        reason = (
            f"two threads need two cores to run at once, and only {figure_in(measured, 'cores'):g} may be used here"
        )
    elif hashing.low <= AT_ONCE:
        reason = "not even hashing, which needs no GIL, certainly gained from a second thread: try again with less load"
    elif python.high >= AT_ONCE:
        reason = f"Python code neither stayed below {AT_ONCE}× nor above it: try again with less load on the machine"
    elif not measured["gil"]:
        reason = "Python code gained nothing from a second thread, but no GIL is on: something else is in its way"
    else:
        reason = (
            "Python code in two threads takes about as long as one after the other, while hashing, which lets go of "
            "the GIL, runs in both at once: the GIL serialises Python code, not everything that threads do"
        )
        return Judgement(Holds.HOLDS, seen, reason)
    return Judgement(Holds.CANNOT_TELL, seen, reason)


if __name__ == "__main__":
    run_alone(measure, judge)
