"""The workloads that the benchmarks run: one for each kind of work that asks for another answer."""

import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
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
        needs: The package that it needs beside the standard library; empty where it needs none.
    """

    name: str
    target: str
    items: str
    needs: str = ""


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
    Example("time axes", "examples/workloads/time_axes.py:timestamps", "ITEMS"),
    Example("random walks", "examples/workloads/random_walks.py:likeliest", "ITEMS", needs="numpy"),
)


def runnable_examples(names: Collection[str] = ()) -> Iterator[Example]:
    """Give the examples, or those that are named, and say which cannot run here.

    Raises:
        SystemExit: There is no example of some name.
    """
    known = [example.name for example in EXAMPLES]
    for name in names:
        if name not in known:
            sys.exit(f"there is no example {name!r}; there are {', '.join(known)}")
    for example in EXAMPLES:
        if names and example.name not in names:
            continue
        if example.needs and find_spec(example.needs) is None:
            print(f"{example.name} is left out, for want of {example.needs}: pip install '.[benchmarks]'", flush=True)
        else:
            yield example
