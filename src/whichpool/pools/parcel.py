"""A list that crosses the border between processes whole, or item by item where it cannot.

Pool libraries pickle a chunk of work in a place where no one can act on a failure: a queue's feeder thread, or the
worker's last line. One result that cannot be pickled then costs its whole chunk, and one that cannot be *un*pickled
may cost the pool. A parcel pickles itself, notices, and replaces just the items at fault by their failures. Between
threads it is never pickled and costs nothing.
"""

import pickle
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from whichpool.values import Trouble

_PACKAGE = str(Path(__file__).parent.parent)


@dataclass(slots=True)
class ItemFailure:
    """Why one item has no result.

    Attributes:
        trouble: *raised*, or *unpicklable*.
        message: The exception in one line, or what could not be pickled.
        traceback: The user's own frames.
        error: The exception itself, where it can travel.
    """

    trouble: Trouble
    message: str
    traceback: str = ""
    error: BaseException | None = None

    @classmethod
    def raised(cls, error: BaseException) -> "ItemFailure":
        """Describe an exception that the user's function raised, without frames of whichpool's."""
        told = traceback.TracebackException.from_exception(error)
        _forget_own_frames(told)
        return cls(Trouble.RAISED, f"{type(error).__name__}: {error}", "".join(told.format()), error)

    def __reduce__(self) -> tuple[Any, ...]:
        """Leave the exception behind where it would not survive the journey: many cannot be made again."""
        error = self.error
        try:
            pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
        except Exception:  # anything may be raised by a user's __reduce__ or constructor
            error = None
        return ItemFailure, (self.trouble, self.message, self.traceback, error)


@dataclass(slots=True)
class Parcel:
    """Values with the failures among them.

    Attributes:
        values: The values in order; None in the place of a failure.
        failures: Failures by their place in ``values``.
    """

    values: list[Any]
    failures: dict[int, ItemFailure] = field(default_factory=dict)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the values here, where what cannot be pickled can be singled out."""
        try:
            return _unpack, (pickle.dumps(self.values, pickle.HIGHEST_PROTOCOL), len(self.values), self.failures)
        except Exception:  # anything may be raised by a user's __reduce__
            values, failures = _single_out(self.values, pickle.dumps)
            failures |= self.failures
            return _unpack, (pickle.dumps(values, pickle.HIGHEST_PROTOCOL), len(values), failures)


def _unpack(data: bytes, count: int, failures: dict[int, ItemFailure]) -> Parcel:
    """Make the parcel again; where its values cannot be unpickled, that is the failure of each of them."""
    try:
        return Parcel(pickle.loads(data), failures)  # noqa: S301 - bytes of a process that we started
    except Exception as error:  # anything may be raised by a user's constructor
        failure = ItemFailure(Trouble.UNPICKLABLE, f"was pickled but cannot be unpickled: {_in_a_line(error)}")
        return Parcel([None] * count, {**dict.fromkeys(range(count), failure), **failures})


def _single_out(values: list[Any], dumps: Callable[[Any], bytes]) -> tuple[list[Any], dict[int, ItemFailure]]:
    """Replace the values that cannot be pickled."""
    kept: list[Any] = []
    failures: dict[int, ItemFailure] = {}
    for place, value in enumerate(values):
        try:
            dumps(value)
        except Exception as error:
            failures[place] = ItemFailure(Trouble.UNPICKLABLE, _in_a_line(error))
            kept.append(None)
        else:
            kept.append(value)
    return kept, failures


def _in_a_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _forget_own_frames(told: traceback.TracebackException) -> None:
    """Keep the user's frames only, through the whole chain of causes."""
    chain: list[traceback.TracebackException | None] = [told]
    while chain:
        link = chain.pop()
        if link is not None:
            frames = [frame for frame in link.stack if not frame.filename.startswith(_PACKAGE)]
            link.stack = traceback.StackSummary.from_list(frames)
            chain += [link.__cause__, link.__context__]
