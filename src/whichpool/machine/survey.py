"""What a machine offers to pools, at a quick look."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import sleep

from whichpool.machine.description import Machine
from whichpool.machine.interpreter import Interpreter
from whichpool.machine.noise import between, read_noise
from whichpool.machine.pythons import every_interpreter
from whichpool.pools.catalogue import CATALOGUE, find
from whichpool.values import Noise

_WINDOW_S = 0.5


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is.

    Attributes:
        machine: Its cores and its memory, and what holds them where they are.
        noise: What went on for a moment in which nothing was measured.
        pythons: The interpreters that can be measured, that which runs whichpool first.
        pools: Why the Python that runs whichpool does not have a pool, by its name; None for one that it has.
    """

    machine: Machine
    noise: Noise
    pythons: Sequence[Interpreter]
    pools: Mapping[str, str | None]


def survey(
    window_s: float = _WINDOW_S, list_pythons: Callable[[], Sequence[Interpreter]] = every_interpreter
) -> Survey:
    """Look around on this machine.

    Args:
        window_s: How long to do nothing, and to see what others do.
        list_pythons: Lists the interpreters, that which runs whichpool first.
    """
    machine = Machine.here()
    before = read_noise()
    sleep(window_s)
    noise = between(before, read_noise())
    return Survey(machine, noise, list_pythons(), {row.name: row.why_missing() for row in CATALOGUE})


def has_interpreters(interpreter: Interpreter) -> bool:
    """Tell whether an interpreter can run several of its kind side by side in one process, as a pool."""
    return interpreter.release >= find("interpreters").since
