"""What things cost here by themselves: every pool of the catalogue opened and closed again and again, with one worker.

The pools take turns, in an order shuffled anew for every round, so that what slows the machine for a while slows all of
them; the first round starts what is started once (a fork server, a resource tracker) and is not kept. Clusters are
left out: starting one takes seconds.
"""

import multiprocessing
import platform
import random
from collections.abc import Iterator
from functools import partial
from time import perf_counter, time

from whichpool.lab.sending_costs import sending_costs
from whichpool.lab.worker import nothing, prepare_worker
from whichpool.machine.process_memory import private_bytes, proportional_bytes
from whichpool.pools import catalogue
from whichpool.pools.chunk import Chunk, Function
from whichpool.pools.parcel import Parcel
from whichpool.pools.protocol import OpenPool, Pool
from whichpool.values import Costs, PoolCosts, Samples, Strategy
from whichpool.values.costs import CHUNK

_ROUNDS = 9
_BOX_S = 4.0
_TASKS = 64
_CHUNKS = 20
_MEMORY = {"private_bytes": private_bytes, "pss_bytes": proportional_bytes}


def measure_costs() -> Costs:
    """Measure what pools and sending cost in this Python, in about six seconds."""
    begun_s = perf_counter()
    pools, missing = _pool_costs()
    return Costs(
        python=platform.python_version(),
        measured_at_s=time(),
        pools=pools,
        sendings=sending_costs(),
        missing=missing,
        elapsed_s=perf_counter() - begun_s,
    )


def _pool_costs() -> tuple[tuple[PoolCosts, ...], dict[str, str]]:
    """Measure the pools that can be had, and say why the others cannot."""
    missing: dict[str, str] = {}
    benches: list[_Bench] = []
    for strategy in _strategies():
        row = catalogue.find(strategy.pool)
        why = row.why_missing()
        try:
            if why is None:
                bench = _Bench(strategy, row.load(), is_inside=not row.has_processes, is_async=row.is_async_only)
                bench.warm_up()
                benches.append(bench)
        except Exception as error:  # no semaphores here, a package that is broken: one pool less
            why = f"{type(error).__name__}: {error}"
        if why is not None:
            missing[strategy.pool] = why
    ends_s = perf_counter() + _BOX_S
    for number in range(_ROUNDS):
        if number and perf_counter() > ends_s:
            break
        for bench in random.sample(benches, len(benches)):
            bench.measure()
    return tuple(bench.costs() for bench in benches), missing


def _strategies() -> Iterator[Strategy]:
    for row in catalogue.CATALOGUE:
        if row.is_cluster or row.name == "serial":
            continue
        methods = multiprocessing.get_all_start_methods() if row.has_start_methods else (None,)
        for method in methods:
            yield Strategy(row.name, 1, 1, method)


class _Bench:
    """Opens one pool again and again, and keeps what it costs."""

    def __init__(self, strategy: Strategy, open_pool: Pool, *, is_inside: bool, is_async: bool) -> None:
        self._strategy = strategy
        self._open = partial(
            open_pool, strategy, nothing_awaited if is_async else nothing, partial(prepare_worker, (), (), b"")
        )
        self._is_inside = is_inside
        self._is_async = is_async
        self._function: Function = nothing_awaited if is_async else nothing
        self._samples: dict[str, list[float]] = {
            name: [] for name in ("ready_s", "close_s", "task_s", "chunked_task_s", *_MEMORY)
        }

    def warm_up(self) -> None:
        """Open it once, and keep what only the first worker shows: by how much this process grows."""
        before = {name: read("self") for name, read in _MEMORY.items()}
        with self._open() as pool:
            self._hand_over(pool, 1, 1)
            for name, read in _MEMORY.items() if self._is_inside else ():
                grown, had = read("self"), before[name]
                if grown is not None and had is not None:
                    self._samples[name].append(max(0, grown - had))

    def measure(self) -> None:
        """Open it, hand tasks over, and close it."""
        samples = self._samples
        opened_s = perf_counter()
        with self._open() as pool:
            begun_s, _, worker = self._hand_over(pool, 1, 1)
            samples["ready_s"].append(begun_s - opened_s)
            for name, read in _MEMORY.items() if not self._is_inside else ():
                had = read(worker)
                if had is not None:
                    samples[name].append(had)
            handing_s = perf_counter()
            self._hand_over(pool, _TASKS, 1)
            handed_s = perf_counter()
            samples["task_s"].append((handed_s - handing_s) / _TASKS)
            _, ended_s, _ = self._hand_over(pool, _CHUNKS, CHUNK)
            samples["chunked_task_s"].append((perf_counter() - handed_s) / (_CHUNKS * CHUNK))
        samples["close_s"].append(perf_counter() - ended_s)

    def _hand_over(self, pool: OpenPool, chunks: int, size: int) -> tuple[float, float, int]:
        """Run tasks; tell when the first chunk began, when the last ended, and in which process."""
        parcels = (Chunk(place, Parcel([None] * size), awaited=self._is_async) for place in range(chunks))
        ends = list(pool.run(self._function, parcels))
        return min(end.begun_s for end in ends), max(end.ended_s for end in ends), ends[0].worker

    def costs(self) -> PoolCosts:
        """Give all that was kept."""
        kept: dict[str, Samples] = {name: tuple(samples) for name, samples in self._samples.items()}
        return PoolCosts(self._strategy.pool, self._strategy.start_method, **kept)


async def nothing_awaited(_item: object) -> None:
    """Do nothing, for a pool that runs ``async def`` functions only."""
