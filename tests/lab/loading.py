"""Workloads loaded: in this process, which is quick, or in a child, as it is when they are measured."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from whichpool.lab.launch import Laboratory
from whichpool.lab.target import Loaded
from whichpool.values import THIS_PYTHON, Dissection, Facts, Options, Workload


@contextmanager
def forgetting() -> Iterator[None]:
    """Forget in the end which modules a target brought along, and where they were found."""
    modules, path = set(sys.modules), list(sys.path)
    try:
        yield
    finally:
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            del sys.modules[name]


def results_of(loaded: Loaded) -> list[object]:
    """Call the function with every item, here."""
    return [loaded.function(*item) if loaded.facts.unpacked else loaded.function(item) for item in loaded.items]


def loaded_in_a_child(workload: Workload) -> Facts:
    """Load a workload in a child and see to it that its items can be run there."""
    seen = Laboratory(workload).dissect(THIS_PYTHON, Options(pools=("threads",)), box_s=0.01, limit_s=20)
    assert isinstance(seen, Dissection), seen
    assert seen.failure is None, seen.failure
    return seen.facts
