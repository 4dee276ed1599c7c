"""Dask: a cluster that runs, one that is started, and one that goes away."""

import importlib
import os
import signal
import site
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.util import get_temp_dir
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from whichpool.errors import Trouble
from whichpool.pools.catalogue import find
from whichpool.pools.chunk import Chunk, ChunkEnd
from whichpool.pools.parcel import Parcel
from whichpool.pools.protocol import PoolFailed
from whichpool.values import Strategy

if missing := find("dask").why_missing():
    pytest.skip(missing, allow_module_level=True)


def open_pool(*given: Any) -> Any:  # noqa: ANN401 - what the engine's file gives
    """Import the engine when a test runs, not when it is collected: it changes how exceptions are pickled."""
    return find("dask").load()(*given)


def slots(address: str) -> int:
    found: int = importlib.import_module("whichpool.pools.dask").slots(address)
    return found


HERE = Path(__file__).parent
PATIENCE_S = 60.0
WITHOUT_WHICHPOOL = """
import sys
class Hider:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "whichpool":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Hider)
"""


@dataclass(frozen=True)
class Running:
    """A cluster elsewhere: a scheduler and two workers, none of which can import whichpool."""

    address: str
    scheduler: subprocess.Popen[bytes]

    def strategy(self, workers: int = 2) -> Strategy:
        return Strategy("dask", workers, address=self.address)


@contextmanager
def _process(kind: str, folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start one of Dask's own commands; its nanny ends its worker when it is asked to end."""
    hide = folder / "hide.py"
    hide.write_text(WITHOUT_WHICHPOOL)
    command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--no-dashboard", "--preload", str(hide)]
    environment = {**os.environ, "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"}
    quiet = subprocess.DEVNULL
    with subprocess.Popen([*command, *arguments], env=environment, stdout=quiet, stderr=quiet, cwd=folder) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE_S / 4)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def _running(folder: Path) -> Iterator[Running]:
    told = folder / "scheduler.json"
    at, scratch = ("--scheduler-file", str(told)), ("--local-directory", str(folder))
    with ExitStack() as stack:
        scheduler = stack.enter_context(_process("scheduler", folder, "--host", "127.0.0.1", "--port", "0", *at))
        once = ("--nthreads", "1", "--death-timeout", "60", *scratch, *at)
        for _ in range(2):
            stack.enter_context(_process("worker", folder, *once))
        address = ""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if told.exists() and (address := _address(told)) and slots(address) == 2:
                break
            time.sleep(0.05)
        yield Running(address, scheduler)


def _address(told: Path) -> str:
    _, _, rest = told.read_text().partition('"address": "')
    return rest.partition('"')[0]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with _running(tmp_path_factory.mktemp("dask")) as cluster:
        yield cluster


@pytest.fixture
def brief(tmp_path: Path) -> Iterator[Running]:
    """Start a cluster that a test may break."""
    with _running(tmp_path) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def duties() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(HERE)
        yield importlib.import_module("duties")
        del sys.modules["duties"]


@pytest.fixture(autouse=True)
def _workers_do_not_import_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "__spec__", None)
    monkeypatch.delattr(main, "__file__", raising=False)


def _chunks(items: Iterable[object]) -> list[Chunk]:
    return [Chunk(index, Parcel([item])) for index, item in enumerate(items)]


def _results(strategy: Strategy, function: Callable[..., Any], items: Iterable[object]) -> list[object]:
    prepare = partial(site.addsitedir, str(HERE))
    with open_pool(strategy, function, prepare) as pool:
        ends = sorted(pool.run(function, _chunks(items)), key=lambda end: end.index)
    return [value for end in ends for value in end.results.values]


def test_a_cluster_that_runs_is_used_though_it_has_no_whichpool(running: Running, duties: ModuleType) -> None:
    assert _results(running.strategy(), duties.square, range(20)) == [number**2 for number in range(20)]


def test_connecting_to_a_cluster_is_told_apart_from_starting_one(running: Running, duties: ModuleType) -> None:
    def cluster(strategy: Strategy) -> Any:  # noqa: ANN401 - what the pool tells
        with open_pool(strategy, duties.square, partial(site.addsitedir, str(HERE))) as pool:
            assert len(list(pool.run(duties.square, _chunks(range(3))))) == 3
        return pool.cluster

    found, started = cluster(running.strategy()), cluster(Strategy("dask", 1))
    assert found.starting_s == 0
    assert found.cpu_s > 0
    assert started.starting_s > 0
    assert started.cpu_s is None


def test_no_more_workers_are_used_than_were_asked_for(running: Running) -> None:
    def process(_item: object) -> int:
        return os.getpid()

    assert len(set(_results(running.strategy(1), process, range(10)))) == 1


def test_a_cluster_with_too_little_room_is_not_used_with_fewer_workers_than_the_name_says(running: Running) -> None:
    with pytest.raises(PoolFailed, match="has room for 2 workers, not for 8"):
        _results(running.strategy(8), abs, range(4))


def test_a_cluster_tells_how_many_workers_it_offers(running: Running) -> None:
    assert slots(running.address) == 2


def test_workers_that_go_on_are_left_nothing_to_hold(running: Running) -> None:
    def held(_item: object) -> int:
        return len(sys.modules["whichpool.pools.sharing"]._held)  # noqa: SLF001 - theirs

    data = bytes(1 << 20)
    assert _results(running.strategy(), len, [data] * 8) == [1 << 20] * 8
    assert set(_results(running.strategy(), held, range(4))) == {1}


def test_an_exit_of_the_function_ends_the_caller_and_not_the_worker(running: Running, duties: ModuleType) -> None:
    with pytest.raises(SystemExit):
        _results(running.strategy(), duties.leave_by_exit, range(2))
    assert slots(running.address) == 2


def test_a_module_that_the_workers_do_not_have_is_named(running: Running) -> None:
    prepare: Callable[[], Any] = partial(importlib.import_module, "only_here")
    with (
        pytest.raises(PoolFailed, match=r"no module only_here: .*install it there") as failed,
        open_pool(running.strategy(), abs, prepare),
    ):
        pass
    assert failed.value.trouble is Trouble.UNAVAILABLE


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "no address", "nonsense://here"])
def test_nobody_at_the_address_is_said_with_what_to_do(address: str) -> None:
    threads = set(threading.enumerate())
    with pytest.raises(PoolFailed, match=r"nobody answers at .*dask scheduler") as failed:
        slots(address)
    assert failed.value.trouble is Trouble.UNAVAILABLE
    assert set(threading.enumerate()) == threads


def test_a_cluster_that_goes_away_in_the_middle_is_told_of_quietly(
    brief: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    ended: list[ChunkEnd] = []

    def use() -> None:
        with open_pool(brief.strategy(), time.sleep, partial(site.addsitedir, str(HERE))) as pool:
            for end in pool.run(time.sleep, _chunks([0.05] * 1000)):
                if not ended:
                    brief.scheduler.send_signal(signal.SIGKILL)
                ended.append(end)

    with pytest.raises(PoolFailed, match=r"the Dask cluster at tcp://.* went away") as failed:
        use()
    assert failed.value.trouble is Trouble.DIED
    assert 0 < len(ended) < 1000
    assert capfd.readouterr() == ("", "")


def test_no_item_of_a_worker_that_died_is_run_again_by_another(brief: Running, tmp_path: Path) -> None:
    log = tmp_path / "ran"

    def run(item: int) -> None:
        with log.open("a") as file:
            file.write(f"{item}\n")
        if item == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.05)

    with pytest.raises(PoolFailed, match=r"a worker process of the Dask cluster .* died") as failed:
        _results(brief.strategy(), run, range(20))
    assert failed.value.trouble is Trouble.DIED
    time.sleep(1)  # time enough for another worker to take it up
    ran = log.read_text().split()
    assert len(ran) == len(set(ran))


def test_a_cluster_of_its_own_leaves_no_folder_and_no_thread_behind(duties: ModuleType) -> None:
    threads = set(threading.enumerate())
    assert _results(Strategy("dask", 1), duties.square, range(3)) == [0, 1, 4]
    assert set(threading.enumerate()) == threads
    assert not list(Path(get_temp_dir()).glob("dask-*"))
