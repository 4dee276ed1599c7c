"""A machine is quiet where nothing takes more than the margin."""

from dataclasses import replace

import pytest

from whichpool.decide.quiet import disturbances
from whichpool.values import Noise

QUIET = Noise(elapsed_s=0.5, own_s=0.01, busy_s=0.03, idle_s=0.97, stolen_s=0.0, memory_stall_s=0.0)


def test_a_machine_on_which_little_goes_on_is_quiet() -> None:
    assert disturbances(QUIET) == ()


def test_a_system_that_tells_nothing_is_taken_for_quiet() -> None:
    assert disturbances(Noise(elapsed_s=0.5, own_s=0.0)) == ()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"busy_s": 0.6, "idle_s": 0.4}, "others keep 1.18 of 2 cores busy"),
        ({"busy_s": 0.09, "stolen_s": 0.01, "own_s": 0.09}, "the hypervisor takes 10% of the time"),
        ({"throttled": 3, "throttled_s": 0.1}, "a cgroup's CPU quota is used up: its cores stood still for 0.10 s"),
        ({"memory_stall_s": 0.05}, "memory is short: for 10% of the time some process waited for it"),
    ],
)
def test_what_disturbs_is_told(changes: dict[str, float], told: str) -> None:
    (disturbance,) = disturbances(replace(QUIET, **changes))  # type: ignore[arg-type]  # counts are among them
    assert told in disturbance
