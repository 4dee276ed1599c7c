"""Results and failures on their way back from a worker, each in a pickle of its own, in a row."""

from __future__ import annotations

import io
import pickle

from whichpool.errors import ItemFailed, Unsendable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from whichpool.running.workers.segments import Data


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
    def by(cls, error: BaseException) -> Failed:
        """Describe what a function raised so that it can be sent: as it says itself, or else by its parts."""
        from whichpool.pools.parcel import ItemFailure  # noqa: PLC0415 - traceback is slow to import

        text = ItemFailure.raised(error).traceback
        for describe in (_as_it_says, _by_its_parts):
            try:
                failed = cls(describe(error), text)
                copy = pickle.loads(pickle.dumps(failed)).raised()  # noqa: S301 - our own bytes
            except Exception:  # noqa: S112 - anything may be raised by a user's __reduce__ or constructor
                continue
            if type(copy) is type(error) and copy.args == error.args:
                return failed
        return cls(text.rstrip().rpartition("\n")[2] or type(error).__name__, text)

    def raised(self) -> BaseException:
        """Make the exception again."""
        if isinstance(self.made, str):
            return ItemFailed(f"{self.made}\n\nIn a worker process:\n{self.text}")
        make, args, state = self.made
        error: BaseException = make(*args)
        vars(error).update(state)
        if self.text:
            error.add_note(f"In a worker process:\n{self.text}")
        return error


def _as_it_says(error: BaseException) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
    """Ask the exception itself, and not what libraries have put in its place."""
    made: Any = error.__reduce__()
    make, args, *state = made
    return make, args, _state(state[0] if state else {})


def _by_its_parts(error: BaseException) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
    """Describe an exception whose constructor does not take the arguments that it keeps."""
    return _unconstructed, (type(error), error.args), _state(vars(error))


def _state(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name != "__notes__"}


def _unconstructed(kind: type[BaseException], args: tuple[Any, ...]) -> BaseException:
    error = kind.__new__(kind, *args)
    error.args = args
    return error


def packed_failure(error: BaseException) -> bytes:
    """Pickle what a function raised, or its text where it cannot be sent."""
    return pickle.dumps(Failed.by(error), protocol=5)


def packed_unsendable(value: object, error: Exception) -> bytes:
    """Pickle that a result cannot be sent, and why."""
    message = f"the result, a {type(value).__name__}, cannot be sent back: {type(error).__name__}: {error}"
    return pickle.dumps(Failed((Unsendable, (message,), {}), ""), protocol=5)


def unpacked(
    data: Data, count: int, buffers: Sequence[Data] = (), decoded: Callable[..., Any] = pickle.Unpickler
) -> tuple[list[Any], dict[int, BaseException]]:
    """Unpickle results in a row.

    Args:
        data: The pickles.
        count: How many there are.
        buffers: The large buffers of the one pickle that there is, where it has any.
        decoded: What unpickles a stream.

    Returns:
        The results, None in the place of a failure, and the failures by their places.
    """
    values: list[Any] = []
    failures: dict[int, BaseException] = {}
    stream = io.BytesIO(data)
    for place in range(count):
        begin = stream.tell()
        try:
            value = decoded(stream, buffers=buffers).load()
            if type(value) is Failed:
                failures[place] = value.raised()
                value = None
        except Exception as error:  # anything may be raised by a user's constructor
            failures[place] = Unsendable(
                f"the result was pickled but cannot be unpickled: {type(error).__name__}: {error}"
            )
            value = None
            stream.seek(begin)
            _skip(stream)
        values.append(value)
    return values, failures


def _skip(stream: io.BytesIO) -> None:
    """Go behind the next pickle without carrying it out."""
    import pickletools  # noqa: PLC0415 - slow to import

    for _ in pickletools.genops(stream):
        pass
