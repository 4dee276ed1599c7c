"""``whichpool machine`` as a person meets it."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from whichpool.machine.cores import usable_cores
from whichpool.machine.groups import groups

COMMAND = [sys.executable, "-c", "from whichpool.cli import main; main()", "machine"]


def machine(*arguments: str, cache: Path, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "HOME": str(cache.parent)}
    return subprocess.run(
        [*prefix, *COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=100, env=environment
    )


def kept_in(cache: Path) -> list[Path]:
    return [file for file in cache.parent.rglob("costs-*.json") if file.is_file()]


def test_it_tells_cores_memory_noise_pythons_and_pools(tmp_path: Path) -> None:
    told = machine("--json", str(tmp_path / "machine.json"), cache=tmp_path / "cache")
    assert told.returncode == 0
    for start in ("cores", "memory", "noise", "Python", "✓ pools here: serial, asyncio"):
        assert f"\n{start}" in told.stdout
    assert "(this one)" in told.stdout
    record = json.loads((tmp_path / "machine.json").read_text(encoding="utf-8"))
    assert record["schema"] == "whichpool.machine/1"
    assert record["costs"] is None
    assert record["pythons"][0]["version"] == sys.version.split()[0]
    assert not kept_in(tmp_path / "cache")


def test_costs_are_measured_once_and_then_known(tmp_path: Path) -> None:
    cache, file = tmp_path / "cache", tmp_path / "machine.json"
    first = machine("--costs", "--json", str(file), cache=cache)
    assert first.returncode == 0
    assert "measuring what things cost" in first.stderr
    assert " measured in " in first.stdout
    measured = json.loads(file.read_text(encoding="utf-8"))["costs"]
    assert {pool["pool"] for pool in measured["pools"]} >= {"threads", "processes"}
    second = machine("--costs", "--json", str(file), cache=cache)
    assert "measuring what things cost" not in second.stderr
    assert " ago; --fresh measures anew" in second.stdout or " just now; --fresh measures anew" in second.stdout
    assert json.loads(file.read_text(encoding="utf-8"))["costs"] == measured
    assert len(kept_in(cache)) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--python", "3"), "--python says whose costs to tell: add --costs"),
        (("--costs", "--python", "/nowhere/python"), "/nowhere/python is no Python that can be run: no such file"),
        (("--json", "/nowhere/machine.json"), "cannot be written: there is no folder /nowhere"),
    ],
)
def test_a_wrong_call_is_refused_before_anything_is_done(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    told = machine(*arguments, cache=tmp_path / "cache")
    assert told.returncode == 2
    assert message in told.stderr
    assert not told.stdout


@pytest.fixture
def group_below_a_quota() -> Iterator[tuple[Path, str]]:
    """Make two control groups, one in the other, of which the outer has a quota; give the inner and the reason."""
    cpus = usable_cores().usable * 0.75
    with contextlib.ExitStack() as made:
        for group in groups(Path("/"), "cpu"):
            outer = group.folder / f"whichpool-test-{os.getpid()}"
            inner = outer / "inner"
            try:
                outer.mkdir()
                made.callback(outer.rmdir)
                inner.mkdir()
                made.callback(inner.rmdir)
                if group.unified:
                    (outer / "cpu.max").write_text(f"{round(cpus * 100_000)} 100000", encoding="ascii")
                else:
                    (outer / "cpu.cfs_quota_us").write_text(str(round(cpus * 100_000)), encoding="ascii")
            except OSError:
                made.close()
                continue
            yield (
                inner,
                f"cgroup quota of {round(cpus, 2):g} CPU{'' if cpus == 1 else 's'} in {group.name / outer.name}",
            )
            return
    pytest.skip("no control group with a CPU quota can be made here: the recorded trees of files stand in for one")


def test_in_a_group_the_quota_of_its_ancestor_counts(tmp_path: Path, group_below_a_quota: tuple[Path, str]) -> None:
    inner, reason = group_below_a_quota
    enter = ("sh", "-c", f'echo $$ > {inner}/cgroup.procs && exec "$@"', "sh")
    told = machine(cache=tmp_path / "cache", prefix=enter)
    assert told.returncode == 0, told.stderr
    assert reason in " ".join(told.stdout.split())
