"""The peak of memory: that of the whole tree at one instant, told with an explained sample and with no other."""

from pathlib import Path

import pytest

from whichpool.lab.launch import Laboratory
from whichpool.values import Draw, Sample, Strategy, Workload

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(), reason="this system does not tell a process's share of memory"
)

SERIAL = Strategy("serial", chunksize=4)
THREADS = Strategy("threads", 4, 1)
FORK = Strategy("processes", 4, 1, "fork")
MIB = 1 << 20
BASE_MIB = 100
TARGET = f"""
import subprocess, sys, time

BASE = b"x" * ({BASE_MIB} << 20)
TAKE = "import time; memory = b'y' * (20 << 20); time.sleep(0.3)"

def take(number):
    exec(TAKE)

def take_in_an_orphan(number):
    # the shell ends at once; what it leaves running holds the pipe open
    command = ["sh", "-c", '"$0" -I -S -c "$1" &', sys.executable, TAKE]
    subprocess.run(command, check=True, capture_output=True, start_new_session=True)

def start_programs(number):
    for _ in range(20):
        subprocess.run(["true"], check=True)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the functions that take memory."""
    folder = tmp_path_factory.mktemp("memory")
    (folder / "memory_target.py").write_text(TARGET, encoding="utf-8")
    return folder


def sample_of(folder: Path, function: str, strategy: Strategy, *, explained: bool = True) -> Sample:
    """Take a sample of four items."""
    lab = Laboratory(Workload("memory", (f"memory_target.py:{function}",), "range(4)", folder=str(folder)))
    sample = lab.measure(strategy, Draw(4), 1, 30, explained=explained)
    assert isinstance(sample, Sample), sample
    return sample


def peak_mib(folder: Path, function: str, strategy: Strategy) -> float:
    """Measure the peak, above the memory that the workload has once it is loaded."""
    peak_bytes = sample_of(folder, function, strategy).peak_pss_bytes
    assert peak_bytes is not None
    return peak_bytes / MIB - BASE_MIB


def test_a_timed_sample_is_not_watched(folder: Path) -> None:
    assert sample_of(folder, "take", THREADS, explained=False).peak_pss_bytes is None


def test_what_serial_takes_is_one_item_above_the_workload(folder: Path) -> None:
    assert 20 <= peak_mib(folder, "take", SERIAL) < 40


def test_what_threads_take_at_one_time_adds_up(folder: Path) -> None:
    assert 80 <= peak_mib(folder, "take", THREADS) < 110


def test_what_forked_workers_share_counts_once_and_what_each_takes_adds_up(folder: Path) -> None:
    assert 80 <= peak_mib(folder, "take", FORK) < 140


def test_what_an_orphan_in_a_session_of_its_own_takes_counts(folder: Path) -> None:
    assert 20 <= peak_mib(folder, "take_in_an_orphan", SERIAL) < 50


def test_a_program_that_is_being_started_does_not_count_the_memory_of_who_starts_it_again(folder: Path) -> None:
    assert 0 <= peak_mib(folder, "start_programs", SERIAL) < BASE_MIB / 2
