"""Which pools can run a workload in this Python, and why the others cannot; asked before any of them is opened."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path

from whichpool.errors import Trouble
from whichpool.lab.target import Loaded
from whichpool.lab.worker import nothing
from whichpool.pools import catalogue
from whichpool.pools.catalogue import Row, Workers
from whichpool.pools.chunk import Chunk
from whichpool.pools.exits import how_it_ended
from whichpool.pools.parcel import Parcel
from whichpool.pools.protocol import PoolFailed
from whichpool.values import Facts, Strategy

_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
_OPEN = (
    "import pickle, runpy, sys; runpy.run_path(sys.argv[1], run_name='__mp_main__'); pickle.load(sys.stdin.buffer)()"
)
_TO_OPEN_S = 5.0
_TO_ANSWER_S = 8.0
_MARK = b"\0"


def with_pools(workload: Loaded, wanted: Sequence[str], addresses: Mapping[str, str]) -> Facts:
    """Find out which pools there are for a workload, and add to its facts why there are no others.

    Args:
        workload: What they are to run.
        wanted: The names of the pools; empty for all but clusters, which take long to start.
        addresses: Where clusters run, by the pool's name; such a pool is wanted.
    """
    unavailable: dict[str, str] = {}
    most_workers: dict[str, int] = {}
    for row in _wanted(wanted, addresses):
        try:
            _refuse_what_is_missing(row, workload)
            if row.name in addresses:
                most_workers[row.name] = _workers_at(row, addresses[row.name])
        except PoolFailed as failed:
            unavailable[row.name] = str(failed)
        except Exception as error:  # a package that is there and broken: the other pools do without it
            unavailable[row.name] = f"{row.package or row.name} is broken here: {type(error).__name__}: {error}"
    return replace(workload.facts, unavailable=unavailable, most_workers=most_workers)


def pools_to_try(facts: Facts, wanted: Sequence[str], addresses: Mapping[str, str]) -> tuple[Strategy, ...]:
    """List the pools that can be opened, each with the address of its cluster; as :func:`with_pools` found."""
    rows = (row for row in _wanted(wanted, addresses) if row.name not in facts.unavailable)
    return tuple(Strategy(row.name, chunksize=1, address=addresses.get(row.name, "")) for row in rows)


def _wanted(wanted: Sequence[str], addresses: Mapping[str, str]) -> Iterator[Row]:
    for row in catalogue.CATALOGUE[1:]:
        if row.name in wanted if wanted else row.name in addresses or not row.is_cluster:
            yield row


def _refuse_what_is_missing(row: Row, workload: Loaded) -> None:
    """Say why a pool cannot be had.

    Raises:
        PoolFailed: It cannot.
    """
    why = row.why_missing()
    if why is None and row.is_async_only and not workload.facts.is_async:
        why = "the target is no async function"
    if why is None and row.workers is Workers.INTERPRETERS:
        why = why_not_in_interpreters(workload.prepare, _TO_OPEN_S + workload.facts.load_s)
    if why is not None:
        raise PoolFailed(Trouble.UNAVAILABLE, why)


def why_not_in_interpreters(prepare: Callable[[], None], limit_s: float) -> str | None:
    """Try what the target imports in an interpreter first, in a process of its own, for that may crash it.

    Args:
        prepare: What a worker calls before its first item.
        limit_s: How long that may take.

    Returns:
        Why it cannot be; None where it can.
    """
    told, end = _in_a_process(partial(_open_once, prepare, list(sys.path)), limit_s)
    if end:
        return f"importing the target in an interpreter failed: it {end}"
    return told or None


def _workers_at(row: Row, address: str) -> int:
    """Ask a cluster that runs how many workers it has; what answers there may be anything, and answer never.

    Raises:
        PoolFailed: There is none, or it does not answer as one.
    """
    told, end = _in_a_process(partial(_ask_for_workers, row.name, address), _TO_ANSWER_S)
    if told.isdecimal() and int(told):
        return int(told)
    why = f"the cluster at {address} has no workers: start some" if told.isdecimal() else told
    if not why:
        why = f"what answers at {address} is no cluster of {row.name}'s: asking for its workers {end}"
    raise PoolFailed(Trouble.UNAVAILABLE, why)


def _in_a_process(do: Callable[[], None], limit_s: float) -> tuple[str, str]:
    """Do something in a process of its own; return what it told, and how it ended where it told nothing."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _OPEN, str(_BOOTSTRAP)],
            input=pickle.dumps(do),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "", f"was not done within {limit_s:.3g} s"
    _, mark, told = done.stdout.rpartition(_MARK)
    return told.decode(errors="replace"), "" if mark else how_it_ended(done.returncode)


def _ask_for_workers(pool: str, address: str) -> None:
    """Ask a cluster how many workers it has, and tell that on standard output, or what came instead."""
    row = catalogue.find(pool)
    try:
        told = str(import_module(row.module).slots(address))
    except PoolFailed as failed:
        told = str(failed)
    except Exception as error:  # the package is there, and may be anything
        told = f"{row.package} is broken here: {type(error).__name__}: {error}"
    os.write(1, _MARK + told.encode())


def _open_once(prepare: Callable[[], None], path: list[str]) -> None:
    """Open a pool of interpreters, and tell on standard output what came of it; user code may write there as well."""
    sys.path[:] = path
    told = ""
    open_pool = catalogue.find("interpreters").load()
    try:
        with open_pool(Strategy("interpreters"), nothing, prepare) as pool:
            for _ in pool.run(nothing, [Chunk(0, Parcel([None]))]):
                pass
    except PoolFailed as failed:
        told = str(failed)
    os.write(1, _MARK + told.encode())
