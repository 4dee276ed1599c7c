"""The caller's side: what can be asked of a child, and what its answer means."""

from dataclasses import dataclass, replace

from whichpool.errors import ChildFailed, Trouble, WrongCall
from whichpool.lab.listening import Child, listened
from whichpool.lab.wire import Answer, Dissect, Examine, Measure, MeasureCosts, Refused, Tried, TryClaim
from whichpool.values import (
    Costs,
    Dissection,
    Draw,
    Examination,
    Failure,
    Options,
    PoolKind,
    Python,
    Sample,
    Strategy,
    Unseen,
    Workload,
)


@dataclass(frozen=True, slots=True)
class Laboratory:
    """Runs user code in children, one a request.

    Attributes:
        workload: What the children run.
    """

    workload: Workload

    def dissect(self, python: Python, options: Options, box_s: float, limit_s: float) -> Dissection | Failure:
        """Load the workload in a child and find out where an item's time goes, in about ``box_s`` seconds.

        Args:
            python: The interpreter.
            options: Which pools to try for what they cost by themselves, how to start their processes, and where
                their clusters are.
            box_s: When this much time is spent, no further item is begun.
            limit_s: When the run of items is cut; loading the workload may take longer.

        Returns:
            What was seen; a failure where the workload could not even be loaded.

        Raises:
            WrongCall: The workload cannot be run as it was written.
            ChildFailed: The interpreter does not work.
        """
        request = Dissect(self.workload, box_s, options.pools, options.start_methods, options.addresses)
        child = listened(python.path, request, limit_s, python.environment)
        match _answer(child):
            case Dissection() as dissection:
                return dissection
            case Failure() as failure if child.facts is not None:
                return Dissection(child.facts, None, failure)
            case Failure() as failure:
                return failure
            case other:
                raise TypeError(other)

    def measure(
        self, strategy: Strategy, draw: Draw, round_number: int, limit_s: float, *, explained: bool = False
    ) -> Sample | Failure:
        """Take one sample of a strategy in a child of its own.

        Args:
            strategy: The pool and its settings; its chunk size is set.
            draw: Which items to run.
            round_number: What the sample will say of itself.
            limit_s: When the job is cut; loading the workload may take longer.
            explained: Whether to tell where its time and memory went, which slows it.

        Raises:
            WrongCall: The workload cannot be run as it was written.
            ChildFailed: The interpreter does not work.
        """
        request = Measure(self.workload, strategy, draw, round_number, explained)
        child = listened(strategy.python.path, request, limit_s, strategy.environment)
        match _answer(child):
            case Sample() as sample:
                # a cluster elsewhere is not among the processes that were watched
                return sample if strategy.address else replace(sample, peak_pss_bytes=child.peak_pss_bytes)
            case Failure() as failure:
                return failure
            case other:
                raise TypeError(other)

    def examine(self, python: str, limit_s: float, *, trial: bool) -> Examination:
        """Look for hazards in a child: read the code, of which nothing is executed, and then perhaps try a few calls.

        Args:
            python: The interpreter; empty for the one that runs whichpool.
            limit_s: When a step of the trial is cut; loading the workload may take longer.
            trial: Whether to load the workload and call the function.

        Returns:
            What was seen; where the trial was broken off, what was seen by then, and how it ended.

        Raises:
            WrongCall: The target or its items do not exist.
            ChildFailed: The interpreter does not work.
        """
        child = listened(python, Examine(self.workload, trial), limit_s)
        match child.answer:
            case Examination(finished=True) as examination:
                return examination
            case Examination() as examination:
                who = "the function " if child.was_cut else ""
                message = f"the trial was broken off: {who}{child.how_it_broke_off()}"
                return replace(examination, unseen=(*examination.unseen, Unseen(tuple(PoolKind), message)))
            case _:
                answer = _answer(child)
        if isinstance(answer, Failure):
            return Examination("", unseen=(Unseen(tuple(PoolKind), answer.message),), finished=False)
        raise TypeError(answer)


def try_claim(number: int, python: str, limit_s: float) -> Tried | Failure:
    """Run a claim's experiment in a child of its own; nothing that it starts outlives it.

    Args:
        number: The claim's number.
        python: The interpreter; empty for the one that runs whichpool.
        limit_s: When it is cut.

    Raises:
        WrongCall: The interpreter cannot be started.
        ChildFailed: The interpreter does not work.
    """
    match _answer(listened(python, TryClaim(number), limit_s)):
        case Tried() | Failure() as answer:
            return answer
        case other:
            raise TypeError(other)


def measure_costs(python: Python, limit_s: float) -> Costs | Failure:
    """Measure what pools and sending cost by themselves, in a child; nothing that it starts outlives it.

    Args:
        python: The interpreter.
        limit_s: When it is cut.

    Raises:
        WrongCall: The interpreter cannot be started.
        ChildFailed: The interpreter does not work.
    """
    match _answer(listened(python.path, MeasureCosts(), limit_s, python.environment)):
        case Costs() | Failure() as answer:
            return answer
        case other:
            raise TypeError(other)


def _answer(child: Child) -> Answer:
    """Give a child's answer; one that could not answer is a failure, told by what was seen of it.

    Raises:
        WrongCall: The workload cannot be run as it was written.
        ChildFailed: The interpreter does not work.
    """
    answer = child.answer
    if isinstance(answer, Refused):
        raise WrongCall(answer.message)
    if isinstance(answer, Failure) and answer.trouble is Trouble.DIED:
        return replace(answer, traceback=child.stderr)
    if answer is not None:
        return answer
    if not child.was_cut and child.exit_code is None and child.pid is None:
        message = f"{child.python} does not work as a Python: it never got to the workload\n{child.stderr}"
        raise ChildFailed(message.rstrip())
    return Failure(Trouble.CUT if child.was_cut else Trouble.DIED, child.how_it_broke_off(), child.stderr)
