"""Workers of a Dask cluster, one started here or one that runs: ``distributed.Client``."""

import asyncio
import logging
import pickle
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import chain, zip_longest
from multiprocessing.util import get_temp_dir
from queue import Empty
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import dask
from distributed import Client, LocalCluster, Nanny, Security, as_completed, utils
from distributed.comm.core import connect
from distributed.protocol import pickle as engine_pickle
from distributed.scheduler import KilledWorker
from distributed.utils import silence_logging_cmgr

from whichpool.errors import Trouble
from whichpool.pools.carrying import script
from whichpool.pools.chunk import Function
from whichpool.pools.dealing import Dealer
from whichpool.pools.exits import how_it_ended
from whichpool.pools.protocol import Cluster, OpenPool, PoolFailed
from whichpool.values import Strategy
from whichpool.wording import count

_ANSWERS_WITHIN_S = 4.0
_LOOK_UP_S = 1.0
_QUIET = logging.CRITICAL + 1
_SETTINGS = {
    "distributed.comm.offload": False,  # its thread would outlive the pool
    "distributed.admin.large-graph-warning-threshold": "1 TiB",
    "distributed.scheduler.allowed-failures": 0,  # no item is run twice
    "distributed.worker.profile.enabled": False,
    "distributed.diagnostics.computations.ignore-modules": [],
}


@contextmanager
def open_pool(strategy: Strategy, function: Function, prepare: Callable[[], None]) -> Iterator[OpenPool]:
    """Open a pool of Dask workers; see :class:`whichpool.pools.protocol.Pool`.

    ``strategy.address`` names the scheduler of a cluster that runs; empty, one of worker processes with a thread each
    is started, and ended with the pool. What a worker of a running cluster imports for a job, it keeps.

    Raises:
        PoolFailed: As for every pool; *unavailable* where nobody answers at the address.
    """
    address = strategy.address
    with ExitStack() as stack:
        stack.enter_context(_settled())
        begun_s = perf_counter()
        local: Any = None if address else stack.enter_context(_local_cluster(strategy.workers))
        starting_s = 0.0 if address else perf_counter() - begun_s
        client = stack.enter_context(_connected(address or local.scheduler_address))
        engine = _Dask(client, address, local, strategy.workers)
        engine.carry()
        dealer = Dealer(engine, Cluster(starting_s), engine_pickle.dumps)
        cpu_before_s = engine.cpu_s() if address else 0.0
        try:
            dealer.set_up(function, prepare, address)
            yield dealer
        finally:
            engine.cancel()
            if address:
                with suppress(PoolFailed):  # it went away, which has been told
                    dealer.forget()
                    dealer.cluster.cpu_s = engine.cpu_s() - cpu_before_s


def slots(address: str) -> int:
    """Tell how many workers a running cluster offers: the threads of its worker processes.

    Raises:
        PoolFailed: Nobody answers at the address.
    """
    with _settled(), _connected(address) as client:
        return sum(client.nthreads().values())


class _WatchedNanny(Nanny):
    """Keeps a worker's exit code, and does not start the worker again."""

    exit_code: int | None = None

    async def _on_worker_exit(self, exitcode: int) -> None:
        self.exit_code = exitcode


class _Dask:
    """The engine of a Dask cluster; see :class:`whichpool.pools.dealing.Engine`."""

    def __init__(self, client: Any, address: str, local: Any, most: int) -> None:  # noqa: ANN401 - without types
        self._client = client
        self._address = address
        self._local = local
        self.addresses = _spread(client.nthreads(), most)
        self._running: dict[str, Any] = {}
        self._ended: Any = as_completed(loop=client.loop)
        if not self.addresses:
            message = f"the Dask cluster at {address} has no workers: start some with dask worker {address}"
            raise PoolFailed(Trouble.UNAVAILABLE, message)
        if len(self.addresses) < most:
            message = (
                f"the Dask cluster at {address} has room for {count(len(self.addresses), 'worker')}, not for {most}"
            )
            raise PoolFailed(Trouble.UNAVAILABLE, message)

    @property
    def workers(self) -> int:
        return len(self.addresses)

    def send(self, worker: int, errands: Sequence[bytes]) -> Sequence[Hashable]:
        # the scheduler unpickles what it is sent, so it is sent nothing but bytes and the name of pickle.loads
        futures = self._client.map(
            pickle.loads, errands, pure=False, workers=[self.addresses[worker]], allow_other_workers=False
        )
        self._running |= {future.key: future for future in futures}
        self._ended.update(futures)
        return [future.key for future in futures]

    def take(self) -> Iterable[tuple[Hashable, bytes]]:
        while True:
            try:
                ended = [self._ended.queue.get(timeout=_LOOK_UP_S)]
                break
            except Empty:
                self._look_up()
        with suppress(Empty):
            while True:
                ended.append(self._ended.queue.get_nowait())
        for future in ended:
            self._running.pop(future.key, None)
            if future.status != "finished":
                raise self._failure(future)
        # not Client.gather alone: it would wait for ever for a result that a worker took with it
        gathering = asyncio.run_coroutine_threadsafe(
            self._client.gather(ended, asynchronous=True), self._client.loop.asyncio_loop
        )
        while True:
            try:
                return zip([future.key for future in ended], gathering.result(_LOOK_UP_S), strict=True)
            except TimeoutError:
                try:
                    self._look_up()
                except PoolFailed:
                    gathering.cancel()
                    raise
            except (OSError, CancelledError, asyncio.CancelledError):
                raise self._loss() from None

    def carry(self) -> None:
        """Give the workers whichpool, where they have none."""
        self._run(exec, script(), {})

    def tell_all(self, errand: bytes) -> None:
        self._run(pickle.loads, errand)

    def cpu_s(self) -> float:
        """Tell the CPU time that the workers have used since they started."""
        used_s = self._run(time.process_time)
        if used_s.keys() != set(self.addresses):
            raise self._loss()
        return float(sum(used_s.values()))

    def cancel(self) -> None:
        """Let go of errands whose results nobody takes."""
        if self._running and self._client.status == "running":
            self._client.cancel(list(self._running.values()), force=True)
        self._running.clear()

    def _run(self, function: Callable[..., object], *arguments: object) -> dict[str, Any]:
        """Call a function in every worker process that is still there, beside what it is running."""
        if self._client.status != "running":
            raise self._loss()
        try:
            there = [address for address in self._client.nthreads() if address in self.addresses]
            told: dict[str, Any] = self._client.run(function, *arguments, workers=there) if there else {}
        except (OSError, CancelledError, asyncio.CancelledError):
            raise self._loss() from None
        return told

    def _failure(self, future: Any) -> BaseException:  # noqa: ANN401 - without types
        """Tell why an errand has no result."""
        error = future.exception() if future.status == "error" else None
        return self._loss() if error is None or isinstance(error, KilledWorker) else error

    def _look_up(self) -> None:
        """See that nobody is waited for who has gone."""
        if self._client.status != "running":
            raise self._loss()
        there = self._client.nthreads() if self._local is None else {}
        if self._exit_codes() or (self._local is None and not there.keys() >= set(self.addresses)):
            raise self._loss()

    def _loss(self) -> PoolFailed:
        """Tell why work was lost; what is lost is noticed a moment before what is to blame."""
        deadline = perf_counter() + _LOOK_UP_S
        while self._client.status == "running" and not self._exit_codes() and perf_counter() < deadline:
            time.sleep(0.01)
        if self._client.status != "running":
            which = f"the Dask cluster at {self._address}" if self._address else "the Dask cluster that was started"
            message = f"{which} went away in the middle of the job"
        elif self._local is None:
            message = f"a worker process of the Dask cluster at {self._address} died; its log tells how"
        else:
            codes = self._exit_codes()
            message = f"a worker process {how_it_ended(codes[0]) if codes else 'died without a trace'}"
        return PoolFailed(Trouble.DIED, message)

    def _exit_codes(self) -> list[int]:
        nannies = self._local.workers.values() if self._local is not None else ()
        return [nanny.exit_code for nanny in nannies if nanny.exit_code is not None]


def _spread(threads: dict[str, int], most: int) -> list[str]:
    """List the workers' addresses, once for each thread: all the first threads, then all the second ones."""
    turns = zip_longest(*([address] * count for address, count in sorted(threads.items())))
    return [address for address in chain.from_iterable(turns) if address is not None][:most]


@contextmanager
def _settled() -> Iterator[None]:
    """Keep Dask to what a measurement wants of it, and quiet."""
    before = utils._offload_executor  # noqa: SLF001 - Dask keeps its thread for good, ours ends with the pool
    ours = ThreadPoolExecutor(1, thread_name_prefix="Dask-Offload")
    with dask.config.set(_SETTINGS), silence_logging_cmgr(_QUIET), ours:
        utils._offload_executor = ours  # noqa: SLF001 - as above
        try:
            yield
        finally:
            utils._offload_executor = before  # noqa: SLF001 - as above


@contextmanager
def _local_cluster(workers: int) -> Iterator[Any]:
    with (
        TemporaryDirectory(prefix="dask-", dir=get_temp_dir()) as folder,
        dask.config.set({"temporary-directory": folder}),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            worker_class=_WatchedNanny,
            memory_limit=0,
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            silence_logs=_QUIET,
        ) as cluster,
    ):
        yield cluster


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        asyncio.run(_knock(address))
        client: Any = Client(address, timeout=_ANSWERS_WITHIN_S, set_as_default=False)
    except (OSError, ValueError, TypeError, ImportError) as error:
        message = (
            f"nobody answers at {address} ({str(error) or type(error).__name__}): start a cluster there with dask "
            "scheduler and dask worker, or give the address of one that runs, such as tcp://127.0.0.1:8786"
        )
        raise PoolFailed(Trouble.UNAVAILABLE, message) from None
    with closing(client):
        yield client


async def _knock(address: str) -> None:
    """See that a scheduler answers; a client that finds none would leave its thread behind."""
    comm = await connect(address, timeout=_ANSWERS_WITHIN_S, **Security().get_connection_args("client"))
    await comm.close()
