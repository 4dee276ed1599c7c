"""The article's claims, put to the test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Measured = Mapping[str, float | bool | str | Sequence[float] | Sequence[str] | None]
"""What an experiment saw, raw: a name with its unit (``thread_s``, ``added_bytes``), and its samples or one figure."""


class Holds(StrEnum):
    """What a measurement says of a claim."""

    HOLDS = "holds here"
    DOES_NOT_HOLD = "does not hold here"
    CANNOT_TELL = "cannot tell here"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What follows from a measurement.

    Attributes:
        holds: The verdict.
        seen: What was measured, in a line, with its intervals.
        reason: Why the verdict follows from it.
    """

    holds: Holds
    seen: str
    reason: str


@dataclass(frozen=True, slots=True)
class Experiment:
    """What an experiment came to under one Python.

    Attributes:
        claim: The claim's number.
        python: The version of the Python, such as ``3.11.7``; with ``free-threaded`` behind it where it was built so.
        measured: What was seen.
        judgement: What follows.
        elapsed_s: How long it took.
    """

    claim: int
    python: str
    measured: Measured
    judgement: Judgement
    elapsed_s: float
