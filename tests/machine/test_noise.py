"""Readings of the machine's noise, from small trees of the kernel's files and on the machine at hand."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from whichpool.machine.noise import Reading, between, read_noise
from whichpool.values import Noise

TICKS = os.sysconf("SC_CLK_TCK")
V2_MOUNT = "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate"
V1_CPU_MOUNT = "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw shared:11 - cgroup cgroup rw,cpu,cpuacct"
BURN = "from time import process_time\nwhile process_time() < 0.3: pass"


class Machine:
    """A tree of the files that a kernel would show a process."""

    def __init__(self, root: Path) -> None:
        """Start with nothing."""
        self.root = root
        self.moment_s = 0.0

    def write(self, path: str, text: str) -> None:
        """Put lines into a file of the kernel's."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n", encoding="utf-8")

    def cores(self, *busy_idle_stolen_s: tuple[float, float, float]) -> None:
        """Say how long each core was busy, idle and stolen since the start."""
        lines = ["cpu  9 9 9 9 9 9 9 9 9 9"]
        for cpu, each in enumerate(busy_idle_stolen_s):
            busy, idle, stolen = (round(seconds * TICKS) for seconds in each)
            # the last two repeat what a guest took of the first two
            lines.append(f"cpu{cpu} {busy - 4} 1 1 {idle - 5} 5 1 1 {stolen} {busy - 4} 1")
        self.write("proc/stat", "\n".join([*lines, "intr 5 6 7", "btime 1"]))

    def read(self, affinity: range | set[int] = range(2), own_s: float = 0.0) -> Reading:
        """Take a reading ten seconds after the one before."""
        self.moment_s += 10
        return replace(read_noise(self.root, affinity), moment_s=self.moment_s, own_s=own_s)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Make a machine that tells nothing yet."""
    return Machine(tmp_path)


def test_busy_idle_and_stolen_time_is_that_between_two_readings(machine: Machine) -> None:
    machine.cores((100, 100, 1), (200, 300, 2))
    before = machine.read()
    machine.cores((109, 100, 2), (203, 307, 2))
    noise = between(before, machine.read(own_s=4.0))
    assert noise == Noise(10.0, 4.0, busy_s=12.0, idle_s=7.0, stolen_s=1.0)
    assert noise.cores == 2
    assert noise.others_cores == pytest.approx(0.8)
    assert noise.steal_share == pytest.approx(1 / 13)


def test_who_is_busy_on_cores_that_are_not_ours_takes_nothing_away(machine: Machine) -> None:
    machine.cores((100, 100, 0), (100, 100, 0), (100, 100, 0))
    before = machine.read({0, 2})
    machine.cores((101, 109, 0), (110, 100, 0), (102, 108, 0))
    noise = between(before, machine.read({0, 2}))
    assert noise.busy_s == pytest.approx(3)
    assert noise.idle_s == pytest.approx(17)


def test_where_there_is_no_affinity_all_cores_count(machine: Machine) -> None:
    machine.cores((100, 100, 0), (100, 100, 0))
    before = machine.read(set())
    machine.cores((101, 109, 0), (102, 108, 0))
    assert between(before, machine.read(set())).busy_s == pytest.approx(3.0)


@pytest.mark.parametrize("stat", ["", "cpu", "cpu0 1 2", "cpu0 0 0 0 0 0 0 0 0 0 0"])
def test_a_system_that_does_not_count_core_time_leaves_it_open(machine: Machine, stat: str) -> None:
    machine.write("proc/stat", stat)
    noise = between(machine.read(), machine.read(own_s=1.0))
    assert noise == Noise(10.0, 1.0)
    assert noise.others_cores is None


def test_pauses_by_a_quota_of_version_2_are_counted(machine: Machine) -> None:
    machine.write("proc/self/cgroup", "0::/job")
    machine.write("proc/self/mountinfo", V2_MOUNT)
    machine.write("sys/fs/cgroup/job/cpu.stat", "usage_usec 5\nnr_periods 10\nnr_throttled 2\nthrottled_usec 1000")
    before = machine.read()
    machine.write("sys/fs/cgroup/job/cpu.stat", "usage_usec 9\nnr_periods 90\nnr_throttled 16\nthrottled_usec 301000")
    noise = between(before, machine.read())
    assert noise.throttled == 14
    assert noise.throttled_s == pytest.approx(0.3)


def test_pauses_by_a_quota_of_version_1_are_counted(machine: Machine) -> None:
    machine.write("proc/self/cgroup", "4:cpu,cpuacct:/job")
    machine.write("proc/self/mountinfo", V1_CPU_MOUNT)
    before = machine.read()  # a group's file may come later than the group
    folder = "sys/fs/cgroup/cpu,cpuacct/job"
    machine.write(f"{folder}/cpu.stat", "nr_periods 90\nnr_throttled 16\nthrottled_time 250000000")
    noise = between(before, machine.read())
    assert noise.throttled == 16
    assert noise.throttled_s == pytest.approx(0.25)


def test_of_groups_inside_each_other_the_one_that_was_held_back_longest_counts(machine: Machine) -> None:
    machine.write("proc/self/cgroup", "0::/pod/job")
    machine.write("proc/self/mountinfo", V2_MOUNT)
    before = machine.read()
    machine.write("sys/fs/cgroup/pod/cpu.stat", "nr_periods 90\nnr_throttled 3\nthrottled_usec 400000")
    machine.write("sys/fs/cgroup/pod/job/cpu.stat", "nr_periods 90\nnr_throttled 9\nthrottled_usec 300000")
    noise = between(before, machine.read())
    assert noise.throttled == 3
    assert noise.throttled_s == pytest.approx(0.4)


def test_without_a_quota_nothing_was_paused(machine: Machine) -> None:
    noise = between(machine.read(), machine.read())
    assert (noise.throttled, noise.throttled_s) == (0, 0.0)


def pressure(total_us: int) -> str:
    """Write what a kernel tells about pressure."""
    return f"some avg10=1.50 avg60=0.00 avg300=0.00 total={total_us}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7"


def test_waiting_for_memory_is_read_for_the_machine_where_groups_do_not_tell(machine: Machine) -> None:
    machine.write("proc/pressure/memory", pressure(1_000_000))
    before = machine.read()
    machine.write("proc/pressure/memory", pressure(3_500_000))
    assert between(before, machine.read()).memory_stall_s == pytest.approx(2.5)


def test_waiting_for_memory_is_read_for_the_own_group_where_it_tells(machine: Machine) -> None:
    machine.write("proc/self/cgroup", "0::/pod/job")
    machine.write("proc/self/mountinfo", V2_MOUNT)
    machine.write("proc/pressure/memory", pressure(0))
    machine.write("sys/fs/cgroup/pod/memory.pressure", pressure(0))
    machine.write("sys/fs/cgroup/pod/job/memory.pressure", pressure(1_000_000))
    before = machine.read()
    machine.write("proc/pressure/memory", pressure(9_000_000))
    machine.write("sys/fs/cgroup/pod/memory.pressure", pressure(8_000_000))
    machine.write("sys/fs/cgroup/pod/job/memory.pressure", pressure(1_500_000))
    assert between(before, machine.read()).memory_stall_s == pytest.approx(0.5)


def test_the_time_of_a_child_that_has_ended_is_our_own_and_not_that_of_others() -> None:
    before = read_noise()
    subprocess.run([sys.executable, "-I", "-S", "-c", BURN], check=True)
    assert between(before, read_noise()).own_s >= 0.25


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="this system has no /proc/stat")
def test_the_time_of_a_process_that_is_no_child_of_ours_is_that_of_others() -> None:
    shell = f'import os, subprocess, sys\nif os.fork(): os._exit(0)\nos.setsid()\n{BURN}\nos.write(1, b"done")'
    before = read_noise()
    # its parent ends at once, so nobody here waits for it; what it writes tells when it is done
    done = subprocess.run([sys.executable, "-I", "-S", "-c", shell], check=True, stdout=subprocess.PIPE)
    noise = between(before, read_noise())
    assert done.stdout == b"done"
    if noise.busy_s is None:
        pytest.skip("this sandbox does not count the time of its cores")
    assert noise.busy_s - noise.own_s >= 0.2
