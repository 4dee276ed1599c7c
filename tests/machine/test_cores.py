"""The cores that may be used, from small trees of the kernel's files and on the machine at hand; its description."""

import json
import os
from pathlib import Path

import pytest

from whichpool.machine.cores import Cores, usable_cores
from whichpool.machine.description import describe

V2_MOUNT = "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate"
V1_CPU_MOUNT = "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw shared:11 - cgroup cgroup rw,cpu,cpuacct"
V1_MEMORY_MOUNT = "34 31 0:31 / /sys/fs/cgroup/memory rw shared:12 - cgroup cgroup rw,memory"


class Machine:
    """A tree of the files that a kernel would show a process, on a machine of eight CPUs."""

    def __init__(self, root: Path) -> None:
        """Start with a machine that limits nothing."""
        self.root = root
        self.write("sys/devices/system/cpu/online", "0-7")

    def write(self, path: str, text: str) -> None:
        """Put a line into a file of the kernel's."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n", encoding="utf-8")

    def process(self, *, groups: list[str], mounts: list[str]) -> None:
        """Say which groups the process is in and where hierarchies are mounted."""
        self.write("proc/self/cgroup", "\n".join(groups))
        self.write("proc/self/mountinfo", "\n".join(["23 1 0:22 / / rw - ext4 /dev/sda1 rw", *mounts]))

    def quota_v1(self, folder: str, quota: str, period: str = "100000") -> None:
        """Give a group of version 1 a quota."""
        self.write(f"{folder}/cpu.cfs_quota_us", quota)
        self.write(f"{folder}/cpu.cfs_period_us", period)

    def cores(self, environ: dict[str, str] | None = None, affinity: range | set[int] = range(8)) -> Cores:
        """Ask for the cores of this machine."""
        return usable_cores(self.root, environ or {}, affinity)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Make a machine of eight CPUs without control groups."""
    return Machine(tmp_path)


ALL_EIGHT = Cores(usable=8, installed=8, reason=None)


def test_a_machine_without_control_groups_gives_all_its_cores(machine: Machine) -> None:
    assert machine.cores() == ALL_EIGHT


def test_a_quota_of_version_2_limits_and_is_named(machine: Machine) -> None:
    machine.process(groups=["0::/app.slice/job"], mounts=[V2_MOUNT])
    machine.write("sys/fs/cgroup/app.slice/job/cpu.max", "300000 100000")
    assert machine.cores() == Cores(3, 8, "cgroup quota of 3 CPUs in /app.slice/job")


def test_a_quota_of_version_1_limits_and_is_named(machine: Machine) -> None:
    machine.process(
        groups=["5:memory:/docker/abc", "4:cpu,cpuacct:/docker/abc", "1:name=systemd:/docker/abc"],
        mounts=[V1_MEMORY_MOUNT, V1_CPU_MOUNT],
    )
    machine.quota_v1("sys/fs/cgroup/cpu,cpuacct/docker/abc", "75000", "50000")
    assert machine.cores() == Cores(1.5, 8, "cgroup quota of 1.5 CPUs in /docker/abc")


def test_a_quota_can_be_less_than_one_core(machine: Machine) -> None:
    machine.process(groups=["0::/job"], mounts=[V2_MOUNT])
    machine.write("sys/fs/cgroup/job/cpu.max", "25000 100000")
    assert machine.cores() == Cores(0.25, 8, "cgroup quota of 0.25 CPUs in /job")


def test_a_quota_of_exactly_one_core_is_named_in_the_singular(machine: Machine) -> None:
    machine.process(groups=["0::/job"], mounts=[V2_MOUNT])
    machine.write("sys/fs/cgroup/job/cpu.max", "100000 100000")
    assert machine.cores().reason == "cgroup quota of 1 CPU in /job"


def test_the_smallest_quota_of_all_ancestors_counts(machine: Machine) -> None:
    machine.process(groups=["0::/pod/container/job"], mounts=[V2_MOUNT])
    machine.write("sys/fs/cgroup/pod/cpu.max", "200000 100000")
    machine.write("sys/fs/cgroup/pod/container/cpu.max", "max 100000")
    machine.write("sys/fs/cgroup/pod/container/job/cpu.max", "400000 100000")
    assert machine.cores() == Cores(2, 8, "cgroup quota of 2 CPUs in /pod")


@pytest.mark.parametrize("limited", ["", "pod", "pod/container", "pod/container/job"])
def test_the_quota_of_any_ancestor_of_version_1_counts(machine: Machine, limited: str) -> None:
    machine.process(groups=["4:cpu,cpuacct:/pod/container/job"], mounts=[V1_CPU_MOUNT])
    for group in ("", "pod", "pod/container", "pod/container/job"):
        quota = "150000" if group == limited else "-1"
        machine.quota_v1(f"sys/fs/cgroup/cpu,cpuacct/{group}", quota)
    assert machine.cores() == Cores(1.5, 8, f"cgroup quota of 1.5 CPUs in /{limited}")


def test_the_quota_of_a_neighbouring_group_does_not_count(machine: Machine) -> None:
    machine.process(groups=["0::/pod/mine"], mounts=[V2_MOUNT])
    machine.write("sys/fs/cgroup/pod/other/cpu.max", "100000 100000")
    assert machine.cores() == ALL_EIGHT


@pytest.mark.parametrize("content", ["max 100000", "max", "", "-1 100000", "0 100000", "100000 0", "many 100000"])
def test_no_quota_in_version_2_is_no_limit(machine: Machine, content: str) -> None:
    machine.process(groups=["0::/job"], mounts=[V2_MOUNT])
    machine.write("sys/fs/cgroup/job/cpu.max", content)
    assert machine.cores() == ALL_EIGHT


@pytest.mark.parametrize("quota", ["-1", "", "0"])
def test_no_quota_in_version_1_is_no_limit(machine: Machine, quota: str) -> None:
    machine.process(groups=["4:cpu,cpuacct:/job"], mounts=[V1_CPU_MOUNT])
    machine.quota_v1("sys/fs/cgroup/cpu,cpuacct/job", quota)
    assert machine.cores() == ALL_EIGHT


def test_a_quota_without_a_period_is_taken_by_the_default_period_of_the_kernel(machine: Machine) -> None:
    machine.process(groups=["0::/job"], mounts=[V2_MOUNT])
    machine.write("sys/fs/cgroup/job/cpu.max", "200000")
    assert machine.cores().usable == 2


def test_a_quota_above_the_machine_limits_nothing(machine: Machine) -> None:
    machine.process(groups=["0::/job"], mounts=[V2_MOUNT])
    machine.write("sys/fs/cgroup/job/cpu.max", "1600000 100000")
    assert machine.cores() == ALL_EIGHT


def test_a_hybrid_system_is_read_where_its_cpu_controller_is(machine: Machine) -> None:
    machine.process(
        groups=["4:cpu,cpuacct:/user/job", "0::/user.slice/session"],
        mounts=[V1_CPU_MOUNT, "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw"],
    )
    machine.quota_v1("sys/fs/cgroup/cpu,cpuacct/user", "250000")
    machine.write("sys/fs/cgroup/unified/user.slice/session/cgroup.procs", "1")
    assert machine.cores() == Cores(2.5, 8, "cgroup quota of 2.5 CPUs in /user")


def test_a_container_that_sees_only_its_own_group_reads_the_mount_itself(machine: Machine) -> None:
    machine.process(groups=["0::/"], mounts=[V2_MOUNT])
    machine.write("sys/fs/cgroup/cpu.max", "150000 100000")
    assert machine.cores() == Cores(1.5, 8, "cgroup quota of 1.5 CPUs in /")


def test_a_mount_of_the_group_itself_is_read_at_its_top(machine: Machine) -> None:
    mount = "33 31 0:30 /docker/abc /sys/fs/cgroup/cpu rw master:11 - cgroup cgroup rw,cpu"
    machine.process(groups=["4:cpu:/docker/abc/inner"], mounts=[mount])
    machine.quota_v1("sys/fs/cgroup/cpu", "300000")
    machine.quota_v1("sys/fs/cgroup/cpu/inner", "600000")
    assert machine.cores() == Cores(3, 8, "cgroup quota of 3 CPUs in /docker/abc")


def test_a_group_whose_path_is_that_of_the_host_is_read_at_the_mount(machine: Machine) -> None:
    machine.process(groups=["0::/kubepods/pod1/abc"], mounts=[V2_MOUNT])
    machine.write("sys/fs/cgroup/cpu.max", "200000 100000")
    assert machine.cores().usable == 2


@pytest.mark.parametrize("group", ["/../sibling", "/elsewhere"])
def test_a_group_outside_the_namespace_is_read_at_the_mount(machine: Machine, group: str) -> None:
    mount = "31 23 0:28 /pod /sys/fs/cgroup rw - cgroup2 cgroup2 rw"
    machine.process(groups=[f"0::{group}"], mounts=[mount])
    machine.write("sys/fs/cgroup/cpu.max", "200000 100000")
    assert machine.cores() == Cores(2, 8, "cgroup quota of 2 CPUs in /pod")


def test_of_two_mounts_the_one_that_shows_the_group_is_read(machine: Machine) -> None:
    machine.process(groups=["0::/mine"], mounts=["50 23 0:28 /other /mnt rw - cgroup2 cgroup2 rw", V2_MOUNT])
    machine.write("mnt/cpu.max", "100000 100000")
    machine.write("sys/fs/cgroup/mine/cpu.max", "400000 100000")
    assert machine.cores().usable == 4


def test_a_path_with_spaces_and_colons_is_followed(machine: Machine) -> None:
    machine.process(groups=["0::/my job:1"], mounts=[r"31 23 0:28 / /mnt/control\040groups rw - cgroup2 cgroup2 rw"])
    machine.write("mnt/control groups/my job:1/cpu.max", "200000 100000")
    assert machine.cores() == Cores(2, 8, "cgroup quota of 2 CPUs in /my job:1")


def test_lines_that_make_no_sense_limit_nothing(machine: Machine) -> None:
    machine.process(groups=["", "nonsense", "::"], mounts=["", "31 23", "31 23 0:28 / /sys/fs/cgroup - cgroup2"])
    assert machine.cores() == ALL_EIGHT


@pytest.mark.parametrize(
    ("affinity", "reason"),
    [
        ({0, 1, 2, 3}, "affinity: CPUs 0-3"),
        ({5}, "affinity: CPU 5"),
        ({0, 2, 3, 7}, "affinity: CPUs 0,2-3,7"),
    ],
)
def test_affinity_limits_and_names_the_cpus(machine: Machine, affinity: set[int], reason: str) -> None:
    assert machine.cores(affinity=affinity) == Cores(len(affinity), 8, reason)


def test_python_cpu_count_limits_and_is_named(machine: Machine) -> None:
    assert machine.cores({"PYTHON_CPU_COUNT": "2"}) == Cores(2, 8, "PYTHON_CPU_COUNT=2")


@pytest.mark.parametrize("value", ["default", "", "0", "-3", "two", "1.5"])
def test_python_cpu_count_that_means_nothing_is_ignored(machine: Machine, value: str) -> None:
    assert machine.cores({"PYTHON_CPU_COUNT": value}) == ALL_EIGHT


def test_python_cpu_count_cannot_add_cores(machine: Machine) -> None:
    assert machine.cores({"PYTHON_CPU_COUNT": "64"}) == ALL_EIGHT


def test_the_tightest_of_all_limits_gives_the_reason(machine: Machine) -> None:
    machine.process(groups=["0::/job"], mounts=[V2_MOUNT])
    machine.write("sys/fs/cgroup/job/cpu.max", "350000 100000")
    assert machine.cores({"PYTHON_CPU_COUNT": "5"}, affinity=range(4)).usable == 3.5
    assert machine.cores({"PYTHON_CPU_COUNT": "3"}, affinity=range(4)).reason == "PYTHON_CPU_COUNT=3"
    assert machine.cores({"PYTHON_CPU_COUNT": "5"}, affinity=range(2)).reason == "affinity: CPUs 0-1"


@pytest.mark.parametrize("usable", [0, -1, 9])
def test_cores_that_no_machine_has_are_refused(usable: float) -> None:
    with pytest.raises(ValueError, match="usable cores must be"):
        Cores(usable, 8, None)


def test_the_machine_at_hand_has_cores_and_says_why_they_are_fewer() -> None:
    cores = usable_cores()
    assert 0 < cores.usable <= cores.installed
    assert (cores.reason is None) == (cores.usable == cores.installed)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system has no affinity")
def test_the_machine_at_hand_grants_no_more_than_its_affinity() -> None:
    assert usable_cores(environ={}).usable <= len(os.sched_getaffinity(0))


def test_a_description_survives_json_unchanged() -> None:
    description = describe(usable_cores())
    assert json.loads(json.dumps(description)) == description


def test_a_description_says_how_many_cores_there_are_and_why() -> None:
    description = describe(Cores(1.5, 8, "cgroup quota of 1.5 CPUs in /job"))
    assert description["cores"] == {"usable": 1.5, "installed": 8, "reason": "cgroup quota of 1.5 CPUs in /job"}


def test_a_description_tells_the_available_memory_in_bytes(machine: Machine) -> None:
    machine.write("proc/meminfo", "MemTotal:  2048 kB\nMemFree:  12 kB\nMemAvailable:  1024 kB")
    assert describe(ALL_EIGHT, machine.root)["memory_available_bytes"] == 1024 * 1024


def test_a_description_leaves_open_the_memory_that_the_system_does_not_tell(machine: Machine) -> None:
    assert describe(ALL_EIGHT, machine.root)["memory_available_bytes"] is None
