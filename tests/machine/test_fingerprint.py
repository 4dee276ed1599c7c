"""A machine is told from another by what decides its costs."""

import os
import platform
from pathlib import Path

import pytest

from whichpool.machine.cores import Cores
from whichpool.machine.fingerprint import fingerprint

CORES = Cores(8, 8, None)
X86 = "processor\t: 0\nmodel name\t: Example CPU 3000 @ 2.00GHz\ncpu MHz\t\t: 2000.000\n"
ARM = "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n"


def machine(root: Path, processor: str = X86, memory_kib: int = 16_000_000) -> Path:
    (root / "proc").mkdir(parents=True)
    (root / "proc/cpuinfo").write_text(processor, encoding="utf-8")
    (root / "proc/meminfo").write_text(f"MemTotal: {memory_kib} kB\nMemAvailable: 1 kB\n", encoding="utf-8")
    return root


def test_what_changes_from_moment_to_moment_has_no_say(tmp_path: Path) -> None:
    here = machine(tmp_path / "here")
    there = machine(tmp_path / "there", X86.replace("2000.000", "1200.000"))
    (there / "proc/meminfo").write_text("MemTotal: 16000000 kB\nMemAvailable: 9 kB\n", encoding="utf-8")
    assert fingerprint(CORES, here) == fingerprint(CORES, there)


@pytest.mark.parametrize("other", [X86.replace("3000", "4000"), ARM])
def test_another_processor_is_another_machine(tmp_path: Path, other: str) -> None:
    assert fingerprint(CORES, machine(tmp_path / "a")) != fingerprint(CORES, machine(tmp_path / "b", other))


def test_the_part_of_an_arm_processor_counts(tmp_path: Path) -> None:
    part = ARM.replace("d0c", "d40")
    assert fingerprint(CORES, machine(tmp_path / "a", ARM)) != fingerprint(CORES, machine(tmp_path / "b", part))


def test_other_cores_or_memory_make_another_machine(tmp_path: Path) -> None:
    here = machine(tmp_path / "here")
    assert fingerprint(CORES, here) != fingerprint(Cores(1.5, 8, "a quota"), here)
    assert fingerprint(CORES, here) != fingerprint(CORES, machine(tmp_path / "there", memory_kib=8_000_000))


def test_another_kernel_is_another_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = machine(tmp_path)
    before = fingerprint(CORES, here)
    monkeypatch.setattr(platform, "release", lambda: "9.99.9-made-up")
    assert fingerprint(CORES, here) != before


def test_the_name_of_the_machine_has_no_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint(CORES, machine(tmp_path))
    monkeypatch.setattr(platform, "node", lambda: "made-up")
    monkeypatch.setattr(os, "uname", lambda: pytest.fail("it holds the name of the machine"))
    assert fingerprint(CORES, tmp_path) == before


def test_a_machine_that_tells_nothing_has_a_fingerprint_too(tmp_path: Path) -> None:
    assert len(fingerprint(CORES, tmp_path)) == 16
