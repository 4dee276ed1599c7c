"""Noise is told where it could have changed the answer, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.decide.noise import noise_caveats
from whichpool.values import Code, Noise

MARGIN = 0.05


def machine(  # noqa: PLR0913 - what can disturb a round
    cores: int = 2,
    *,
    own: float = 1.0,
    others: float = 0.0,
    stolen: float = 0.0,
    throttled: int = 0,
    throttled_s: float = 0.0,
    memory_stall_s: float = 0.0,
) -> Noise:
    """Make ten seconds on a machine, of which the cores spent these on average."""
    idle = cores - own - others - stolen
    return Noise(10.0, 10 * own, 10 * (own + others), 10 * idle, 10 * stolen, throttled, throttled_s, memory_stall_s)


def codes(noise: Noise, cores_busy: float) -> list[Code]:
    """Name the caveats that one round's noise gives."""
    return [caveat.code for caveat in noise_caveats([noise], cores_busy, MARGIN)]


def test_a_quiet_machine_gives_no_caveat() -> None:
    assert codes(machine(), cores_busy=2) == []


def test_nothing_measured_gives_no_caveat() -> None:
    assert noise_caveats([], 2, MARGIN) == []


def test_a_system_that_tells_nothing_gives_no_caveat() -> None:
    assert codes(Noise(10.0, 10.0), cores_busy=2) == []


def test_others_that_take_what_a_pool_wants_are_told_with_what_to_do() -> None:
    (caveat,) = noise_caveats([machine(others=0.6)], 1.4, MARGIN)
    assert caveat.code is Code.LOAD
    assert caveat.message == (
        "others kept 0.6 of the 2 cores busy during the rounds, and little was left idle; "
        "close them, or run again when it is quiet"
    )


def test_others_hurt_nobody_who_only_waits() -> None:
    assert codes(machine(own=0.1, others=1.2), cores_busy=0.2) == []


def test_others_hurt_nobody_on_a_machine_with_idle_cores() -> None:
    assert codes(machine(64, own=2, others=20), cores_busy=4) == []


def test_others_hurt_who_wants_every_core_of_a_large_machine() -> None:
    assert codes(machine(64, own=2, others=20), cores_busy=43) == [Code.LOAD]


def test_one_busy_core_of_many_is_below_the_margin_even_for_who_wants_them_all() -> None:
    assert codes(machine(64, own=2, others=1), cores_busy=63) == []


def test_the_load_of_several_rounds_is_averaged() -> None:
    quiet, loud = machine(), machine(others=0.9)
    assert codes(loud, cores_busy=1.8) == [Code.LOAD]
    assert noise_caveats([quiet] * 19 + [loud], 1.8, MARGIN) == []


def test_time_stolen_by_a_hypervisor_is_told_as_the_share_of_what_was_wanted() -> None:
    (caveat,) = noise_caveats([machine(own=0.9, stolen=0.1)], 1, MARGIN)
    assert caveat.code is Code.STEAL
    assert "took 10% of the time for which the cores had work" in caveat.message


def test_a_little_stolen_time_is_below_the_margin() -> None:
    assert codes(machine(own=1.0, stolen=0.04), cores_busy=1) == []


def test_a_quota_that_paused_the_run_is_told_with_how_often_and_how_long() -> None:
    (caveat,) = noise_caveats([machine(throttled=9, throttled_s=1.3)] * 2, 1, MARGIN)
    assert caveat.code is Code.THROTTLED
    assert "paused the run 18 times, for 2.60 s in all" in caveat.message


def test_a_quota_that_hardly_ever_paused_the_run_is_not_told() -> None:
    assert codes(machine(throttled=1, throttled_s=0.1), cores_busy=1) == []


def test_memory_that_ran_short_is_told() -> None:
    (caveat,) = noise_caveats([machine(memory_stall_s=3)], 1, MARGIN)
    assert caveat.code is Code.PRESSURE
    assert "for 30% of the time" in caveat.message


def test_all_that_disturbed_is_told() -> None:
    noise = machine(own=0.8, others=0.8, stolen=0.4, throttled=20, throttled_s=2, memory_stall_s=2)
    assert codes(noise, cores_busy=1.5) == [Code.LOAD, Code.STEAL, Code.THROTTLED, Code.PRESSURE]


@given(cores=st.integers(1, 128), others=st.floats(0, 1), more=st.floats(0, 1), busy=st.floats(0.01, 1))
def test_busier_others_never_silence_the_caveat(cores: int, others: float, more: float, busy: float) -> None:
    less_noise = machine(cores, own=0, others=others * cores)
    more_noise = machine(cores, own=0, others=max(others, more) * cores)
    assert set(codes(less_noise, busy * cores)) <= set(codes(more_noise, busy * cores))


def test_amounts_of_several_rounds_add_up() -> None:
    total = Noise.added_up([machine(others=0.5, throttled=2, throttled_s=0.5), machine(others=1.0, stolen=0.0)])
    assert total == Noise(20.0, 20.0, 35.0, 5.0, 0.0, 2, 0.5, 0.0)
    assert total.cores == 2
    assert total.others_cores == pytest.approx(0.75)


def test_what_one_round_does_not_tell_is_not_told_of_all() -> None:
    total = Noise.added_up([machine(), Noise(10.0, 10.0)])
    assert (total.cores, total.others_cores, total.steal_share, total.memory_stall_share) == (None, None, None, None)
    assert total.own_s == 20


def test_own_time_that_is_counted_more_finely_than_ticks_leaves_no_negative_load() -> None:
    assert Noise(1.0, 1.004, 1.0, 1.0, 0.0).others_cores == 0


def test_cores_without_work_have_nothing_stolen() -> None:
    assert Noise(1.0, 0.0, 0.0, 2.0, 0.0).steal_share == 0


def test_a_stretch_of_no_length_is_refused() -> None:
    with pytest.raises(ValueError, match="time must have passed"):
        Noise(0.0, 0.0)
