"""Claim 13: running tasks in parallel reduces the time of execution.

The article's two programs, without their printing, against simply calling their two functions, in turns. Then two
pieces of real work, one after the other and at once: what workers save there, set against what starting them costs,
tells how long a piece must be to pay.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from functools import partial
from math import inf, isinf
from statistics import median
from threading import Thread

from whichpool.claims.alone import run_alone
from whichpool.claims.evidence import in_seconds, in_times, median_of, ratios, samples_in, words_in
from whichpool.claims.tasks import Task, Worker, at_once, one_after_other
from whichpool.claims.turns import take_turns
from whichpool.claims.work import blocks_that_take, count_down, hash_blocks, quad, square, steps_that_take
from whichpool.values import Holds, Judgement, Measured
from whichpool.wording import duration

CALLS = 1_000
PIECE_S = 0.04
ROUNDS = 9
PROGRAMS_BOX_S = 3.0
PIECES_BOX_S = 3.5
SAVES = 0.05  # of the time one after the other; less is taken for noise
PROGRAM: Sequence[Task] = [(square, 7), (quad, 7)]


def measure() -> Measured:
    """Time the programs, then the pieces of work, with every kind of worker, in turns."""
    methods = multiprocessing.get_all_start_methods()
    workers: dict[str, Worker] = {"threads": Thread}
    workers |= {method: multiprocessing.get_context(method).Process for method in methods}  # type: ignore[attr-defined]
    programs: dict[str, Callable[[], float]] = {"called_s": partial(one_after_other, PROGRAM, CALLS)}
    programs |= {f"{kind}_program_s": partial(at_once, worker, PROGRAM) for kind, worker in workers.items()}
    python: Sequence[Task] = [(count_down, steps_that_take(PIECE_S))] * 2
    hashing: Sequence[Task] = [(hash_blocks, blocks_that_take(PIECE_S))] * 2
    pieces: dict[str, Callable[[], float]] = {"python_called_s": partial(one_after_other, python)}
    pieces |= {f"{kind}_at_once_s": partial(at_once, worker, python) for kind, worker in workers.items()}
    pieces["hashing_called_s"] = partial(one_after_other, hashing)
    pieces["hashing_at_once_s"] = partial(at_once, Thread, hashing)
    program_s = take_turns(programs, ROUNDS, PROGRAMS_BOX_S)
    return {"start_methods": methods, **program_s, **take_turns(pieces, ROUNDS, PIECES_BOX_S)}


def pays_from(starts_s: Sequence[float], called_s: Sequence[float], at_once_s: Sequence[float]) -> str:
    """Write how long a piece must be to pay; start and share saved are taken to be the same at every length."""
    lengths_s = []
    for start_s, alone_s, together_s in zip(starts_s, called_s, at_once_s, strict=False):
        saved = min(1 - (together_s - start_s) / alone_s, 0.5)  # two workers save half at best
        lengths_s.append(start_s / saved / 2 if saved > SAVES else inf)
    length = median_of(lengths_s)
    if length.bounded:
        return f"from {in_seconds(length)}"
    unsaved = f"not seen to (under {SAVES:.0%} of {duration(median(called_s) / 2)} each saved)"
    return unsaved if length.low > 0 and isinf(length.value) else "not told by these rounds"


def judge(measured: Measured) -> Judgement:
    """Hold the claim where both programs certainly take less time than calling their functions, however started."""
    called_s, python_s, hashing_s = (samples_in(measured, f"{what}called_s") for what in ("", "python_", "hashing_"))
    times, pays = {}, {}
    for kind in ("threads", *words_in(measured, "start_methods")):
        name = kind if kind == "threads" else f"processes ({kind})"
        program_s = samples_in(measured, f"{kind}_program_s")
        times[name] = ratios(program_s, called_s)
        pays[name] = pays_from(program_s, python_s, samples_in(measured, f"{kind}_at_once_s"))
    threads_s, hashed_s = samples_in(measured, "threads_program_s"), samples_in(measured, "hashing_at_once_s")
    pays["threads that hash"] = pays_from(threads_s, hashing_s, hashed_s)
    seen = f"calling both functions takes {in_seconds(median_of(called_s))}, "
    seen += ", ".join(f"{in_times(estimate)} that in {name}" for name, estimate in times.items())
    seen += "; pieces of work pay " + ", ".join(f"in {name} {length}" for name, length in pays.items())
    slower = [name for name, estimate in times.items() if estimate.low > 1]
    if slower:
        reason = f"starting {', '.join(slower)} takes longer than the article's functions do; longer work may pay"
        return Judgement(Holds.DOES_NOT_HOLD, seen, reason)
    if all(estimate.high < 1 for estimate in times.values()):
        return Judgement(Holds.HOLDS, seen, "the article's programs take less time than calling their functions")
    return Judgement(Holds.CANNOT_TELL, seen, "the programs and calling their functions could not all be told apart")


if __name__ == "__main__":
    run_alone(measure, judge)
