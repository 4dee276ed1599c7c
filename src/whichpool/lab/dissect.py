"""The one diagnostic pass: a first look at a workload, serially and apart from every timed round."""

import pickle
import random
import resource
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from os import _exit, getpid  # bound now: user code may replace them
from time import perf_counter, process_time, thread_time
from typing import Any

from whichpool.errors import WrongCall
from whichpool.lab.breakdown import on_its_clocks
from whichpool.lab.gil import GilProbe
from whichpool.lab.measure import items_failed
from whichpool.lab.native import find_native_threads
from whichpool.lab.target import Loaded
from whichpool.lab.trials import try_pools
from whichpool.machine.process_memory import forget_the_peak, peak_resident_bytes, resident_bytes
from whichpool.pools.chunk import Chunk, run_chunk
from whichpool.pools.parcel import ItemFailure, Parcel
from whichpool.values import Anatomy, Band, Dissection, Parcelled, Strategy, Timing

_ITEMS_SHARE = 0.4
_PROBE_SHARE = 0.45
_PICKLING_SHARE = 0.1
_SHORTEST_TIMED_S = 30e-6
_SHORTEST_PROBED_S = 5e-3
_LONG_S = 0.1  # even the first time, when much is loaded
_MOST_TIMINGS = 512
_FEWEST_BLOCKS = 32


def dissect(
    workload: Loaded, box_s: float, pools: Sequence[Strategy], start_methods: Sequence[str]
) -> Iterator[Dissection]:
    """Find out where an item's time goes, in about ``box_s`` seconds; at least one item runs, however long it takes.

    First items run, spread over the input, and are timed. Their results are kept for that long, as a job would keep
    them, for memory that is used for the first time costs time. Then items run once more beside a thread that feels for
    the GIL. At last the pools are opened. The answer is given before that and again after each pool, so that what hangs
    in a pool does not cost what is known by then.

    Args:
        workload: What to look at.
        box_s: How long to look.
        pools: The pools to try.
        start_methods: How to start processes; empty for every way that this Python has.
    """
    begun_s = perf_counter()
    base_bytes = resident_bytes()
    peak_known = forget_the_peak()
    first = _Seen()
    first.note(workload, range(1), may_pickle=True)
    loaded_bytes = _grown(base_bytes)
    # the first item warms up; it counts only where there is no time for another
    seen = first if len(workload.items) == 1 or first.wall_s > _ITEMS_SHARE * box_s else _Seen()
    kept: list[Any] = []
    blocks = [range(1)] if seen is first else _blocks(workload, first.wall_s)
    if seen is not first:
        for block in blocks:
            kept += seen.note(workload, block, may_pickle=seen.pickling_s < _PICKLING_SHARE * box_s)
            if perf_counter() - begun_s + seen.wall_s / seen.items * len(block) > _ITEMS_SHARE * box_s:
                break
    seen.failures |= first.failures
    if seen.failures:
        yield Dissection(workload.facts, None, items_failed(workload, seen.failures, seen.items))
        return
    item_bytes = _item_bytes() if peak_known else None
    kept.clear()
    native = find_native_threads(seen.others_cpu_s, seen.wall_s)
    anatomy = Anatomy(
        item_s=seen.wall_s / seen.items,
        cpu_s=seen.cpu_s / seen.items,
        native_cpu_s=seen.others_cpu_s / seen.items,
        gil_held=_feel_for_gil(workload, blocks, seen, _PROBE_SHARE * box_s),
        timings=tuple(sorted(seen.timings, key=lambda timing: timing.place)),
        arguments=seen.arguments.mean(),
        results=seen.results.mean(),
        native=native,
        base_bytes=base_bytes,
        loaded_bytes=loaded_bytes,
        item_bytes=item_bytes,
        trials=(),
        cost_s=perf_counter() - begun_s,
    )
    yield Dissection(workload.facts, anatomy)
    quickest = min(anatomy.timings, key=lambda timing: timing.wall_s).place
    for trial in try_pools(workload, quickest, pools, start_methods):
        anatomy = replace(anatomy, trials=(*anatomy.trials, trial), cost_s=perf_counter() - begun_s)
        yield Dissection(workload.facts, anatomy)
        if anatomy.cost_s > box_s:
            return


@dataclass(slots=True)
class _Pickled:
    """What pickling values of one kind took; the values may turn out not to be picklable at all."""

    values: int = 0
    size_bytes: int = 0
    dump_s: float = 0.0
    load_s: float = 0.0
    impossible: bool = False

    def note(self, values: Sequence[Any]) -> None:
        """Pickle values and unpickle them."""
        if self.impossible:
            return
        try:
            begun_s = perf_counter()
            data = pickle.dumps(values, pickle.HIGHEST_PROTOCOL)
            dumped_s = perf_counter()
            pickle.loads(data)  # noqa: S301 - our own bytes
            loaded_s = perf_counter()
        except Exception:  # a user's __reduce__ or constructor may raise anything
            self.impossible = True
            return
        self.values += len(values)
        self.size_bytes += len(data)
        self.dump_s += dumped_s - begun_s
        self.load_s += loaded_s - dumped_s

    def mean(self) -> Parcelled | None:
        """Tell what a value took on average."""
        if self.impossible or not self.values:
            return None
        return Parcelled(self.size_bytes / self.values, self.dump_s / self.values, self.load_s / self.values)


@dataclass(slots=True)
class _Seen:
    """What was seen of the items so far."""

    items: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    others_cpu_s: float = 0.0
    pickling_s: float = 0.0
    timings: list[Timing] = field(default_factory=list)
    failures: dict[int, ItemFailure] = field(default_factory=dict)
    arguments: _Pickled = field(default_factory=_Pickled)
    results: _Pickled = field(default_factory=_Pickled)

    def note(self, workload: Loaded, places: range, *, may_pickle: bool) -> list[Any]:
        """Run a block of items and note down what it took; return the results."""
        items = [workload.items[place] for place in places]
        facts = workload.facts
        chunk = Chunk(0, Parcel(items), unpacked=facts.unpacked, explained=True, awaited=facts.is_async)
        me, before_s = getpid(), _others_cpu_s()
        end = run_chunk(workload.function, chunk)
        if getpid() != me:  # a function that forks comes back here twice, and would double what runs with every item
            _exit(0)
        _refuse_what_nobody_awaits(end.results.values)
        others_cpu_s = _others_cpu_s() - before_s
        computing_s, queued_s = on_its_clocks(end)
        # what the item waited for a core is the machine's doing, not the item's
        wall_s = max(computing_s, end.ended_s - end.begun_s - queued_s)
        cpu_s = min(wall_s, computing_s)
        self.failures.update((places[place], failure) for place, failure in end.results.failures.items())
        self.items += len(places)
        self.wall_s += wall_s
        self.cpu_s += cpu_s
        self.others_cpu_s += max(0.0, others_cpu_s)
        if len(self.timings) < _MOST_TIMINGS:
            self.timings.append(Timing(places[len(places) // 2], wall_s / len(places)))
        if may_pickle and not end.results.failures:
            self.arguments.note(items)
            self.results.note(end.results.values)
            self.pickling_s += perf_counter() - end.ended_s
        return end.results.values


def _refuse_what_nobody_awaits(results: Sequence[Any]) -> None:
    """A function that is no ``async def`` may give out what one made: then nothing was run, and nothing was measured.

    Raises:
        WrongCall: It does.
    """
    coroutines = [result for result in results if isinstance(result, Coroutine)]
    for coroutine in coroutines:
        coroutine.close()
    if coroutines:
        message = (
            "the function returns a coroutine that nobody awaits, so calling it runs nothing: make it an async def "
            "that awaits it"
        )
        raise WrongCall(message)


def _others_cpu_s() -> float:
    """CPU time of the other threads of this process, and of the processes that it started and that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return process_time() - thread_time() + children.ru_utime + children.ru_stime


def _grown(base_bytes: int | None) -> int | None:
    now_bytes = resident_bytes()
    return None if base_bytes is None or now_bytes is None else max(0, now_bytes - base_bytes)


def _item_bytes() -> int | None:
    """Tell what an item needs while it runs, its result not counted."""
    peak_bytes, now_bytes = peak_resident_bytes(), resident_bytes()
    return None if peak_bytes is None or now_bytes is None else max(0, peak_bytes - now_bytes)


def _blocks(workload: Loaded, first_s: float) -> list[range]:
    """Cut the input into blocks of consecutive items that are long enough to be timed, and shuffle them.

    How many items that takes is tried out, in steps that also warm up; a single item says nothing when it is short.
    """
    count = len(workload.items)
    most = 1 if first_s >= _LONG_S else max(1, count // _FEWEST_BLOCKS)
    together = 1
    while together < most:
        tried = _Seen()
        tried.note(workload, range(together), may_pickle=False)
        if tried.failures or tried.wall_s >= _SHORTEST_TIMED_S:
            break
        together = min(most, max(2 * together, round(together * _SHORTEST_TIMED_S / tried.wall_s)))
    blocks = [range(start, min(start + together, count)) for start in range(0, count, together)]
    random.Random(0).shuffle(blocks)  # noqa: S311 - which items come first is no secret
    return blocks


def _feel_for_gil(workload: Loaded, blocks: Sequence[range], seen: _Seen, probe_s: float) -> Band:
    """Run items once more beside the probe; where a single one takes too long for that, only the CPU bounds the GIL.

    Short ones run many at once, or the probe would feel what is done between them.
    """
    if not workload.facts.gil:
        return Band(0.0, 0.0)
    cpu_share, item_s = min(1.0, seen.cpu_s / seen.wall_s), seen.wall_s / seen.items
    if item_s > probe_s:
        return Band(0.0, cpu_share)
    places = cycle(place for block in blocks for place in block)
    together = max(1, round(_SHORTEST_PROBED_S / item_s))
    me, function, facts, end_s = getpid(), workload.function, workload.facts, perf_counter() + probe_s

    def call(*arguments: object) -> None:
        function(*arguments)
        if getpid() != me:  # as above, and here many items run in one go
            _exit(0)

    async def wait_for(*arguments: object) -> None:
        await function(*arguments)
        if getpid() != me:
            _exit(0)

    run = wait_for if facts.is_async else call
    with GilProbe() as probe:
        while perf_counter() + together * item_s < end_s:
            items = [workload.items[place] for place in islice(places, together)]
            chunk = Chunk(0, Parcel(items), unpacked=facts.unpacked, awaited=facts.is_async)
            if run_chunk(run, chunk).results.failures:
                break
    return probe.held(cpu_share)
