"""Every error that a user of whichpool can meet.

Each message says what happened, why, and what to do next; the command turns the class into an exit code.
The failure of a user's own code is not an error of ours: it is data (:class:`whichpool.values.Failure`), until
nothing at all could be measured.
"""

from enum import StrEnum


class WhichpoolError(Exception):
    """The root of the tree; catch this to catch them all."""

    exit_code = 2


class WrongCall(WhichpoolError):
    """The call cannot be carried out as it was written: a target, its items or an option is wrong."""


class CallDoesNotFit(WrongCall):
    """The function cannot be called with what it is to be called with."""


class WorkloadFailed(WhichpoolError):
    """The user's own function failed, so there is nothing to compare.

    The message names the item and holds the user's own traceback, without frames of whichpool's.
    """

    exit_code = 1


class ChildFailed(WhichpoolError):
    """A child could not be started, or broke off without a word: the interpreter or the machine is at fault."""


class ItemFailed(WhichpoolError):
    """One item of a whole job has no result, and the exception that its function raised could not travel.

    The message holds that exception as text, with the user's own frames.
    """

    exit_code = 1


class WorkerDied(ItemFailed):
    """The worker process died that an item ran in; the item may have been half done."""


class Unsendable(ItemFailed):
    """An item was run, and its result cannot be sent back to the caller."""


class CrewBroken(WhichpoolError):
    """Workers cannot be started, or die before they have begun anything, and no item may run in the caller.

    Nothing is lost but what was not begun.
    """

    exit_code = 1


class Trouble(StrEnum):
    """The ways in which a user's code can fail to give a sample."""

    RAISED = "raised"
    UNPICKLABLE = "unpicklable"
    DIED = "died"
    EXITED = "exited"
    CUT = "cut"
    UNAVAILABLE = "unavailable"
