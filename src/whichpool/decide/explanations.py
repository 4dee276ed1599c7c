"""The reasons that a verdict may have: each is one sentence, told only where the figures bear it out."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from whichpool.decide.demands import demand_in_processes, work
from whichpool.pools import catalogue
from whichpool.values import Anatomy, Band, Entry, Outcome, Spending
from whichpool.wording import count, duration, number, size

_WORTH_TELLING = 0.15
_MOSTLY = 0.5
_HARDLY = 1.5
_NEGLIGIBLE = 0.01
_LONG_ITEM = 0.25
_LONG_STARTUP = 0.2
_UNEVEN = 2.0
_SATURATED = 0.9
_MORE_THAN_ONE_CORE = 1.2


@dataclass(frozen=True, slots=True)
class Case:
    """What the reasons are drawn from.

    Attributes:
        outcome: The answer.
        chosen: The strategy that it names.
        serial: What the others are compared with.
        raced: Of each pool the best that was raced.
        anatomy: Where an item's time goes.
        gil_held: The share of an item's time for which it holds the GIL; None where there is no GIL.
        cores: How many cores may be used.
        margin: Differences up to this share do not matter.
    """

    outcome: Outcome
    chosen: Entry
    serial: Entry
    raced: Mapping[str, Entry]
    anatomy: Anatomy
    gil_held: Band | None
    cores: float
    margin: float

    @property
    def waiting(self) -> float:
        """The share of its time for which an item does not compute."""
        item = work(self.anatomy)
        return item.waiting_s / item.alone_s

    @property
    def running(self) -> str:
        """What a function does with most of an item's time."""
        return "running" if self.waiting > _MOSTLY else "computing"

    def wins(self, pool: str) -> bool:
        """Say whether it is this pool that the answer names as faster, for sure."""
        figure = self.chosen.vs_serial
        return (
            self.outcome is Outcome.FASTER
            and self.chosen.strategy.pool == pool
            and figure is not None
            and figure.low > 1
        )

    def useless(self, pool: str) -> Entry | None:
        """Look up the best of a pool that was raced and did not help."""
        entry = self.raced.get(pool)
        if entry is None or entry.vs_serial is None or entry.strategy == self.chosen.strategy:
            return None
        return entry if entry.vs_serial.value <= 1 + self.margin else None


def _why_processes_win(case: Case) -> str | None:
    item_s, handing_s = case.anatomy.item_s, _handing_s(case.anatomy, case.chosen)
    if not case.wins("processes") or handing_s is None or handing_s > _MOSTLY * item_s:
        return None
    if handing_s < _NEGLIGIBLE * item_s:
        return f"processes win: {case.running} an item takes {duration(item_s)}, handing it over {duration(handing_s)}"
    return (
        f"processes win although handing an item over costs {duration(handing_s)}, "
        f"because {case.running} one takes {duration(item_s)}"
    )


def _why_threads_win(case: Case) -> str | None:
    if not case.wins("threads") or case.gil_held is None or case.gil_held.high > _MOSTLY or case.waiting > _MOSTLY:
        return None
    return (
        f"threads win: an item computes {1 - case.waiting:.0%} of its time, "
        f"but holds the GIL for at most {case.gil_held.high:.0%} of it"
    )


def _waiting_is_filled(case: Case) -> str | None:
    pool, workers = case.chosen.strategy.pool, case.chosen.strategy.workers
    if not case.wins(pool) or case.waiting < _MOSTLY:
        return None
    told = f"an item waits {case.waiting:.0%} of its {duration(case.anatomy.item_s)}, and meanwhile others get on"
    return f"{told}: hence more workers ({workers}) than cores ({case.cores:g})" if workers > case.cores else told


def _native_threads(case: Case) -> str | None:
    native, busy = case.anatomy.native, case.serial.cores_busy
    if native is None or busy is None or busy < _MORE_THAN_ONE_CORE:
        return None
    name = " or ".join(native.libraries) or "native code"
    cores = f"{number(busy)} of {case.cores:g} cores"
    if busy >= _SATURATED * case.cores:
        cores = "both cores" if case.cores == 2 else f"all {case.cores:g} cores"  # noqa: PLR2004 - a word for two
    return f"{name} already uses {cores} in serial, with {count(native.threads, 'thread')} of its own"


def _pickling_is_dear(case: Case) -> str | None:
    arguments, results = case.anatomy.arguments, case.anatomy.results
    if case.useless("processes") is None or arguments is None or results is None:
        return None
    kinds = {"arguments": arguments, "result": results}
    what, dearest = max(kinds.items(), key=lambda kind: kind[1].dump_s + kind[1].load_s)
    cost_s, item_s = dearest.dump_s + dearest.load_s, case.anatomy.item_s
    lead = "serial wins" if case.outcome is Outcome.STAY_SERIAL else "processes do not pay"
    if cost_s > item_s:
        longer = f"takes longer than {case.running} it: {duration(cost_s)} against {duration(item_s)}"
        return f"{lead}: pickling an item's {what} ({size(dearest.size_bytes)}) {longer}"
    if cost_s > _MOSTLY * item_s:
        takes = f"takes {duration(cost_s)}, {case.running} it {duration(item_s)}"
        return f"processes do not pay: pickling an item's {what} ({size(dearest.size_bytes)}) {takes}"
    return None


def _threads_wait_for_the_gil(case: Case) -> str | None:
    """What was seen of threads; where none were raced, what the probe says that they could do at best."""
    threads, held = case.raced.get("threads"), case.gil_held
    if threads is not None and threads.spent is not None:
        share = threads.spent.share(Spending.GIL)
        if share < _WORTH_TELLING:
            return None
        if case.useless("threads"):
            return f"threads do not help: they wait for the GIL {share:.0%} of the time"
        return f"{threads.strategy}: a worker waits for the GIL {share:.0%} of the time"
    if threads is not None or held is None or held.low * (1 + case.margin) < 1:
        return None
    return f"threads cannot help: an item holds the GIL for at least {math.floor(100 * held.low)}% of its time"


def _the_loop_is_blocked(case: Case) -> str | None:
    """Told where items wait and an event loop is no help, as it would be if they awaited what they wait for."""
    tasks = next((e for pool, e in case.raced.items() if catalogue.find(pool).is_async_only), None)
    if tasks is None or case.waiting < _MOSTLY or tasks.vs_serial is None or tasks.vs_serial.value > _HARDLY:
        return None
    pool = tasks.strategy.pool
    return f"{pool} cannot help: an item waits without awaiting, and blocks the event loop for all others meanwhile"


def _starting_eats_the_gain(case: Case) -> str | None:
    """Told only where the start makes the difference: without it, they would have been faster, or it is most of it."""
    processes, serial = case.useless("processes"), case.serial.job_s
    if processes is None or processes.startup_s is None or processes.job_s is None or serial is None:
        return None
    startup_s, rest_s = processes.startup_s, processes.job_s.value - processes.startup_s
    would_win = startup_s > _LONG_STARTUP * serial.value and rest_s * (1 + case.margin) < serial.value
    if not would_win and startup_s < _MOSTLY * serial.value:
        return None
    return (
        f"processes do not pay: starting {processes.strategy} takes {duration(startup_s)}, "
        f"the whole job in serial {duration(serial.value)}"
    )


def _one_process_hands_out(case: Case) -> str | None:
    processes = case.raced.get("processes")
    if processes is None or processes.spent is None or processes.spent.parent_s < _SATURATED * processes.spent.job_s:
        return None
    share = min(1.0, processes.spent.parent_s / processes.spent.job_s)
    return f"{processes.strategy}: handing out the work keeps the calling process busy {share:.0%} of the time"


def _the_end_is_long(case: Case) -> str | None:
    if case.chosen.strategy.pool == "serial" or case.chosen.job_s is None:
        return None
    job_s, name = case.chosen.job_s.value, case.chosen.strategy
    longest_s = max((timing.wall_s for timing in case.anatomy.timings), default=0.0)
    fastest_s = min(entry.job_s.value for entry in case.raced.values() if entry.job_s) if case.raced else job_s
    if longest_s >= _UNEVEN * case.anatomy.item_s and _LONG_ITEM * job_s <= longest_s < fastest_s:
        share = f"{longest_s / job_s:.0%} of the job in {name}"
        return f"the longest item seen takes {duration(longest_s)}, {share}: no pool gets below that"
    tail = case.chosen.spent.share(Spending.TAIL) if case.chosen.spent else 0.0
    if tail < _WORTH_TELLING:
        return None
    return f"{name}: {tail:.0%} of a worker's time is spent idle at the end, while others finish"


def _items_are_small(case: Case) -> str | None:
    strategy, item_s = case.chosen.strategy, case.anatomy.item_s
    trial = case.anatomy.trial(strategy.pool, strategy.start_method)
    chunksize = case.chosen.chunksize or 1
    if trial is None or chunksize == 1 or trial.handover_s < _MOSTLY * item_s:
        return None
    alone = f"handing it over alone would cost {duration(trial.handover_s)}"
    return f"an item takes {duration(item_s)}, {alone}: hence chunks of {chunksize:,}"


def _cores_are_busy(case: Case) -> str | None:
    busy, strategy = case.chosen.cores_busy, case.chosen.strategy
    if strategy.pool == "serial" or busy is None or busy < _SATURATED * case.cores:
        return None
    cores = f"{number(min(busy, case.cores))} of {case.cores:g} core{'' if case.cores == 1 else 's'}"
    return f"{strategy} keeps {cores} busy: more workers would find none free"


EXPLANATIONS: tuple[Callable[[Case], str | None], ...] = (
    _why_processes_win,
    _why_threads_win,
    _waiting_is_filled,
    _native_threads,
    _pickling_is_dear,
    _threads_wait_for_the_gil,
    _the_loop_is_blocked,
    _starting_eats_the_gain,
    _one_process_hands_out,
    _the_end_is_long,
    _items_are_small,
    _cores_are_busy,
)
"""The most important first: why the answer wins, what keeps the others back, and what bounds all of them."""


def _handing_s(anatomy: Anatomy, entry: Entry) -> float | None:
    """What handing an item over to another process and getting its result back costs, by its anatomy."""
    if anatomy.arguments is None or anatomy.results is None:
        return None
    trial = anatomy.trial(entry.strategy.pool, entry.strategy.start_method)
    handover_s = trial.handover_s if trial else catalogue.find(entry.strategy.pool).handover_s
    item = work(anatomy)
    demand = demand_in_processes(item, anatomy.arguments, anatomy.results, handover_s / entry.chunksize)
    return demand.caller_s + demand.serial_s + demand.parallel_s - item.computing_s
