"""The lines of a record: what became of an item, as a line of JSON, and back. Pure: no file.

A line holds the item's index, a digest of the item, and its value or its error. What JSON does not give back as it was
stands as a pickle, in base64.
"""

import base64
import json
import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from whichpool.errors import WrongCall
from whichpool.pools.parcel import ItemFailure

_BEGIN = b'{"index": '


@dataclass(frozen=True, slots=True)
class Line:
    """What is on record of one item.

    Attributes:
        index: Its place among the items, from 0.
        digest: A digest of the item.
        value: Its result; None where it failed.
        error: What it raised, with ``type``, ``message`` and ``traceback``; None where it did not fail.
    """

    index: int
    digest: str
    value: Any
    error: dict[str, str] | None


def write_line(
    index: int, digest: str, value: object, failure: BaseException | None
) -> tuple[bytes, dict[str, str] | None]:
    """Write a line; give its bytes, and the error that it holds, if it holds one.

    A value that cannot be written down is an error: the item would be without a result for ever.
    """
    error = None if failure is None else _told(failure)
    fields: dict[str, Any] = {"index": index, "item": digest}
    if error is None and is_json(value):
        fields["value"] = value
    elif error is None:
        try:
            fields["pickle"] = base64.b64encode(pickle.dumps(value)).decode("ascii")
        except Exception as trouble:  # a user's __reduce__ may raise anything
            why = ItemFailure.raised(trouble).message
            message = f"the result, a {type(value).__name__}, cannot be recorded: {why}"
            error = {"type": "Unsendable", "message": message, "traceback": ""}
    if error is not None:
        fields["error"] = error
    return json.dumps(fields).encode("ascii") + b"\n", error


def read_fields(lines: Iterable[bytes], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read lines; give where each ends, in bytes, and what it holds. A last one that was torn is no line.

    Where power loss has left a block of zeros behind lines of a record, that is the end: what was synced stands before.

    Raises:
        WrongCall: A line is no line of a record; its number is told.
    """
    end = 0
    trouble = ""
    for number, data in enumerate(lines, start=1):
        if trouble:
            raise WrongCall(trouble)
        fields = _fields(data)
        if fields is None:
            if end and b"\0" in data:
                return
            trouble = f"{name}, line {number} is no line of a record; repair it, or name another file"
            if not _is_torn(data, is_ours=end > 0):
                raise WrongCall(trouble)
            continue
        end += len(data)
        yield end, fields


def make_line(fields: dict[str, Any]) -> Line:
    """Make the values again; a pickle is unpickled, which may run any code."""
    value = fields.get("value")
    if "pickle" in fields:
        value = pickle.loads(base64.b64decode(fields["pickle"]))  # noqa: S301 - the docstring warns
    return Line(fields["index"], fields["item"], value, fields.get("error"))


def is_json(value: object) -> bool:
    """Tell whether JSON gives a value back just as it is."""
    try:
        return _is_same(json.loads(json.dumps(value, allow_nan=False)), value)
    except Exception:  # methods of a class derived from dict or list may raise anything
        return False


def _is_same(one: object, other: object) -> bool:
    """Compare by type as well: JSON turns tuples into lists, keys into strings, and members of enums into either."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return _is_same(list(one), list(other)) and _is_same(list(one.values()), list(other.values()))
    return one == other


def _told(failure: BaseException) -> dict[str, str]:
    told = ItemFailure.raised(failure)
    try:
        message = str(failure)
    except Exception:  # a user's __str__ may raise anything
        message = told.message
    # what was raised in a worker brings the traceback of there as a note
    try:
        notes = "\n".join(map(str, getattr(failure, "__notes__", ())))
    except Exception:  # as above
        notes = ""
    return {"type": type(failure).__name__, "message": message, "traceback": notes or told.traceback}


def _fields(data: bytes) -> dict[str, Any] | None:
    fields = _parsed(data)
    is_line = (
        isinstance(fields, dict)
        and type(fields.get("index")) is int
        and fields["index"] >= 0
        and isinstance(fields.get("item"), str)
        and len({"value", "pickle", "error"} & fields.keys()) == 1
    )
    return fields if is_line else None


def _parsed(data: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Read JSON that ends with its line; None where it does not."""
    try:
        return json.loads(data) if data.endswith(b"\n") else None
    except ValueError:
        return None


def _is_torn(data: bytes, *, is_ours: bool) -> bool:
    """Tell whether this may be what power loss has left of a line of ours, and is nobody else's text.

    Args:
        data: The last line, which is none of a record's.
        is_ours: Whether lines of a record stand before it.
    """
    if is_ours:
        return _parsed(data) is None
    text = data.rstrip(b"\0")  # of a block that never reached the disk
    return not data.endswith(b"\n") and (text.startswith(_BEGIN) or _BEGIN.startswith(text))
