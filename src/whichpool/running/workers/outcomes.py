"""Results and failures on their way back from a worker: records, in a row that the caller reads in one step.

A row is a tuple as ``marshal`` writes it, the format of Python's own bytecode files: for numbers and texts nothing is
as quick, and where items are quick that is most of what a worker costs. What else there is stands in it as its pickle,
in bytes. Both ends are the same Python, as that format asks for.
"""

from __future__ import annotations

import marshal
import pickle

from whichpool.errors import ItemFailed, Unsendable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from whichpool.running.workers.segments import Data


_NUMBERS, _TEXTS = frozenset({int, float, bool, type(None)}), frozenset({str, bytes})
"""Exactly these: of what is derived from them more is to be kept than ``marshal`` keeps."""
_MOST_PARTS, _LONGEST_TEXT = 8, 16 * 1024
_TUPLE = b"("
_VERSION = 2
"""Later ones refer from one object to another, and records are written one by one."""


class Failed:
    """Stands in a result's place for what the function raised.

    Attributes:
        made: How the exception is made again, with what arguments, and what it then holds; its text where it cannot be.
        text: Where it was raised, the user's own frames only.
    """

    __slots__ = ("made", "text")

    def __init__(self, made: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]] | str, text: str) -> None:
        """Keep what can be sent."""
        self.made = made
        self.text = text

    @classmethod
    def pickled(cls, error: BaseException, dumps: Callable[..., bytes]) -> bytes:
        """Pickle what a function raised: as it says itself, by its parts, or else as text."""
        import traceback  # noqa: PLC0415 - slow to import

        from whichpool.pools.parcel import ItemFailure  # noqa: PLC0415 - as above

        text = ItemFailure.raised(error).traceback
        for describe in (_as_it_says, _by_its_parts):
            try:
                data = dumps(cls(describe(error), text), protocol=5)
                copy = pickle.loads(data).raised()  # noqa: S301 - our own bytes
                # a constructor may have made other arguments of those it was given; they are compared as pickles,
                # for other exceptions and arrays, which they often are, do not equal their copies
                has_same = describe is _by_its_parts or dumps(copy.args) == dumps(error.args)
                if type(copy) is type(error) and has_same:
                    return data
            except KeyboardInterrupt:  # someone may have interrupted this worker
                raise
            except BaseException:  # noqa: S112 - anything may be raised by a user's __reduce__ or constructor
                continue
        told = "".join(traceback.format_exception_only(error)).rstrip()
        return pickle.dumps(cls(told, text), protocol=5)

    def raised(self) -> BaseException:
        """Make the exception again."""
        if isinstance(self.made, str):
            return ItemFailed(f"{self.made}\n\nIn a worker process:\n{self.text}")
        make, args, state = self.made
        error: BaseException = make(*args)
        error.__setstate__(state)
        if self.text:
            error.add_note(f"In a worker process:\n{self.text}")
        return error


def _as_it_says(error: BaseException) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
    """Ask the exception itself, and not what libraries have put in its place."""
    made: Any = error.__reduce__()
    make, args, *state = made
    return make, args, state[0] if state else {}


def _by_its_parts(error: BaseException) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
    """Describe an exception whose constructor does not take the arguments that it keeps."""
    return _unconstructed, (type(error), error.args), vars(error)


def _unconstructed(kind: type[BaseException], args: tuple[Any, ...]) -> BaseException:
    error = kind.__new__(kind, *args)
    error.args = args
    return error


def packed_failure(error: BaseException, dumps: Callable[..., bytes] = pickle.dumps) -> bytes:
    """Pickle what a function raised, or its text where it cannot be sent.

    Args:
        error: What was raised.
        dumps: Pickles as ``pickle.dumps`` does, and as results are.
    """
    return Failed.pickled(error, dumps)


def packed_unsendable(value: object, error: BaseException) -> bytes:
    """Pickle that a result cannot be sent, and why."""
    message = f"the result, a {type(value).__name__}, cannot be sent back: {type(error).__name__}: {error}"
    return pickle.dumps(Failed((Unsendable, (message,), {}), ""), protocol=5)


def recorded(value: Any) -> bytes | None:  # noqa: ANN401 - whatever the results are
    """Write a record of a result that needs no pickle, as numbers, texts and a few of them do; None for others."""
    kind = type(value)
    if kind in _NUMBERS or (kind is str and len(value) <= _LONGEST_TEXT):
        return marshal.dumps(value, _VERSION)
    if (kind is tuple or kind is list) and len(value) <= _MOST_PARTS:
        kinds = set(map(type, value))
        if kinds <= _NUMBERS or (kinds <= _NUMBERS | _TEXTS and not any(map(_is_long_text, value))):
            return marshal.dumps(value, _VERSION)
    return None


def _is_long_text(value: Any) -> bool:  # noqa: ANN401 - as above
    return type(value) in _TEXTS and len(value) > _LONGEST_TEXT


def recorded_pickle(data: bytes) -> bytes:
    """Write a record of a pickle."""
    return marshal.dumps(data, _VERSION)


def read(records: Data, count: int) -> tuple[list[Any], dict[int, BaseException]]:
    """Read records in a row.

    Args:
        records: What they are at the beginning of.
        count: How many there are.

    Returns:
        The results, None in the place of a failure, and the failures by their places.
    """
    row = marshal.loads(b"".join((_TUPLE, count.to_bytes(4, "little"), records)))  # noqa: S302 - bytes of our own worker
    values: list[Any] = list(row)
    failures: dict[int, BaseException] = {}
    if bytes in set(map(type, row)):
        for place, data in enumerate(row):
            if type(data) is bytes:
                (values[place],), failed = read_one(data)
                if failed:
                    failures[place] = failed[0]
    return values, failures


def read_one(data: Data, buffers: Sequence[Data] = ()) -> tuple[list[Any], dict[int, BaseException]]:
    """Unpickle one result, or failure, and give it as :func:`read` does.

    Args:
        data: The pickle.
        buffers: Its large buffers.
    """
    try:
        value = pickle.loads(data, buffers=buffers)  # noqa: S301 - as above
        return ([None], {0: value.raised()}) if type(value) is Failed else ([value], {})
    except Exception as error:  # anything may be raised by a user's constructor
        message = f"the result was pickled but cannot be unpickled: {type(error).__name__}: {error}"
        return [None], {0: Unsendable(message)}
