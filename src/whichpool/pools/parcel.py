"""A list that crosses the border between processes whole, or item by item where it cannot.

Pool libraries pickle a chunk of work in a place where no one can act on a failure: a queue's feeder thread, or the
worker's last line. One result that cannot be pickled then costs its whole chunk, and one that cannot be *un*pickled
may cost the pool. A parcel pickles itself, notices, and replaces just the items at fault by their failures. Between
threads it is never pickled and costs nothing.

Every spawned worker imports this file, inside the clock of its job, so it imports next to nothing: no dataclasses.
"""

from __future__ import annotations

import os
import pickle
import traceback
from time import perf_counter

from whichpool.errors import Trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PACKAGE = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120 - pathlib is slow to import


class ItemFailure:
    """Why one item has no result.

    Attributes:
        trouble: *raised*, or *unpicklable*.
        message: The exception in one line, or what could not be pickled.
        traceback: The user's own frames.
        error: The exception itself, where it can travel.
    """

    __slots__ = ("error", "message", "traceback", "trouble")

    def __init__(self, trouble: Trouble, message: str, traceback: str = "", error: BaseException | None = None) -> None:
        """Keep what is known of it."""
        self.trouble = trouble
        self.message = message
        self.traceback = traceback
        self.error = error

    @classmethod
    def raised(cls, error: BaseException) -> ItemFailure:
        """Describe an exception that the user's function raised, without frames of whichpool's."""
        told = traceback.TracebackException.from_exception(error)
        _forget_own_frames(told)
        return cls(Trouble.RAISED, _in_a_line(error), "".join(told.format()), error)

    def __reduce__(self) -> tuple[Any, ...]:
        """Leave the exception behind where it would not survive the journey: many cannot be made again."""
        error = self.error if travels(self.error) else None
        return ItemFailure, (self.trouble, self.message, self.traceback, error)


def travels(error: BaseException | None) -> bool:
    """Tell whether an exception can be pickled, and made again from that."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    except Exception:  # anything may be raised by a user's __reduce__ or constructor
        return False
    return True


class Parcel:
    """Values with the failures among them.

    Attributes:
        values: The values in order; None in the place of a failure.
        failures: Failures by their place in ``values``.
        packed_s: What pickling it took, on the side that it came from; 0 where it never travelled.
        unpacked_s: What unpickling it took, on this side.
    """

    __slots__ = ("failures", "packed_s", "unpacked_s", "values")

    def __init__(self, values: list[Any], failures: dict[int, ItemFailure] | None = None) -> None:
        """Pack values; there are seldom failures among them."""
        self.values = values
        self.failures = failures or {}
        self.packed_s = self.unpacked_s = 0.0

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the values here, where what cannot be pickled can be singled out."""
        begun_s = perf_counter()
        values, failures = self.values, self.failures
        try:
            data = pickle.dumps(values, pickle.HIGHEST_PROTOCOL)
        except Exception:  # anything may be raised by a user's __reduce__
            values, unpicklable = _single_out(values)
            failures = {**unpicklable, **failures}
            data = pickle.dumps(values, pickle.HIGHEST_PROTOCOL)
        return _unpack, (data, len(values), failures, perf_counter() - begun_s)


def _unpack(data: bytes, count: int, failures: dict[int, ItemFailure], packed_s: float) -> Parcel:
    """Make the parcel again; where its values cannot be unpickled, that is the failure of each of them."""
    begun_s = perf_counter()
    try:
        parcel = Parcel(pickle.loads(data), failures)  # noqa: S301 - bytes of a process that we started
    except Exception as error:  # anything may be raised by a user's constructor
        failure = ItemFailure(Trouble.UNPICKLABLE, f"was pickled but cannot be unpickled: {_in_a_line(error)}")
        parcel = Parcel([None] * count, {**dict.fromkeys(range(count), failure), **failures})
    parcel.packed_s, parcel.unpacked_s = packed_s, perf_counter() - begun_s
    return parcel


def _single_out(values: list[Any]) -> tuple[list[Any], dict[int, ItemFailure]]:
    """Replace the values that cannot be pickled."""
    kept: list[Any] = []
    failures: dict[int, ItemFailure] = {}
    for place, value in enumerate(values):
        try:
            pickle.dumps(value)
        except Exception as error:  # anything may be raised by a user's __reduce__
            failures[place] = ItemFailure(Trouble.UNPICKLABLE, _in_a_line(error))
            kept.append(None)
        else:
            kept.append(value)
    return kept, failures


def _in_a_line(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}".rstrip(": ")
    except Exception as failure:  # a user's __str__ may raise
        return f"{type(error).__name__}, whose text raises {type(failure).__name__}"


def _forget_own_frames(told: traceback.TracebackException) -> None:
    """Keep the user's frames only, through the whole chain of causes."""
    chain: list[traceback.TracebackException | None] = [told]
    while chain:
        link = chain.pop()
        if link is not None:
            frames = [frame for frame in link.stack if not frame.filename.startswith(_PACKAGE)]
            link.stack = traceback.StackSummary.from_list(frames)
            chain += [link.__cause__, link.__context__]
