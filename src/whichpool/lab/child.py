"""The child's side of a sample: load the workload, do what was asked, answer on a descriptor of its own."""

import contextlib
import sys
from collections.abc import Callable
from os import getpid  # bound now: user code may replace it
from typing import TypeVar

from whichpool.errors import Trouble, WrongCall
from whichpool.lab.dissect import dissect
from whichpool.lab.measure import measure
from whichpool.lab.target import Loaded, load
from whichpool.lab.wire import Answer, Measure, Refused, Request, write_answer
from whichpool.pools.parcel import ItemFailure
from whichpool.pools.protocol import PoolFailed
from whichpool.values import Facts, Failure

T = TypeVar("T")


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

    workload = _survive(lambda: load(request.workload), "importing the target or making its items")
    if isinstance(workload, Loaded):
        tell(workload.facts)
        failure = _survive(lambda: _carry_out(request, workload, tell), "the function")
        if failure is not None:
            tell(failure)
    else:
        tell(workload)


def _carry_out(request: Request, workload: Loaded, tell: Callable[[Answer], None]) -> None:
    if isinstance(request, Measure):
        tell(measure(workload, request.strategy, request.draw, request.round, explained=request.explained))
        return
    dissections = dissect(workload, request.box_s, request.pools, request.start_methods)
    tell(next(dissections))
    with contextlib.suppress(BaseException):  # what breaks while a pool is tried will break in the race, and be told
        for dissection in dissections:
            tell(dissection)


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
