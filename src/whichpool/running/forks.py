"""A crew in a fork of the caller: a copy, whose workers are the caller's."""

import os
from typing import NoReturn
from weakref import WeakSet

from whichpool.errors import WrongCall
from whichpool.running.crew import Crew

_USES = ("is_ready", "room", "give", "grow", "run_out", "take", "take_back")
_crews: WeakSet[Crew] = WeakSet()


def keep_from_forks(crew: Crew) -> None:
    """See that forks of this process cannot use a crew: its lines are shared with them, and its threads are gone there.

    There every use raises :class:`WrongCall`, and closing does nothing.
    """
    _crews.add(crew)


def _disown_all() -> None:
    for crew in list(_crews):
        for name in _USES:
            setattr(crew, name, _refuse)
        setattr(crew, "close", _leave_alone)  # noqa: B010 - as above


def _refuse(*_: object) -> NoReturn:
    message = "this job belongs to the process that began it: a fork of it cannot go on with it"
    raise WrongCall(message)


def _leave_alone() -> None:
    """End no worker: they work for another process."""


os.register_at_fork(after_in_child=_disown_all)
