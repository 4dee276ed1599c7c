"""The memory that may still be used, from small trees of the kernel's files and on the machine at hand."""

from pathlib import Path

import pytest

from whichpool.machine.memory import MemoryLeft, memory_available, memory_left

MIB = 1 << 20
GIB = 1 << 30
V2_MOUNT = "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate"
V1_MEMORY_MOUNT = "34 31 0:31 / /sys/fs/cgroup/memory rw shared:12 - cgroup cgroup rw,memory"
NO_LIMIT_IN_VERSION_1 = 9_223_372_036_854_771_712


class Machine:
    """A tree of the files that a kernel would show a process, on a machine that has 8 GiB available."""

    def __init__(self, root: Path) -> None:
        """Start with a machine that limits nothing."""
        self.root = root
        self.write(
            "proc/meminfo", f"MemTotal:  {16 * GIB >> 10} kB\nMemFree:  12 kB\nMemAvailable:  {8 * GIB >> 10} kB"
        )

    def write(self, path: str, text: str) -> None:
        """Put a line into a file of the kernel's."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n", encoding="utf-8")

    def process(self, group: str, mount: str) -> None:
        """Say which group the process is in and where its hierarchy is mounted."""
        self.write("proc/self/cgroup", group)
        self.write("proc/self/mountinfo", mount)

    def group_v2(self, folder: str, limit: int | str, used_bytes: int, inactive_file_bytes: int = 0) -> None:
        """Give a group of version 2 a limit."""
        self.write(f"{folder}/memory.max", str(limit))
        self.write(f"{folder}/memory.current", str(used_bytes))
        self.write(f"{folder}/memory.stat", f"anon 1\nfile 2\ninactive_file {inactive_file_bytes}\nactive_file 7")

    def group_v1(self, folder: str, limit: int, used_bytes: int, inactive_file_bytes: int = 0) -> None:
        """Give a group of version 1 a limit."""
        self.write(f"{folder}/memory.limit_in_bytes", str(limit))
        self.write(f"{folder}/memory.usage_in_bytes", str(used_bytes))
        self.write(f"{folder}/memory.stat", f"inactive_file 3\ntotal_inactive_file {inactive_file_bytes}")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Make a machine with 8 GiB available and no control groups."""
    return Machine(tmp_path)


ALL = MemoryLeft(8 * GIB, "available in all")


def test_without_control_groups_all_that_is_available_is_left(machine: Machine) -> None:
    assert memory_left(machine.root) == ALL


def test_a_limit_of_version_2_leaves_what_is_not_used_and_is_named(machine: Machine) -> None:
    machine.process("0::/pod/job", V2_MOUNT)
    machine.group_v2("sys/fs/cgroup/pod/job", 2_000_000_000, 500_000_000)
    assert memory_left(machine.root) == MemoryLeft(1_500_000_000, "cgroup limit of 2.0 GB in /pod/job")


def test_a_limit_of_version_1_leaves_what_is_not_used_and_is_named(machine: Machine) -> None:
    machine.process("4:memory:/docker/abc", V1_MEMORY_MOUNT)
    machine.group_v1("sys/fs/cgroup/memory/docker/abc", 512_000_000, 100_000_000, 60_000_000)
    assert memory_left(machine.root) == MemoryLeft(472_000_000, "cgroup limit of 512 MB in /docker/abc")


def test_what_the_kernel_would_give_back_is_left(machine: Machine) -> None:
    machine.process("0::/job", V2_MOUNT)
    machine.group_v2("sys/fs/cgroup/job", GIB, 900 * MIB, 400 * MIB)
    left = memory_left(machine.root)
    assert left is not None
    assert left.left_bytes == 524 * MIB


def test_of_all_ancestors_the_one_that_leaves_least_counts_and_not_the_one_with_the_lowest_limit(
    machine: Machine,
) -> None:
    machine.process("0::/pod/job", V2_MOUNT)
    machine.group_v2("sys/fs/cgroup/pod", 4_000_000_000, 3_900_000_000)
    machine.group_v2("sys/fs/cgroup/pod/job", 1_000_000_000, 200_000_000)
    assert memory_left(machine.root) == MemoryLeft(100_000_000, "cgroup limit of 4.0 GB in /pod")


def test_a_neighbouring_group_does_not_count(machine: Machine) -> None:
    machine.process("0::/pod/mine", V2_MOUNT)
    machine.group_v2("sys/fs/cgroup/pod/other", MIB, MIB)
    assert memory_left(machine.root) == ALL


def test_a_limit_above_the_machine_limits_nothing(machine: Machine) -> None:
    machine.process("0::/job", V2_MOUNT)
    machine.group_v2("sys/fs/cgroup/job", 64 * GIB, GIB)
    assert memory_left(machine.root) == ALL


@pytest.mark.parametrize("limit", ["max", "", "many"])
def test_no_limit_in_version_2_is_no_limit(machine: Machine, limit: str) -> None:
    machine.process("0::/job", V2_MOUNT)
    machine.group_v2("sys/fs/cgroup/job", limit, GIB)
    assert memory_left(machine.root) == ALL


def test_the_limit_beyond_which_a_group_is_slowed_down_counts_as_one(machine: Machine) -> None:
    machine.process("0::/job", V2_MOUNT)
    machine.group_v2("sys/fs/cgroup/job", "max", 300_000_000)
    machine.write("sys/fs/cgroup/job/memory.high", "1000000000")
    assert memory_left(machine.root) == MemoryLeft(700_000_000, "cgroup limit of 1.0 GB in /job")


def test_no_limit_in_version_1_is_no_limit_even_where_nothing_else_is_told(machine: Machine) -> None:
    machine.process("4:memory:/job", V1_MEMORY_MOUNT)
    machine.group_v1("sys/fs/cgroup/memory/job", NO_LIMIT_IN_VERSION_1, GIB)
    assert memory_left(machine.root) == ALL
    (machine.root / "proc/meminfo").unlink()
    assert memory_left(machine.root) is None


def test_a_limit_without_its_use_leaves_the_question_open(machine: Machine) -> None:
    machine.process("0::/job", V2_MOUNT)
    machine.write("sys/fs/cgroup/job/memory.max", str(MIB))
    assert memory_left(machine.root) == ALL


def test_a_group_above_its_limit_has_nothing_left(machine: Machine) -> None:
    machine.process("0::/job", V2_MOUNT)
    machine.group_v2("sys/fs/cgroup/job", MIB, 2 * MIB)
    left = memory_left(machine.root)
    assert left is not None
    assert left.left_bytes == 0


def test_a_hierarchy_without_the_memory_controller_is_passed_over(machine: Machine) -> None:
    machine.process("4:cpu:/job", "33 31 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu")
    machine.group_v1("sys/fs/cgroup/cpu/job", MIB, 0)
    assert memory_left(machine.root) == ALL


def test_a_system_without_the_files_tells_nothing(tmp_path: Path) -> None:
    assert memory_left(tmp_path) is None
    assert memory_available(tmp_path) is None


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="this system has no /proc/meminfo")
def test_the_machine_at_hand_has_memory_left() -> None:
    left = memory_left()
    assert left is not None
    assert left.left_bytes > 0
    assert left.reason
