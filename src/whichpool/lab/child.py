"""The child's side of a sample: load the workload, do what was asked, answer on a descriptor of its own."""

import os
from collections.abc import Callable

from whichpool.errors import Trouble, WrongCall
from whichpool.lab.measure import measure, scout
from whichpool.lab.target import load
from whichpool.lab.wire import Answer, Measure, Refused, Request, write_answer
from whichpool.pools.parcel import ItemFailure
from whichpool.pools.protocol import PoolFailed
from whichpool.values import Failure


def answer_request(request: Request, events_descriptor: int) -> None:
    """Answer a request; whatever the user's code does to this process ends up as an answer, if it can answer at all."""
    me = os.getpid()
    answer = _survive(lambda: _carry_out(request, events_descriptor))
    if os.getpid() == me:  # a function that forks comes back here twice
        write_answer(events_descriptor, answer)


def _carry_out(request: Request, events_descriptor: int) -> Answer:
    workload = load(request.workload)
    write_answer(events_descriptor, workload.facts)
    if isinstance(request, Measure):
        return measure(workload, request.strategy, request.draw, request.round)
    return scout(workload, request.box_s)


def _survive(work: Callable[[], Answer]) -> Answer:
    try:
        return work()
    except WrongCall as error:
        return Refused(str(error))
    except PoolFailed as error:
        return Failure(error.trouble, str(error))
    except SystemExit as error:
        return Failure(Trouble.EXITED, f"the function called sys.exit({error.code!r})")
    except KeyboardInterrupt:
        return Failure(Trouble.EXITED, "the function raised KeyboardInterrupt")
    except BaseException as error:  # a user's function may raise anything, and this is the last line
        told = ItemFailure.raised(error)
        return Failure(Trouble.RAISED, told.message, told.traceback)
