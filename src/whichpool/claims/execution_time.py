"""Claim 13: running tasks in parallel reduces the time of execution.

The article's two programs, without their printing, against simply calling their two functions, in turns. Beside them
two pieces of real work, one after the other and at once, by threads and by the processes that start quickest: what
workers save there, set against what starting each kind costs, tells how long a piece must be to pay.
"""

import multiprocessing
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from math import inf, isinf
from threading import Thread

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import in_seconds, median_of, ratios, samples_in, words_in
from whichpool.claims.tasks import Task, Worker, at_once, one_after_other
from whichpool.claims.turns import take_turns
from whichpool.claims.work import blocks_that_take, count_down, hash_blocks, quad, square, steps_that_take
from whichpool.intervals import duration_interval
from whichpool.values import Estimate, Holds, Judgement, Measured

CALLS = 1_000
PIECE_S = 0.04
ROUNDS = 9
BOX_S = 6.5
SAVES = 0.05  # of the time one after the other; less is taken for noise
BEST = 0.5  # what two workers save at best
PROGRAM: Sequence[Task] = [(square, 7), (quad, 7)]


def measure() -> Measured:
    """Time the programs with every kind of worker, and the pieces of work with threads and with the quickest."""
    methods = multiprocessing.get_all_start_methods()
    workers: dict[str, Worker] = {"threads": Thread}
    workers |= {method: multiprocessing.get_context(method).Process for method in methods}  # type: ignore[attr-defined]
    python: Sequence[Task] = [(count_down, steps_that_take(PIECE_S))] * 2
    hashing: Sequence[Task] = [(hash_blocks, blocks_that_take(PIECE_S))] * 2
    conditions: dict[str, Callable[[], float]] = {
        "called_s": partial(one_after_other, PROGRAM, CALLS),
        **{f"{kind}_program_s": partial(at_once, worker, PROGRAM) for kind, worker in workers.items()},
        "python_called_s": partial(one_after_other, python),
        "python_threads_s": partial(at_once, Thread, python),
        "python_fork_s": partial(at_once, workers["fork"], python),
        "hashing_called_s": partial(one_after_other, hashing),
        "hashing_threads_s": partial(at_once, Thread, hashing),
    }
    with warnings.catch_warnings():
        # a thread that was joined may be in the kernel a moment longer; no thread of ours is there to be forked
        warnings.filterwarnings("ignore", "(?s).*multi-threaded", DeprecationWarning)
        return {"start_methods": methods, **take_turns(conditions, ROUNDS, BOX_S)}


def paying_length(measured: Measured, start: str, work: str, worker: str) -> Estimate:
    """Estimate how long a piece must be to pay, infinite where workers save nothing.

    The start and the share that workers save once they run are taken to be the same at every length, and that share
    to be the same for processes however started.
    """
    names = f"{start}_program_s", f"{worker}_program_s", f"{work}_called_s", f"{work}_{worker}_s"
    lengths_s = []
    for start_s, own_start_s, called_s, at_once_s in zip(*(samples_in(measured, name) for name in names), strict=True):
        saved = min(1 - (at_once_s - own_start_s) / called_s, BEST)
        lengths_s.append(start_s / saved / 2 if saved > SAVES else inf)
    return median_of(lengths_s)


def judge(measured: Measured) -> Judgement:
    """Hold the claim where both programs certainly take less time than calling their functions, however started."""
    methods = words_in(measured, "start_methods")
    kinds = ["threads", *methods]
    program_s = {kind: samples_in(measured, f"{kind}_program_s") for kind in kinds}
    pays = {kind: paying_length(measured, kind, "python", "fork") for kind in methods}
    pays["hashing threads"] = paying_length(measured, "threads", "hashing", "threads")
    pays["threads"] = paying_length(measured, "threads", "python", "threads")
    told = [f"{duration_interval(length)} ({kind})" for kind, length in pays.items() if length.bounded]
    never = [kind for kind, length in pays.items() if not length.bounded and isinf(length.value) and length.low > 0]
    untold = [kind for kind, length in pays.items() if not length.bounded and kind not in never]
    called_s = samples_in(measured, "called_s")
    seen = f"the program: called {in_seconds(median_of(called_s))}, "
    seen += ", ".join(f"{kind} {in_seconds(median_of(taken_s))}" for kind, taken_s in program_s.items())
    seen += f"; pieces pay from {', '.join(told)}" if told else ""
    seen += f"; not seen to pay: {', '.join(never)}" if never else ""
    seen += f"; not told by these rounds: {', '.join(untold)}" if untold else ""
    times = {kind: ratios(taken_s, called_s) for kind, taken_s in program_s.items()}
    slower = [kind for kind, ratio in times.items() if ratio.low > 1]
    if slower:
        reason = f"starting {_listed(slower)} takes longer than the article's functions do"
        reason += "; longer pieces of work pay" if told else ""
        return Judgement(Holds.DOES_NOT_HOLD, seen, reason)
    if all(ratio.high < 1 for ratio in times.values()):
        return Judgement(Holds.HOLDS, seen, "the article's programs take less time than calling their functions")
    return Judgement(Holds.CANNOT_TELL, seen, "the programs and calling their functions could not all be told apart")


def _listed(kinds: Sequence[str]) -> str:
    return ", ".join(kind if kind == "threads" else f"processes ({kind})" for kind in kinds)


if __name__ == "__main__":
    run_alone(measure, judge)
