"""One comparison across several Pythons, with the real ones that are found."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from whichpool.machine.pythons import find_pythons

COMMAND = "from whichpool.cli import main; main()"
ANSWERED = {0, 3}
TARGET = "import time\n\ndef wait(number):\n    time.sleep(0.004)\n    return number\n"
OTHERS = [python.path for python in find_pythons(["3.12", "3.13", "3.15"]) if not python.problem]


@pytest.mark.skipif(not OTHERS, reason="no Python 3.12, 3.13 or 3.15 is found")
def test_a_comparison_across_pythons_writes_one_record_and_passes_over_what_does_not_work(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(TARGET)
    crashing = tmp_path / "crashing"
    crashing.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crashing.chmod(0o755)
    pythons = [sys.executable, str(crashing), *OTHERS, str(tmp_path)]
    named = [part for python in pythons for part in ("--python", python)]
    options = ["--items", "range(8)", "--pools", "threads", "--budget", "12", "--json", "record.json"]
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "compare", "app.py:wait", *options, *named],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode in ANSWERED, done.stderr
    record: dict[str, Any] = json.loads((tmp_path / "record.json").read_text())
    told = {python["python"]: python["why_not"] for python in record["pythons"]}
    assert list(told) == pythons
    assert "SIGSEGV" in told[str(crashing)]
    assert "is a folder" in told[str(tmp_path)]
    assert [path for path, why_not in told.items() if why_not is None] == [sys.executable, *OTHERS]
    raced = {(strategy["python"], strategy["pool"]) for strategy in record["strategies"] if strategy["samples"]}
    assert raced == {(path, pool) for path in (sys.executable, *OTHERS) for pool in ("serial", "threads")}
    assert record["verdict"]["reference"].startswith("serial-py3.")
    assert all(word in done.stdout for word in ("SIGSEGV", "is a folder", "threads"))
