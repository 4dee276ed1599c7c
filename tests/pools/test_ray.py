"""Ray: a cluster that runs, one that is started, and one that goes away."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.util import get_temp_dir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from whichpool.errors import Trouble
from whichpool.pools.catalogue import find
from whichpool.pools.chunk import Chunk
from whichpool.pools.parcel import Parcel
from whichpool.pools.protocol import PoolFailed
from whichpool.values import Strategy

if missing := find("ray").why_missing():
    pytest.skip(missing, allow_module_level=True)

from whichpool.pools.ray import open_pool, slots

PATIENCE_S = 60.0
TOKEN = "5a" * 32

USE = """
import json, os, sys, time
from whichpool.pools.chunk import Chunk
from whichpool.pools.parcel import Parcel
from whichpool.pools.protocol import PoolFailed
from whichpool.pools.ray import open_pool, slots
from whichpool.values import Strategy

address, workers, told = sys.argv[1], int(sys.argv[2]), {}

def square(number):
    return number * number

def process(_item):
    return os.getpid()

def run(function, chunks):
    with open_pool(Strategy("ray", workers, address=address), function, int) as pool:
        for end in pool.run(function, (Chunk(place, Parcel([item])) for place, item in enumerate(chunks))):
            yield end.index, end.results.values[0]
    told["starting_s"], told["cpu_s"] = pool.cluster.starting_s, pool.cluster.cpu_s
"""


@dataclass(frozen=True)
class Running:
    """A cluster elsewhere, with two CPUs."""

    address: str
    head: "subprocess.Popen[bytes]"
    folder: Path

    def use(self, text: str, workers: int = 2) -> Any:  # noqa: ANN401 - what the text tells
        """Execute a text in a process of its own, for a process knows one Ray and one token only."""
        ended = subprocess.run(
            [sys.executable, "-c", USE + text + "\nprint(json.dumps(told))", self.address, str(workers)],
            env={**os.environ, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": TOKEN, "HEAD": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with TemporaryDirectory(prefix="head-", dir="/tmp") as folder:  # Ray's sockets need short names
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", f"--port={port}"]
        settings = ["--num-cpus=2", "--include-dashboard=false", f"--temp-dir={folder}", "--disable-usage-stats"]
        with subprocess.Popen(
            [*command, *settings, "--object-store-memory=100000000"],
            env={**os.environ, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": TOKEN},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as head:
            try:
                cluster = Running(f"127.0.0.1:{port}", head, Path(folder))
                _wait_for_workers(cluster)
                yield cluster
            finally:
                head.terminate()
                with suppress(subprocess.TimeoutExpired):
                    head.wait(PATIENCE_S / 4)
                with suppress(ProcessLookupError):
                    os.killpg(head.pid, signal.SIGKILL)


def _wait_for_workers(cluster: Running) -> None:
    cluster.use(f"""
deadline = time.monotonic() + {PATIENCE_S / 2}
while time.monotonic() < deadline:
    try:
        if slots(address) == 2:
            break
    except PoolFailed:
        time.sleep(0.1)
""")


def test_a_cluster_that_runs_is_used_and_told_apart_from_one_that_is_started(running: Running) -> None:
    told = running.use('told["results"] = sorted(run(square, range(20)))')
    assert told["results"] == [[number, number**2] for number in range(20)]
    assert told["starting_s"] == 0
    assert told["cpu_s"] > 0


def test_workers_are_as_many_as_were_asked_for(running: Running) -> None:
    assert running.use('told["slots"] = slots(address)')["slots"] == 2
    told = running.use('told["processes"] = [found for _, found in run(process, range(20))]', 1)
    assert len(set(told["processes"])) == 1


def test_a_cluster_with_too_little_room_is_not_used_with_fewer_workers_than_the_name_says(running: Running) -> None:
    told = running.use(
        """
try:
    list(run(process, range(4)))
except PoolFailed as failed:
    told["why"] = str(failed)
""",
        8,
    )
    assert "2 CPUs free, not 8" in told["why"]


def test_an_exit_of_the_function_reaches_the_caller(running: Running) -> None:
    told = running.use("""
try:
    list(run(sys.exit, [3]))
except SystemExit as error:
    told["code"] = error.code
""")
    assert told["code"] == 3


def test_a_cluster_of_its_own_leaves_nothing_behind(capfd: pytest.CaptureFixture[str]) -> None:
    threads, environment = set(threading.enumerate()), dict(os.environ)
    stopping = signal.getsignal(signal.SIGTERM)
    prepare: Callable[[], Any] = int
    with open_pool(Strategy("ray", 1), abs, prepare) as pool:
        chunks = [Chunk(place, Parcel([-place])) for place in range(5)]
        ends = list(pool.run(abs, chunks))
    assert sorted(end.results.values[0] for end in ends) == list(range(5))
    assert pool.cluster is not None
    assert pool.cluster.starting_s > 0
    assert pool.cluster.cpu_s is None
    assert set(threading.enumerate()) == threads
    assert dict(os.environ) == environment
    assert signal.getsignal(signal.SIGTERM) is stopping
    assert not list(Path(get_temp_dir()).glob("ray-*"))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "no address"])
def test_nobody_at_the_address_is_said_with_what_to_do(address: str) -> None:
    with pytest.raises(PoolFailed, match=r"nobody answers at .*ray start --head") as failed:
        slots(address)
    assert failed.value.trouble is Trouble.UNAVAILABLE


def test_a_cluster_that_goes_away_in_the_middle_is_told_of(running: Running) -> None:  # the last: it is gone then
    told = running.use("""
import pathlib, signal
def end_the_cluster():
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"gcs_server" in command.split(b"\\0")[0] and os.environb[b"HEAD"] in command:
            os.kill(int(process.name), signal.SIGKILL)
ended = 0
try:
    for _ in run(time.sleep, [0.05] * 2000):
        if not ended:
            end_the_cluster()
        ended += 1
except PoolFailed as error:
    told.update(trouble=error.trouble, message=str(error), ended=ended)
""")
    assert told["trouble"] == Trouble.DIED
    assert f"the Ray cluster at {running.address} went away" in told["message"]
    assert 0 < told["ended"] < 2000
