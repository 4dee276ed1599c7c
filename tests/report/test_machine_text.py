"""What people read of a machine and of what things cost on it."""

from dataclasses import replace

import pytest

from tests.costs import COSTS
from whichpool.machine.cores import Cores
from whichpool.machine.description import Machine
from whichpool.machine.interpreter import Interpreter
from whichpool.machine.memory import MemoryLeft
from whichpool.machine.survey import Survey
from whichpool.report.costs import costs_report
from whichpool.report.json_machine import as_json
from whichpool.report.machine import as_text, hint, machine_report
from whichpool.values import Noise

QUOTA = "cgroup quota of 1.5 CPUs in /pod"
SURVEY = Survey(
    Machine(Cores(1.5, 8, QUOTA), MemoryLeft(2_100_000_000, "cgroup limit of 4.0 GB in /pod"), {"load_1min": 0.5}),
    Noise(elapsed_s=0.5, own_s=0.0, busy_s=0.05, idle_s=0.95, stolen_s=0.0),
    [
        Interpreter("", "/usr/bin/python3.11", "3.11.7"),
        Interpreter("/opt/3.14/bin/python3", "/opt/3.14/bin/python3", "3.14.1"),
        Interpreter("/opt/3.14t/bin/python3", "/opt/3.14t/bin/python3", "3.14.1", "cpython", True, False),  # noqa: FBT003 - free-threaded, and its GIL is off
    ],
    {"serial": None, "threads": None, "loky": "loky is not installed: python -m pip install loky"},
)


def line(text: str, start: str) -> str:
    return next(each for each in text.splitlines() if each.startswith(start))


def cells(text: str, start: str) -> str:
    return " ".join(line(text, start).split())


def report(width: int = 80) -> str:
    return as_text(machine_report(SURVEY, ()), width)


def costs(width: int = 80, *, age_s: float = 0.0, kept: bool = True) -> str:
    return as_text(costs_report(COSTS, width, kept=kept, now_s=COSTS.measured_at_s + age_s), width)


def test_the_cores_stand_with_what_holds_them_down() -> None:
    assert line(report(), "cores") == f"cores   1.5 of 8: {QUOTA}"


def test_the_memory_stands_with_its_limit() -> None:
    assert line(report(), "memory") == "memory  2.1 GB left: cgroup limit of 4.0 GB in /pod"


def test_a_quiet_machine_is_called_quiet_by_what_was_seen() -> None:
    assert "quiet enough to measure: in 500 ms others kept 0.10 cores busy" in report(120)


def test_a_machine_that_is_not_quiet_says_why() -> None:
    text = as_text(machine_report(SURVEY, ["others keep 1.20 of 2 cores busy: close them, or wait"]), 120)
    assert line(text, "noise") == "noise   not quiet: others keep 1.20 of 2 cores busy: close them, or wait"


def test_a_system_that_tells_no_memory_is_not_taken_to_have_none() -> None:
    unknown = replace(SURVEY, machine=replace(SURVEY.machine, memory=None))
    assert line(as_text(machine_report(unknown, ())), "memory") == "memory  unknown: this system does not tell"


def test_each_python_says_what_it_can_do() -> None:
    assert cells(report(), "3.11.7") == "3.11.7 yes – /usr/bin/python3.11 (this one)"
    assert cells(report(), "3.14.1 ") == "3.14.1 yes yes /opt/3.14/bin/python3"
    assert cells(report(), "3.14.1t") == "3.14.1t off yes /opt/3.14t/bin/python3"


def test_a_pool_that_is_missing_stands_with_the_command_that_installs_it() -> None:
    assert line(report(), "✓") == "✓ pools here: serial, threads"
    assert line(report(), "–") == "– loky: loky is not installed: python -m pip install loky"


@pytest.mark.parametrize("width", [80, 100, 120])
def test_no_line_is_wider_than_the_terminal_and_no_figure_is_cut(width: int) -> None:
    text = report(width) + costs(width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text


def test_a_pool_costs_what_its_samples_say() -> None:
    assert cells(costs(), "processes (spawn)") == "processes (spawn) 70.0 ms 10.0 ms 200 µs 2.00 µs 9.0 MB"


def test_where_there_is_room_the_ranges_are_shown() -> None:
    assert "65.0–90.0 ms" in line(costs(120), "processes (spawn)")
    assert "range" not in line(costs(80), "a worker of")


def test_sending_shows_seconds_and_for_large_values_bytes_a_second() -> None:
    assert cells(costs(), "1 B") == "1 B 200 ns 100 ns 100 µs"
    assert cells(costs(), "1 MiB") == "1 MiB 400 µs 2.6 GB/s 100 µs 10 GB/s 3.00 ms 350 MB/s"
    assert cells(costs(), "1,000 ints") == "1,000 ints 1.00 ms 100 MB/s 2.00 ms 50 MB/s –"


@pytest.mark.parametrize(
    ("age_s", "told"),
    [(5, "just now"), (61, "1 minute ago"), (7200, "2 hours ago"), (86_400 * 3, "3 days ago"), (-5, "just now")],
)
def test_what_is_kept_says_how_old_it_is(age_s: float, told: str) -> None:
    heading = "Costs under Python 3.11.7  measured"
    assert line(costs(age_s=age_s), "Costs") == f"{heading} {told}; --fresh measures anew"


def test_what_was_just_measured_says_how_long_it_took() -> None:
    assert line(costs(kept=False), "Costs") == "Costs under Python 3.11.7  measured in 5.00 s"


def test_a_pool_that_was_not_measured_says_why_unless_that_was_said_before() -> None:
    assert "– loky: loky is not installed" in costs()
    told = costs_report(COSTS, 80, kept=True, now_s=0, told=SURVEY.pools.values())
    assert "loky" not in as_text(told)


def test_without_costs_there_is_a_hint() -> None:
    assert "whichpool machine --costs" in as_text(hint())


def test_json_holds_every_figure_with_its_samples() -> None:
    record = as_json(SURVEY, ["noise"], COSTS)
    assert record["schema"] == "whichpool.machine/1"
    assert record["memory_left"] == {"left_bytes": 2_100_000_000, "reason": "cgroup limit of 4.0 GB in /pod"}
    assert record["disturbances"] == ["noise"]
    assert record["pools"][2] == {
        "name": "loky",
        "available": False,
        "reason": "loky is not installed: python -m pip install loky",
    }
    assert [each["has_interpreters"] for each in record["pythons"]] == [False, True, True]
    spawn = record["costs"]["pools"][1]
    assert spawn["ready_s"] == {"value": 0.07, "low": 0.065, "high": 0.09, "n": 3, "samples": [0.07, 0.065, 0.09]}
    assert record["costs"]["sendings"][3]["pipe_s"] is None


def test_json_without_costs_says_so() -> None:
    assert as_json(SURVEY, [])["costs"] is None
