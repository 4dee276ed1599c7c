"""What an executor's process has around it: what the program had set by the time that the process was started.

``multiprocessing`` starts it with the folder that the program began in, by way of a server with the environment of back
then, and it imports all modules anew. Calls that move there must not find another world than those in threads.
"""

import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import suppress
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from whichpool.running.workers import world

_MAIN = "__mp_main__"
"""The name by which ``multiprocessing`` runs the program's main module in a process."""


class Surroundings(NamedTuple):
    """What is carried over.

    Attributes:
        folder: The current folder; empty where that is gone.
        environ: The environment.
        world: The plain data of the user's modules, and settings; and the plain data of the main module; pickled.
    """

    folder: str
    environ: dict[str, str]
    world: bytes


def taken() -> Surroundings:
    """Take down what is around this process.

    Raises:
        Exception: Settings of a library cannot be pickled.
    """
    folder = ""
    with suppress(FileNotFoundError):
        folder = os.getcwd()  # noqa: PTH109 - a name, to be sent
    inner = world.taken(), world.plain_data(sys.modules["__main__"])
    return Surroundings(folder, dict(os.environ), pickle.dumps(inner))


def restore(around: Surroundings) -> None:
    """Set all of it in this process."""
    if around.folder:
        with suppress(OSError):  # it is gone, or may not be entered any more
            os.chdir(around.folder)
    os.environ.clear()
    os.environ.update(around.environ)
    inner, of_main = pickle.loads(around.world)  # noqa: S301 - our own bytes
    world.restore(inner)
    main = sys.modules.get(_MAIN)
    for names in () if main is None else _namespaces(main):
        world.put(of_main, names)


def _namespaces(main: ModuleType) -> Iterator[dict[str, Any]]:
    """Give the names of a main module that was run here: those of a copy, and those that its functions go by."""
    yield vars(main)
    values = list(vars(main).values())
    inner = [value for kind in values if isinstance(kind, type) for value in vars(kind).values()]
    functions = [value for value in [*values, *inner] if isinstance(value, FunctionType)]
    found = {id(one.__globals__): one.__globals__ for one in functions if one.__globals__.get("__name__") == _MAIN}
    yield from found.values()
