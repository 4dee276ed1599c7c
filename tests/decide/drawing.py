"""What hypothesis draws for more than one file of tests, and what a first look may have told."""

from dataclasses import replace

from hypothesis import strategies as st

from tests.decide.making import ITEMS, UNAVAILABLE, make_anatomy
from whichpool.machine.memory import MemoryLeft
from whichpool.values import (
    Anatomy,
    Band,
    Dissection,
    Facts,
    Failure,
    NativeThreads,
    Parcelled,
    Strategy,
    Timing,
    Trial,
)

METHODS = ("fork", "spawn", "forkserver")
LADDER = (
    Strategy("serial"),
    Strategy("threads", 2),
    Strategy("threads", 8),
    Strategy("threads", 32),
    Strategy("processes", 2, start_method="fork"),
    Strategy("processes", 8, start_method="fork"),
)
SLEEPING = Band(0.0, 0.0)

times_s = st.floats(min_value=1e-6, max_value=1e3)
item_counts = st.integers(min_value=1, max_value=3_000)
core_counts = st.floats(min_value=0.1, max_value=16)
shares = st.floats(min_value=0, max_value=1)
memories = st.none() | st.builds(MemoryLeft, st.integers(0, 1 << 36), st.just("available in all"))
natives = st.none() | st.builds(NativeThreads, st.just(("openblas",)), st.integers(2, 16))


@st.composite
def anatomies(draw: st.DrawFn) -> Anatomy:
    """Any anatomy that the first look could tell of."""
    item_s = draw(st.floats(min_value=1e-6, max_value=10))
    low, high = sorted((draw(shares), draw(shares)))
    costs_s = st.floats(min_value=0, max_value=0.1)
    parcels = st.none() | st.builds(Parcelled, st.floats(min_value=1, max_value=1e8), costs_s, costs_s)
    tried = [("threads", None), *(("processes", method) for method in METHODS)]
    sizes = st.none() | st.integers(0, 1 << 30)
    return make_anatomy(
        item_s,
        cpu_s=draw(shares) * item_s,
        native_cpu_s=draw(shares) * item_s,
        gil_held=Band(low, high),
        timings=tuple(Timing(place, item_s) for place in range(draw(st.integers(1, 5)))),
        arguments=draw(parcels),
        results=draw(parcels),
        native=draw(natives),
        base_bytes=draw(sizes),
        loaded_bytes=0,
        item_bytes=draw(sizes),
        trials=tuple(
            Trial(pool, method, draw(costs_s), draw(costs_s), draw(costs_s), draw(sizes))
            for pool, method in tried
            if draw(st.booleans())
        ),
    )


def make_facts(items: int = ITEMS, **changes: object) -> Facts:
    """Tell of a function of a module, and of a Python that forks."""
    facts = Facts(
        items,
        unpacked=False,
        by_value=False,
        start_methods=METHODS,
        python="3.11.7",
        load_s=0.01,
        unavailable=UNAVAILABLE,
    )
    return replace(facts, **changes)  # type: ignore[arg-type]  # a test names the field it means


def dissected(
    anatomy: Anatomy | None, items: int = ITEMS, failure: Failure | None = None, **facts: object
) -> Dissection:
    """Tell what a first look told."""
    return Dissection(make_facts(items, **facts), anatomy, failure)


def sleeping(item_s: float = 0.1, **changes: object) -> Anatomy:
    """Make an item that does nothing but wait, in a pool that costs nothing."""
    nothing = Parcelled(1, 0.0, 0.0)
    anatomy = make_anatomy(item_s, cpu_s=0.0, gil_held=SLEEPING, arguments=nothing, results=nothing, trials=FREE)
    return replace(anatomy, **changes)  # type: ignore[arg-type]  # a test names the field it means


FREE = (Trial("threads", None, 0.0, 0.0, 0.0), Trial("processes", "fork", 0.0, 0.0, 0.0))
