"""``whichpool check`` as a person meets it: a process of its own, with argv, text, files and an exit code."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from whichpool.cli.command import whichpool

ROOT = Path(__file__).parents[2]
SQUARE = "examples/article/side_by_side.py:calc_square(7)"
COMMAND = "from whichpool.cli import main; main()"

CODE = """
import time

COUNT = 0
TEN = list(range(10))
EMPTY = []

def count(number):
    global COUNT
    COUNT += number
    return COUNT

def calc_quad():
    quad = 7**4
    return quad

def double(number):
    return 2 * number

def unlucky(number):
    raise ValueError("no luck")

def hang(number):
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with functions in it."""
    (tmp_path / "app.py").write_text(CODE, encoding="utf-8")
    return tmp_path


def check(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-c", COMMAND, "check", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def kept(file: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return read


def test_the_articles_square_has_no_hazard(tmp_path: Path) -> None:
    shown = check(SQUARE, "--json", str(tmp_path / "check.json"))
    assert shown.returncode == 0, shown.stdout
    record = kept(tmp_path / "check.json")
    assert record["target"] == SQUARE
    assert record["calls"] > 0
    assert [finding for finding in record["findings"] if finding["effects"]] == []
    assert "calc_square" in record["functions"]
    assert "no hazard found" in shown.stdout
    assert "Square: 49" not in shown.stdout


def test_the_articles_call_of_a_function_without_a_parameter_is_a_hazard_with_its_signature(folder: Path) -> None:
    shown = check("app.py:calc_quad(7)", "--json", "check.json", folder=folder)
    assert shown.returncode == 1
    findings = kept(folder / "check.json")["findings"]
    assert {finding["hazard"] for finding in findings} == {"call-does-not-fit"}
    assert "calc_quad" in shown.stdout
    assert "def calc_quad()" in shown.stdout


@pytest.mark.parametrize("arguments", [("app.py:count",), ("app:count", "--items", "TEN"), ("app.py:count(7)",)])
def test_a_global_that_is_assigned_is_a_hazard_with_its_line(arguments: tuple[str, ...], folder: Path) -> None:
    shown = check(*arguments, folder=folder)
    assert shown.returncode == 1, shown.stderr
    assert "COUNT" in shown.stdout
    assert "app.py:10  COUNT += number" in shown.stdout
    assert ("seen in a trial" in shown.stdout) == (len(arguments) > 1 or "(" in arguments[0])


def test_without_items_nothing_of_the_module_is_executed(folder: Path) -> None:
    (folder / "app.py").write_text(f"{CODE}\nopen('was executed', 'w').close()\n", encoding="utf-8")
    assert check("app.py:double", folder=folder).returncode in {0, 1}
    assert not (folder / "was executed").exists()


def test_several_functions_are_checked_together(folder: Path) -> None:
    check("app.py:double", "app.py:count", "--json", "check.json", folder=folder)
    assert {"double", "count"} <= set(kept(folder / "check.json")["functions"])


def test_a_function_that_fails_is_still_checked(folder: Path) -> None:
    shown = check("app.py:unlucky", "--items", "TEN", folder=folder)
    assert shown.returncode in {0, 1}
    assert "Traceback" not in shown.stderr


def test_a_call_that_hangs_is_cut_and_its_pools_are_left_open(folder: Path) -> None:
    shown = check("app.py:hang(1)", "--timeout", "0.5", folder=folder)
    assert shown.returncode == 0
    assert "could not look" in shown.stdout
    assert "within 0.5 s" in " ".join(shown.stdout.split())


def test_sarif_names_the_file_relative_to_the_folder(folder: Path) -> None:
    check("app.py:count", "--sarif", "check.sarif", folder=folder)
    (run,) = kept(folder / "check.sarif")["runs"]
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "app.py", "uriBaseId": "%SRCROOT%"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["app.py"], "names no function"),
        (["ap.py:count(7)"], "there is no file ap.py; did you mean app.py"),
        (["ap.py:count"], "ap.py"),
        (["app.py:cuont", "--items", "TEN"], "there is no function 'cuont' in app.py; did you mean count"),
        (["app.py:cuont"], "cuont"),
        (["math:sqrt"], "math:sqrt"),
        (["app.py:count", "--items", "EMPTY"], "there is no item to run"),
        (["app.py:count", "--items", "ELEVEN"], "ELEVEN"),
        (["app.py:count(7)", "--items", "TEN"], "takes no --items"),
        (["app.py:count", "--items", "-"], "standard input holds no line"),
        (["app.py:count", "--timeout", "0"], "a timeout of 0 s leaves no time"),
        (["app.py:count", "--python", "/no/python"], "/no/python is no Python that can be run"),
        (["app.py:count", "--json", "x", "--sarif", "x"], "--json and --sarif both name x"),
        (["app.py:count", "--sarif", "none/x"], "none/x cannot be written: there is no folder none"),
        ([], "Missing argument 'TARGET...'"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(
    arguments: list[str], said: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    shown = CliRunner().invoke(whichpool, ["check", *arguments])
    assert shown.exit_code == 2, shown.output
    assert said in " ".join(shown.stderr.split())
    assert shown.stdout == ""


@pytest.mark.parametrize(("send", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_check_ends_with_the_code_that_tells(send: signal.Signals, code: int, folder: Path) -> None:
    arguments = [sys.executable, "-c", COMMAND, "check", "app.py:hang(1)"]
    with subprocess.Popen(arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "trying calls" in process.stderr.readline()
        process.send_signal(send)
        out, error = process.communicate(timeout=30)
    assert process.returncode == code
    assert out == ""
    assert "Traceback" not in error


def test_the_help_names_every_exit_code() -> None:
    text = " ".join(check("--help").stdout.split())
    for code in ("0 no hazard found", "1 hazards", "2 wrong call", "130 interrupted", "143 terminated"):
        assert code in text
