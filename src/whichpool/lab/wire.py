"""What caller and child say to each other, and how.

The request goes to the child pickled: it is ours. What comes back is JSON, a line an event, because user code could
write to that descriptor too and must not be able to make the caller run anything.
"""

import os
import pickle
import socket
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from json import dumps, loads  # bound now: user code may replace them
from typing import Any

from whichpool.errors import Trouble
from whichpool.values import (
    Anatomy,
    Band,
    Breakdown,
    Costs,
    Dissection,
    Draw,
    Examination,
    Facts,
    Failure,
    Finding,
    Hazard,
    Import,
    Measured,
    NativeThreads,
    Parcelled,
    PoolKind,
    Sample,
    Spot,
    Strategy,
    Timing,
    Trial,
    Unseen,
    Workload,
)

_HEADER_BYTES = 8


@dataclass(frozen=True, slots=True)
class Dissect:
    """Ask for the facts and the anatomy of an item, in about ``box_s`` seconds; empty names mean all there are."""

    workload: Workload
    box_s: float
    pools: tuple[str, ...]
    start_methods: tuple[str, ...]
    addresses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Measure:
    """Ask for one sample; an explained one also tells where its time and memory went, and is slowed by that."""

    workload: Workload
    strategy: Strategy
    draw: Draw
    round: int
    explained: bool = False


@dataclass(frozen=True, slots=True)
class Examine:
    """Ask for the hazards that the code shows and, with a trial, those that a few calls show."""

    workload: Workload
    trial: bool


@dataclass(frozen=True, slots=True)
class TryClaim:
    """Ask for what a claim's experiment sees."""

    number: int


@dataclass(frozen=True, slots=True)
class MeasureCosts:
    """Ask for what things cost by themselves: pools, and sending values."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The workload cannot be run as it was written; the message is for the user."""

    message: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What a claim's experiment saw, under which Python, and how long it took."""

    python: str
    measured: Measured
    elapsed_s: float


Request = Dissect | Measure | Examine | TryClaim | MeasureCosts
Answer = Dissection | Sample | Failure | Refused | Examination | Tried | Costs
"""What a child ends with; of several, the last one counts.

Before it, when the workload is loaded, it sends the :class:`~whichpool.values.Facts`.
"""


def pack_request(request: Request) -> bytes:
    """Turn a request into bytes, behind a header that holds their number."""
    body = pickle.dumps(request, protocol=4)
    return len(body).to_bytes(_HEADER_BYTES, "big") + body


def read_request(control: socket.socket) -> Request:
    """Read one request.

    Raises:
        EOFError: The caller has gone.
    """
    size = int.from_bytes(_read_exactly(control, _HEADER_BYTES), "big")
    request: Request = pickle.loads(_read_exactly(control, size))  # noqa: S301 - the caller wrote it
    return request


def _read_exactly(control: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = control.recv(min(1 << 20, size - len(data)))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


def write_answer(descriptor: int, answer: Answer | Facts) -> None:
    """Write an answer, or the facts before it, as one line.

    Raises:
        OSError: The user's code closed the descriptor.
    """
    # user code may have left half a line there
    line = "\n" + dumps({"kind": type(answer).__name__, **asdict(answer)}) + "\n"
    left = memoryview(line.encode())
    while left:
        left = left[os.write(descriptor, left) :]


def read_answer(line: bytes) -> Answer | Facts | None:
    """Read a line back; None for one that user code wrote."""
    try:
        fields = loads(line)
        return _READERS[fields.pop("kind")](fields)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _failure(fields: dict[str, Any]) -> Failure:
    return Failure(**{**fields, "trouble": Trouble(fields["trouble"])})


def _sample(fields: dict[str, Any]) -> Sample:
    breakdown = fields["breakdown"]
    return Sample(
        **{
            **fields,
            "digests": tuple(fields["digests"]),
            "breakdown": None if breakdown is None else Breakdown(**breakdown),
        }
    )


def _facts(fields: dict[str, Any]) -> Facts:
    imports = tuple(Import(**{**each, "names": tuple(each["names"])}) for each in fields["imports"])
    return Facts(**{**fields, "start_methods": tuple(fields["start_methods"]), "imports": imports})


def _dissection(fields: dict[str, Any]) -> Dissection:
    failure, anatomy = fields["failure"], fields["anatomy"]
    return Dissection(
        _facts(fields["facts"]),
        None if anatomy is None else _anatomy(anatomy),
        None if failure is None else _failure(failure),
        _findings(fields["findings"]),
    )


def _examination(fields: dict[str, Any]) -> Examination:
    unseen = (Unseen(tuple(map(PoolKind, each["kinds"])), each["message"]) for each in fields["unseen"])
    return Examination(
        **{
            **fields,
            "functions": tuple(fields["functions"]),
            "findings": _findings(fields["findings"]),
            "unseen": tuple(unseen),
        }
    )


def _findings(listed: list[dict[str, Any]]) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            **{
                **each,
                "hazard": Hazard(each["hazard"]),
                "effects": {PoolKind(kind): effect for kind, effect in each["effects"].items()},
                "spots": tuple(Spot(**spot) for spot in each["spots"]),
            }
        )
        for each in listed
    )


def _anatomy(fields: dict[str, Any]) -> Anatomy:
    arguments, results, native = fields["arguments"], fields["results"], fields["native"]
    return Anatomy(
        **{
            **fields,
            "gil_held": Band(**fields["gil_held"]),
            "timings": tuple(Timing(**each) for each in fields["timings"]),
            "arguments": None if arguments is None else Parcelled(**arguments),
            "results": None if results is None else Parcelled(**results),
            "native": None if native is None else NativeThreads(tuple(native["libraries"]), native["threads"]),
            "trials": tuple(Trial(**each) for each in fields["trials"]),
        }
    )


_READERS: dict[str, Callable[[dict[str, Any]], Answer | Facts]] = {
    "Costs": Costs.from_fields,
    "Dissection": _dissection,
    "Examination": _examination,
    "Facts": _facts,
    "Failure": _failure,
    "Refused": lambda fields: Refused(**fields),
    "Sample": _sample,
    "Tried": lambda fields: Tried(**fields),
}
