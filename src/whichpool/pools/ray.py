"""Workers of a Ray cluster, one started here or one that runs: an actor each."""

import logging
import os
import pickle
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from multiprocessing.util import get_temp_dir
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import ray
from ray import cloudpickle

from whichpool.errors import Trouble
from whichpool.pools.carrying import script
from whichpool.pools.chunk import Function
from whichpool.pools.dealing import Dealer
from whichpool.pools.protocol import Cluster, OpenPool, PoolFailed
from whichpool.values import Strategy

_ANSWERS_WITHIN_S = 4.0
_ROOM_WITHIN_S = 2.0
_LOOK_UP_S = 1.0
_STORE_BYTES = 1 << 30
_QUIET = logging.CRITICAL + 1
_ENVIRONMENT = {
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # without it Ray warns of what a later version will do
    "RAY_USAGE_STATS_ENABLED": "0",
}
# one for the whole process, for Ray reads it once; in no file, and nobody else on this machine has it
_LOCAL_ENVIRONMENT = {"RAY_AUTH_TOKEN": secrets.token_hex(32)}


@contextmanager
def open_pool(strategy: Strategy, function: Function, prepare: Callable[[], None]) -> Iterator[OpenPool]:
    """Open a pool of Ray actors; see :class:`whichpool.pools.protocol.Pool`.

    ``strategy.address`` names a cluster that runs, of which this machine is a node (``host:port``) or which has a Ray
    Client server (``ray://host:port``); empty, one is started on this machine, and ended with the pool.

    Raises:
        PoolFailed: As for every pool; *unavailable* where nobody answers at the address, or all its CPUs are in use.
    """
    address = strategy.address
    with ExitStack() as stack:
        begun_s = perf_counter()
        stack.enter_context(_connected(address) if address else _started(strategy.workers))
        starting_s = 0.0 if address else perf_counter() - begun_s
        if address:
            _wait_for_room(address, strategy.workers)
        engine = _Ray(address, strategy.workers)
        stack.callback(engine.end)
        dealer = Dealer(engine, Cluster(starting_s), cloudpickle.dumps)
        cpu_before_s = engine.cpu_s() if address else 0.0
        try:
            dealer.set_up(function, prepare, address)
            yield dealer
        finally:
            if address:
                with suppress(PoolFailed):  # it went away, which has been told
                    dealer.cluster.cpu_s = engine.cpu_s() - cpu_before_s


def slots(address: str) -> int:
    """Tell how many workers a running cluster offers: its CPUs.

    Raises:
        PoolFailed: Nobody answers at the address.
    """
    with _connected(address):
        resources = ray.cluster_resources()
        return int(resources.get("CPU", 0))


class _Worker:
    """Runs errands in a process of Ray's, which knows nothing of whichpool before."""

    def __init__(self, carrying: str) -> None:
        exec(carrying, {})  # noqa: S102 - our own text

    def run(self, errand: bytes) -> object:
        return pickle.loads(errand)  # noqa: S301 - the caller's bytes

    def cpu_s(self) -> float:
        return time.process_time()


class _Ray:
    """The engine of a Ray cluster; see :class:`whichpool.pools.dealing.Engine`."""

    def __init__(self, address: str, workers: int) -> None:
        self._address = address
        self._running: list[Any] = []
        self._look_up_s = perf_counter() + _LOOK_UP_S
        options: dict[str, Any] = {"num_cpus": 1, "scheduling_strategy": "SPREAD"} if address else {"num_cpus": 0}
        this = sys.modules[__name__]
        cloudpickle.register_pickle_by_value(this)  # a worker of Ray's could not import it
        try:
            actor = ray.remote(max_restarts=0, max_task_retries=0, **options)(_Worker)
            carrying = ray.put(script())
            self._actors: list[Any] = [actor.remote(carrying) for _ in range(workers)]
        finally:
            cloudpickle.unregister_pickle_by_value(this)

    @property
    def workers(self) -> int:
        return len(self._actors)

    def send(self, worker: int, errands: Sequence[bytes]) -> Sequence[Hashable]:
        run = self._actors[worker].run
        sent = [run.remote(errand) for errand in errands]
        self._running += sent
        return sent

    def take(self) -> Iterable[tuple[Hashable, bytes]]:
        # results keep coming for a while from workers whose cluster has gone
        while not ray.wait(self._running, num_returns=1, timeout=_LOOK_UP_S)[0] or perf_counter() > self._look_up_s:
            self._look_up()
        ended, self._running = ray.wait(self._running, num_returns=len(self._running), timeout=0)
        return zip(ended, self._results(ended), strict=True)

    def tell_all(self, errand: bytes) -> None:
        data = ray.put(errand)
        # an actor runs what one caller sends it in that order; what comes of it is not waited for, but not ignored
        self._running += [actor.run.remote(data) for actor in self._actors]

    def cpu_s(self) -> float:
        """Tell the CPU time that the workers have used since they started."""
        return float(sum(self._results([actor.cpu_s.remote() for actor in self._actors])))

    def end(self) -> None:
        """End the workers, whatever they are doing."""
        self._running.clear()
        with suppress(Exception):  # a cluster that went away has ended them
            for actor in self._actors:
                ray.kill(actor)

    def _results(self, ended: Sequence[Any]) -> list[Any]:
        try:
            return list(ray.get(list(ended)))
        except ray.exceptions.RayTaskError as error:
            raise error.cause from None
        except (ray.exceptions.RayError, OSError):
            self._look_up()
            where = f" of the Ray cluster at {self._address}" if self._address else ""
            message = (
                f"a worker process{where} died; Ray does not tell how: memory that ran out, a crash in native code, "
                "and os._exit look the same to it"
            )
            raise PoolFailed(Trouble.DIED, message) from None

    def _look_up(self) -> None:
        """See that the cluster is still there."""
        self._look_up_s = perf_counter() + _LOOK_UP_S
        if self._address and _why_silent(self._address):
            message = f"the Ray cluster at {self._address} went away in the middle of the job"
            raise PoolFailed(Trouble.DIED, message)


@contextmanager
def _started(workers: int) -> Iterator[None]:
    """Start a cluster on this machine, for this machine only."""
    constants, worker = (import_module(f"ray._private.{name}") for name in ("ray_constants", "worker"))
    with (
        _environment(_LOCAL_ENVIRONMENT),
        # by a setting Ray gives a cluster an address that other machines can reach, and asks everywhere for this name
        _replaced(constants, "ENABLE_RAY_CLUSTER", value=False),
        TemporaryDirectory(prefix="ray-", dir=get_temp_dir()) as folder,
        _initialised(
            worker,
            address="local",
            num_cpus=workers,
            include_dashboard=False,
            object_store_memory=_STORE_BYTES,
            _temp_dir=folder,
        ),
    ):
        yield


@contextmanager
def _connected(address: str) -> Iterator[None]:
    """Connect to a cluster that runs."""
    silent = _why_silent(address)
    if not silent:
        with ExitStack() as stack:
            try:
                stack.enter_context(_initialised(import_module("ray._private.worker"), address=address))
            except (OSError, RuntimeError, ValueError, AssertionError, ImportError, ray.exceptions.RayError) as error:
                silent = str(error) or type(error).__name__
            else:
                yield
                return
    message = (
        f"nobody answers at {address} ({silent}): start a cluster there with ray start --head, or give the address of "
        "one that runs, such as 127.0.0.1:6379"
    )
    raise PoolFailed(Trouble.UNAVAILABLE, message)


@contextmanager
def _initialised(worker: Any, **settings: Any) -> Iterator[None]:  # noqa: ANN401 - Ray's own
    """Initialise Ray in this process, quietly, and leave the process as it was."""
    logger = logging.getLogger("ray")
    level = logger.level
    handler = signal.getsignal(signal.SIGTERM)
    with (
        _environment(_ENVIRONMENT),
        _replaced(worker, "print_to_stdstream", value=lambda *_, **__: None),  # of errors, which we tell ourselves
    ):
        logger.setLevel(_QUIET)
        try:
            ray.init(logging_level=_QUIET, configure_logging=False, log_to_driver=False, **settings)
            yield
        finally:
            ray.shutdown()
            logger.setLevel(level)
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGTERM, handler)


def _why_silent(address: str) -> str:
    """Say why nothing listens at an address; empty where something does."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        return "that is no address"
    try:
        socket.create_connection((host.strip("[]"), int(port)), _ANSWERS_WITHIN_S).close()
    except (OSError, OverflowError) as error:
        return str(error)
    return ""


def _wait_for_room(address: str, workers: int) -> None:
    """See that a running cluster has room for workers; those of a job that has just ended take a moment to go.

    Raises:
        PoolFailed: It has not.
    """
    deadline = perf_counter() + _ROOM_WITHIN_S
    while (free := int(ray.available_resources().get("CPU", 0))) < workers:
        if perf_counter() > deadline:
            message = f"the Ray cluster at {address} has {free} CPUs free, not {workers}: ask for fewer workers"
            raise PoolFailed(Trouble.UNAVAILABLE, message)
        time.sleep(0.05)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables that are not set, and take them back with those that Ray sets."""
    before = set(os.environ)
    os.environ.update({name: value for name, value in values.items() if name not in before})
    try:
        yield
    finally:
        for name in set(os.environ) - before:
            del os.environ[name]


@contextmanager
def _replaced(owner: Any, name: str, *, value: object) -> Iterator[None]:  # noqa: ANN401 - a module of Ray's
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
