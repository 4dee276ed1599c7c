"""The article's claims, put to the test one after the other, under one Python or several."""

import platform
from collections.abc import Callable, Iterator, Sequence

from whichpool.claims import catalogue
from whichpool.errors import WrongCall
from whichpool.lab.launch import try_claim
from whichpool.lab.wire import Tried
from whichpool.values import Experiment, Failure, Holds, Judgement

_LIMIT_S = 60.0

Try = Callable[[int, str, float], Tried | Failure]


def put_to_the_test(
    numbers: Sequence[int], pythons: Sequence[str], watch: Callable[[int, str], None], attempt: Try = try_claim
) -> Iterator[tuple[catalogue.Row, tuple[Experiment, ...]]]:
    """Run the experiments of claims, each in a child of its own, and judge what they saw.

    Args:
        numbers: Which claims; empty for all.
        pythons: The interpreters, side by side; an empty one is that which runs whichpool.
        watch: Told the number and the interpreter before each experiment.
        attempt: Runs an experiment.

    Yields:
        A claim with its experiments, one for each interpreter in their order.

    Raises:
        WrongCall: There is no such claim, or an interpreter cannot be started.
        ChildFailed: An interpreter does not work.
    """
    for number in numbers:
        if number not in catalogue.NUMBERS:
            message = f"there is no claim {number}; they are numbered 1 to {max(catalogue.NUMBERS)}"
            raise WrongCall(message)
    for number in dict.fromkeys(numbers) or catalogue.NUMBERS:
        row = catalogue.find(number)
        experiments = []
        for python in pythons:
            watch(number, python)
            experiments.append(_experiment(row, python, attempt(number, python, _LIMIT_S)))
        yield row, tuple(experiments)


def _experiment(row: catalogue.Row, python: str, tried: Tried | Failure) -> Experiment:
    if isinstance(tried, Tried):
        return Experiment(row.number, tried.python, tried.measured, row.judge(tried.measured), tried.elapsed_s)
    why = f"the experiment broke off: {tried.message}"
    return Experiment(
        row.number,
        python or platform.python_version(),
        {},
        Judgement(Holds.CANNOT_TELL, "nothing was measured", why),
        0.0,
    )
