"""``whichpool claims`` as a person meets it."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = "from whichpool.cli import main; main()"


def claims(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", COMMAND, "claims", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_a_claim_is_tested_and_written_as_json(tmp_path: Path) -> None:
    told = claims("1", "--json", str(tmp_path / "claims.json"))
    assert told.returncode == 0
    assert " 1  Threads share one heap; processes have their own.\n    ✓ holds here: " in told.stdout
    record = json.loads((tmp_path / "claims.json").read_text(encoding="utf-8"))
    assert record["schema"] == "whichpool.claims/1"
    assert [claim["number"] for claim in record["claims"]] == [1]


def test_explained_it_shows_the_program_and_what_was_seen() -> None:
    told = claims("2", "--explain")
    assert "def judge(measured: Measured) -> Judgement:" in told.stdout
    assert "python -m whichpool.claims.stays_none runs it alone" in told.stdout


def test_pythons_stand_side_by_side() -> None:
    told = claims("1", "--python", sys.executable, "--python", sys.executable)
    version = sys.version.split()[0]
    assert told.stdout.count(f"✓ {version}  holds here") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("1", "14"), "there is no claim 14; they are numbered 1 to 13"),
        (("one",), "'one' is not a valid integer"),
        (("1", "--python", "/nowhere/python"), "/nowhere/python is no Python that can be run: no such file"),
        (("1", "--json", "/nowhere/claims.json"), "cannot be written: there is no folder /nowhere"),
    ],
)
def test_a_wrong_call_is_refused_before_anything_runs(arguments: tuple[str, ...], message: str) -> None:
    told = claims(*arguments)
    assert told.returncode == 2
    assert message in told.stderr
    assert not told.stdout


def test_ctrl_c_keeps_what_was_tested_by_then(tmp_path: Path) -> None:
    kept = tmp_path / "claims.json"
    command = [sys.executable, "-c", COMMAND, "claims", "1", "3", "--json", str(kept)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        while not kept.exists() and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert " 1  Threads share one heap" in told
    assert [claim["number"] for claim in json.loads(kept.read_text(encoding="utf-8"))["claims"]] == [1]
