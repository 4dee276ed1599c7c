"""The workloads that the benchmarks run: one for each kind of work that asks for another answer."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent
"""The project's own folder, from which targets are named."""


@dataclass(frozen=True, slots=True)
class Example:
    """A workload from the folder ``examples``, as the command would be given it from the project's own folder.

    Attributes:
        name: What to call it in tables.
        target: ``file.py:function``.
        items: The ``--items`` SPEC.
    """

    name: str
    target: str
    items: str


EXAMPLES: tuple[Example, ...] = (
    Example("primes", "examples/primes.py:count_primes", "LIMITS"),
    Example("fetch", "examples/fetch.py:fetch", "range(40)"),
    Example("queens", "examples/workloads/queens.py:solutions", "ITEMS"),
    Example("collatz", "examples/workloads/collatz.py:steps", "ITEMS"),
    Example("polling", "examples/workloads/polling.py:poll", "ITEMS"),
    Example("hashing", "examples/workloads/hashing.py:fingerprints", "ITEMS"),
    Example("compressing", "examples/workloads/compressing.py:compressed", "ITEMS"),
    Example("parsing", "examples/workloads/parsing.py:parsed", "ITEMS"),
    Example("matching", "examples/workloads/matching.py:found", "ITEMS"),
    Example("reading", "examples/workloads/reading.py:summary", "ITEMS"),
    Example("querying", "examples/workloads/querying.py:totals", "ITEMS"),
    Example("waiting and computing", "examples/workloads/waiting_and_computing.py:answer", "ITEMS"),
    Example("heavy tail", "examples/workloads/heavy_tail.py:walk", "ITEMS"),
    Example("logarithms", "examples/workloads/logarithms.py:logarithm", "ITEMS"),
    Example("bernoulli fractions", "examples/workloads/fractions_of_bernoulli.py:bernoulli", "ITEMS"),
    Example("word counts", "examples/workloads/word_counts.py:frequent", "ITEMS"),
    Example("blurring", "examples/workloads/blurring.py:blurred", "ITEMS"),
    Example("commands", "examples/workloads/commands.py:output", "ITEMS"),
)
