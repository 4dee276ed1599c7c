"""The command as a person meets it: a process of its own, with argv, text, files and an exit code."""

import json
import os
import select
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
ARTICLE = ("examples/article/side_by_side.py:calc_square(7)", "examples/article/side_by_side.py:calc_quad(7)")
ANSWERED = {0, 3}

WORK = """
import time

def work(number):
    time.sleep(0.005)
    return number * 2

def shout(line):
    return line.upper()
"""

COMMAND = "from whichpool.cli import main; main()"

# Shows at exit what was imported; the command itself is run just as without it.
SHOWING_MODULES = """
import atexit, sys
atexit.register(lambda: print("MODULES", *sorted(sys.modules), file=sys.stderr))
from whichpool.cli import main
sys.argv[0] = "whichpool"
main()
"""


def whichpool(
    *arguments: str, folder: Path = ROOT, given: str = "", script: str = COMMAND
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a workload in it."""
    (tmp_path / "work.py").write_text(WORK, encoding="utf-8")
    return tmp_path


def test_the_version_is_shown() -> None:
    shown = whichpool("--version")
    assert shown.returncode == 0
    assert shown.stdout.startswith("whichpool, version 0.")


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("compare", "--help"), ("compare", "-h")])
def test_help_is_shown(arguments: tuple[str, ...]) -> None:
    shown = whichpool(*arguments)
    assert shown.returncode == 0
    assert shown.stderr == ""
    assert "Usage: " in shown.stdout
    assert "compare" in shown.stdout


def test_the_help_names_every_option_and_every_exit_code() -> None:
    text = whichpool("compare", "--help").stdout
    options = {"items", "budget", "pools", "workers", "chunksize", "start-method", "python", "margin", "timeout"}
    assert {
        option
        for option in options | {"max-items", "json", "pyperf", "explain", "what-if"}
        if f"--{option}" not in text
    } == set()
    for code in ("0 answered", "1 the workload failed", "2 wrong call", "3 undecided", "130 interrupted"):
        assert code in " ".join(text.split())


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_what_needs_no_table_and_no_statistics_loads_none(argument: str) -> None:
    shown = whichpool(argument, script=SHOWING_MODULES)
    modules = shown.stderr.partition("MODULES ")[2].split()
    assert "whichpool.cli" in modules
    heavy = ("rich", "pyperf", "cloudpickle", "whichpool.decide", "whichpool.report", "whichpool.comparison")
    assert [name for name in modules if name.startswith(heavy)] == []


def test_importing_the_package_loads_nothing_outside_the_standard_library() -> None:
    script = (
        "import sys\n"
        "sys.path.append(sys.argv[1])\n"
        "before = set(sys.modules)\n"
        "import whichpool\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    shown = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script, str(ROOT / "src")],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    foreign = {
        name.partition(".")[0]
        for name in shown.stdout.split()
        if name.partition(".")[0] not in {"whichpool", *sys.stdlib_module_names}
    }
    assert foreign == set()
    assert "concurrent.futures.process" not in shown.stdout


def test_the_articles_two_calls_stay_serial() -> None:
    shown = whichpool("compare", *ARTICLE, "--budget", "15")
    assert shown.returncode == 0
    assert "Stay serial: every pool is slower" in shown.stdout
    words = " ".join(shown.stdout.split())
    assert "threads ×" in words
    for difference in ("against serial: ", "against threads ×"):
        assert f"{difference}" in words
    assert "times slower" in words


@pytest.mark.parametrize("name", ["my späte übung.py", "a:it's.py"])
def test_a_target_may_lie_in_a_path_with_any_letters(folder: Path, name: str) -> None:
    place = folder / "some folder" / name
    place.parent.mkdir()
    place.write_text(WORK, encoding="utf-8")
    target = f"some folder/{name}:work"
    arguments = ("compare", target, "--items", "range(4)", "--pools", "processes", "--workers", "2", "--budget", "1")
    shown = whichpool(*arguments, folder=folder)
    assert shown.returncode in ANSWERED, shown.stderr
    assert "failed" not in shown.stdout
    assert target in " ".join(shown.stdout.split())


class Compared(NamedTuple):
    """A comparison that was shown and written."""

    out: str
    err: str
    json_file: Path
    pyperf_file: Path

    @property
    def record(self) -> dict[str, Any]:
        """The record as strictly as JSON can be taken."""
        return strict_json(self.json_file)


def compared(folder: Path, function: str, *options: str, given: str = "") -> Compared:
    """Run a comparison with both files written, and nothing else."""
    (folder / "work.py").write_text(WORK, encoding="utf-8")
    files = {"json": folder / "record.json", "pyperf": folder / "suite.json"}
    wanted = [part for kind, file in files.items() for part in (f"--{kind}", str(file))]
    shown = whichpool("compare", f"work.py:{function}", *options, *wanted, folder=folder, given=given)
    assert shown.returncode in ANSWERED, shown.stderr
    assert {path.name for path in folder.iterdir()} - {"__pycache__"} == {"record.json", "suite.json", "work.py"}
    return Compared(shown.stdout, shown.stderr, files["json"], files["pyperf"])


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """A comparison with all that can be asked for; a quiet machine is done long before the budget is spent."""
    asked = ("--what-if", "cores=16", "--what-if", " gil = off, cores = 4.5 ", "--explain")
    options = ("--items", "range(20)", "--workers", "2", "--margin", "40%", "--budget", "12", *asked)
    return compared(tmp_path_factory.mktemp("full"), "work", *options)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """A comparison with a pool named and nothing further asked for, of items from standard input."""
    options = ("--items", "-", "--pools", "threads", "--budget", "5")
    return compared(tmp_path_factory.mktemp("bare"), "shout", *options, given="one\nzwei\nträume\n")


def test_plain_lines_are_shown_where_the_output_is_no_terminal(full: Compared) -> None:
    assert "\x1b" not in full.out + full.err
    lines = full.err.splitlines()
    assert lines[0].startswith("looking at the workload")
    assert lines[1].endswith("the warm-up round has ended")
    assert lines[2].endswith("round 1 has ended")
    assert "round 1 has ended" not in full.out
    assert [line for line in full.out.splitlines() if len(line) > 100] == []


def test_other_machines_are_asked_about_where_that_is_wanted(full: Compared) -> None:
    prospects = full.record["prospects"]
    assert [(prospect["cores"], prospect["gil"], prospect["pool"]) for prospect in prospects] == [
        (16, None, "threads"),
        (16, None, "processes"),
        (4.5, False, "threads"),
        (4.5, False, "processes"),
    ]
    assert all(0 < prospect["low"] <= prospect["high"] for prospect in prospects)
    assert "What if (forecast" in full.out


def test_the_time_is_explained_where_that_is_wanted(full: Compared) -> None:
    words = " ".join(full.out.split())
    assert "Where an average worker's time went" in words
    assert "tried because: what every pool has to beat" in words


def test_nothing_is_forecast_and_nothing_explained_unasked(bare: Compared) -> None:
    assert bare.record["prospects"] == []
    assert "What if" not in bare.out
    assert "worker's time went" not in bare.out


def test_only_the_named_pools_race_serial(bare: Compared) -> None:
    assert {strategy["pool"] for strategy in bare.record["strategies"]} == {"serial", "threads"}


def test_items_come_from_standard_input(bare: Compared) -> None:
    assert bare.record["workload"]["items"] == 3


Check = type | tuple[type, ...]
NULLABLE_NUMBER: Check = (float, int, type(None))


def misfits(value: dict[str, Any], fields: dict[str, Check]) -> dict[str, object]:
    """List what is not there or of another type."""
    return {name: value.get(name, "missing") for name, kind in fields.items() if not isinstance(value.get(name), kind)}


def is_estimate(value: object, *, known: bool) -> bool:
    """Tell whether a value is an estimate as it is documented."""
    if value is None:
        return not known
    assert isinstance(value, dict)
    assert value.keys() == {"value", "low", "high", "n"}
    assert isinstance(value["value"], float)
    assert isinstance(value["n"], int)
    return all(value[bound] is None or isinstance(value[bound], float) for bound in ("low", "high"))


def strict_json(file: Path) -> dict[str, Any]:
    """Read JSON that holds no NaN and no infinity."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    record: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"), parse_constant=refuse)
    return record


def test_the_record_keeps_its_schema(full: Compared) -> None:
    record = full.record
    assert record["schema"] == "whichpool.report/1"
    assert misfits(record["workload"], {"target": str, "items": int, "measured_items": int}) == {}
    assert misfits(record["machine"], {"cores": dict, "python": dict, "platform": str}) == {}
    assert misfits(record["anatomy"], {"wall_s": dict, "cpu_s": float, "gil_held": dict, "result_bytes": float}) == {}
    assert record["anatomy"]["wall_s"]["value"] >= 0.005
    assert misfits(record["verdict"], {"outcome": str, "strategy": str, "reasons": list, "caveats": list}) == {}
    assert record["verdict"]["outcome"] in {"faster", "stay serial", "equivalent", "undecided"}
    assert record["verdict"]["strategy"] in {strategy["id"] for strategy in record["strategies"]}
    for caveat in record["verdict"]["caveats"]:
        assert misfits(caveat, {"code": str, "message": str}) == {}


def test_the_record_holds_every_strategy_with_its_samples_and_figures(full: Compared) -> None:
    strategies = full.record["strategies"]
    assert strategies[0]["id"] == "serial"
    assert {strategy["pool"] for strategy in strategies} >= {"serial", "threads", "processes"}
    for strategy in strategies:
        fields: dict[str, Check] = {"id": str, "pool": str, "workers": int, "python": str}
        assert misfits(strategy, fields) == {}
        assert isinstance(strategy["start_method"], str) == (strategy["pool"] == "processes")
        assert strategy["state"] in {"raced", "dropped", "skipped", "failed"}
        assert (strategy["reason"] is None) == (strategy["state"] == "raced")
        assert strategy["samples"] or strategy["state"] == "skipped"
    ran = [strategy for strategy in strategies if strategy["samples"]]
    assert {strategy["pool"] for strategy in ran} >= {"serial", "threads", "processes"}
    for strategy in ran:
        assert isinstance(strategy["chunksize"], int)
        assert isinstance(strategy["why"], str)
        assert is_estimate(strategy["job_s"], known=True)
        assert is_estimate(strategy["vs_serial"], known=strategy["id"] != "serial")
        assert is_estimate(strategy["vs_threads"], known=strategy["pool"] == "processes")
        assert (strategy["vs_threads"] is not None) == (strategy["pool"] == "processes")
        for sample in strategy["samples"]:
            times: dict[str, Check] = {"round": int, "job_s": float, "startup_s": float, "cpu_s": float}
            assert misfits(sample, {**times, "peak_pss_bytes": (int, type(None))}) == {}
            assert 0 < sample["startup_s"] < sample["job_s"]


def test_a_time_of_the_record_is_the_median_of_its_counted_samples(full: Compared) -> None:
    serial = full.record["strategies"][0]
    counted = sorted(sample["job_s"] for sample in serial["samples"] if sample["round"])
    assert serial["job_s"]["n"] == len(counted)
    assert counted[0] <= serial["job_s"]["value"] <= counted[-1]


@pytest.mark.parametrize("arguments", [("compare_to", "--table"), ("hist",), ("stats",), ("show",), ("check",)])
def test_pyperf_accepts_the_suite(full: Compared, arguments: tuple[str, ...]) -> None:
    files = [str(full.pyperf_file)] * (2 if arguments[0] == "compare_to" else 1)
    shown = subprocess.run(
        [sys.executable, "-m", "pyperf", *arguments, *files], capture_output=True, text=True, check=False, timeout=60
    )
    assert shown.returncode == 0, shown.stderr
    assert shown.stderr == ""
    assert "Traceback" not in shown.stdout


def test_the_suite_holds_the_counted_samples_and_no_others(full: Compared) -> None:
    suite = strict_json(full.pyperf_file)
    strategies = full.record["strategies"]
    counted = [sample["job_s"] for strategy in strategies for sample in strategy["samples"] if sample["round"]]
    kept = [value for benchmark in suite["benchmarks"] for run in benchmark["runs"] for value in run["values"]]
    assert sorted(kept) == pytest.approx(sorted(counted))


class Terminal:
    """A pseudo-terminal that a command runs in, as the leader of a session of its own."""

    def __init__(self, *arguments: str, folder: Path, columns: int) -> None:
        self.master, slave = os.openpty()
        termios.tcsetwinsize(slave, (30, columns))
        environment = {
            name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, *arguments],
            cwd=folder,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**environment, "TERM": "xterm-256color"},
        )
        os.close(slave)

    def read_to_the_end(self) -> bytes:
        """Read until the other side is closed, and wait for the command."""
        shown = bytearray()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if select.select([self.master], [], [], 1.0)[0]:
                try:
                    piece = os.read(self.master, 65_536)
                except OSError:  # how Linux tells that nobody holds the other side any more
                    break
                if not piece:
                    break
                shown += piece
        os.close(self.master)
        self.process.wait(10)
        return bytes(shown)


def lines_of(shown: bytes) -> list[str]:
    """Take the control sequences out of what a terminal was sent, and split it."""
    text = shown.decode()
    plain = []
    while text:
        before, escape, text = text.partition("\x1b[")
        plain.append(before)
        if escape:
            text = text.lstrip("0123456789;?")[1:]
    return "".join(plain).replace("\r\n", "\n").replace("\r", "\n").split("\n")


@pytest.mark.parametrize("columns", [40, 120])
def test_a_terminal_shows_a_live_table_that_never_outgrows_it(folder: Path, columns: int) -> None:
    arguments = ("compare", "work.py:work", "--items", "range(20)", "--budget", "2")
    terminal = Terminal(*arguments, folder=folder, columns=columns)
    shown = terminal.read_to_the_end()
    assert terminal.process.returncode in ANSWERED
    lines = lines_of(shown)
    table = lines[: next(number for number, line in enumerate(lines) if line.startswith("The code for "))]
    assert [line for line in table if len(line) > columns] == []
    heads = [number for number, line in enumerate(lines) if "strategy" in line]
    live = [number for number, line in enumerate(lines) if " s left" in line]
    assert len(heads) > 1
    assert live[0] < heads[0] < live[-1] < heads[-1]
