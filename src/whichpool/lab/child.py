"""The child's side of a request: do what was asked, and answer on a descriptor of its own."""

import contextlib
import platform
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import replace
from os import getpid  # bound now: user code may replace it
from time import perf_counter
from typing import TypeVar

from whichpool.errors import Trouble, WrongCall
from whichpool.lab.dissect import dissect
from whichpool.lab.measure import measure
from whichpool.lab.target import Loaded, load
from whichpool.lab.wire import (
    Answer,
    Dissect,
    Examine,
    Measure,
    MeasureCosts,
    Refused,
    Request,
    Tried,
    TryClaim,
    write_answer,
)
from whichpool.pools.parcel import ItemFailure
from whichpool.pools.protocol import PoolFailed
from whichpool.values import Costs, Examination, Facts, Failure

T = TypeVar("T")
Tell = Callable[[Answer | Facts], None]


def answer_request(request: Request, events_descriptor: int) -> None:
    """Answer a request; whatever user code does to this process ends up as an answer, if it can answer at all."""
    me = getpid()

    def tell(answer: Answer | Facts) -> None:
        if getpid() != me:  # a function that forks comes back here twice
            return
        try:
            write_answer(events_descriptor, answer)
        except OSError:
            sys.exit("user code closed the descriptor on which the result is told")

    match request:
        case TryClaim():
            trouble = _survive(lambda: tell(_try_claim(request.number)), "the experiment")
        case MeasureCosts():
            trouble = _survive(lambda: tell(_measure_costs()), "measuring what things cost")
        case Examine():
            trouble = _survive(lambda: _examine(request, tell), "the function")
        case _:
            trouble = _run(request, tell)
    if trouble is not None:
        tell(trouble)


def _run(request: Dissect | Measure, tell: Tell) -> Refused | Failure | None:
    workload = _survive(lambda: _load(request), "importing the target or making its items")
    if not isinstance(workload, Loaded):
        return workload
    tell(workload.facts)
    return _survive(lambda: _carry_out(request, workload, tell), "the function")


def _load(request: Dissect | Measure) -> Loaded:
    loaded = load(request.workload)
    if isinstance(request, Measure):
        return loaded
    from whichpool.lab.availability import with_pools  # noqa: PLC0415 - who takes a sample needs none of it

    return replace(loaded, facts=with_pools(loaded, request.pools, request.addresses))


def _carry_out(request: Dissect | Measure, workload: Loaded, tell: Tell) -> None:
    if isinstance(request, Measure):
        tell(measure(workload, request.strategy, request.draw, request.round, explained=request.explained))
        return
    from whichpool.lab.availability import pools_to_try  # noqa: PLC0415 - as above
    from whichpool.lab.examination import look_into  # noqa: PLC0415 - as above

    findings = look_into(request.workload, workload.function).findings
    pools = pools_to_try(workload.facts, request.pools, request.addresses)
    dissections = (
        replace(dissection, findings=findings)
        for dissection in dissect(workload, request.box_s, pools, request.start_methods)
    )
    tell(next(dissections))
    with contextlib.suppress(BaseException):  # what breaks while a pool is tried will break in the race, and be told
        for dissection in dissections:
            tell(dissection)


def _examine(request: Examine, tell: Tell) -> None:
    """Tell of what was seen after every step; only the last time does it count as finished."""
    from whichpool.lab.examination import examinations  # noqa: PLC0415 - as above

    seen = Examination(platform.python_version())
    for told in examinations(request.workload, trial=request.trial):
        if isinstance(told, Facts):
            tell(told)
            continue
        seen = told
        tell(replace(seen, finished=False))
    tell(seen)


def _try_claim(number: int) -> Tried:
    from whichpool.claims.catalogue import find  # noqa: PLC0415 - as above

    begun_s = perf_counter()
    measured = find(number).measure()
    build = " free-threaded" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    return Tried(f"{platform.python_version()}{build}", measured, perf_counter() - begun_s)


def _measure_costs() -> Costs:
    from whichpool.lab.costs import measure_costs  # noqa: PLC0415 - as above

    return measure_costs()


def _survive(work: Callable[[], T], who: str) -> T | Refused | Failure:
    """Do what runs user code, and turn whatever comes of it into an answer."""
    try:
        return work()
    except WrongCall as error:
        return Refused(str(error))
    except PoolFailed as error:
        return Failure(error.trouble, str(error))
    except SystemExit as error:
        return Failure(Trouble.EXITED, f"{who} called sys.exit({error.code!r})")
    except KeyboardInterrupt:
        return Failure(Trouble.EXITED, f"{who} raised KeyboardInterrupt")
    except BaseException as error:  # user code may raise anything, and this is the last line
        told = ItemFailure.raised(error)
        return Failure(Trouble.RAISED, told.message, told.traceback)
