"""When calls in threads are found to keep each other waiting for the GIL."""

import pytest

from whichpool.running.executors.gil_watch import Call, GilWatch

N = 200


def watched(calls: list[Call], cores: float = 4.0) -> bool:
    watch = GilWatch(cores)
    return any(list(map(watch.add, calls)))


def call(  # noqa: PLR0913 - as many as a call has
    cpu_s: float, elapsed_s: float, *, busy: float, idle: float | None, beside: int = 4, behind: int = 1_000
) -> Call:
    """Make a call that saw so many cores busy and idle."""
    idle_s = None if idle is None else idle * elapsed_s
    return Call(elapsed_s, cpu_s, process_cpu_s=busy * elapsed_s, idle_s=idle_s, beside=beside, behind=behind)


def test_calls_that_share_one_core_while_others_are_idle_wait_for_the_gil() -> None:
    assert watched([call(8e-3, 32e-3, busy=1.0, idle=3.0)] * N)


def test_nothing_is_decided_before_a_tenth_of_a_second_has_been_computed() -> None:
    assert not watched([call(8e-3, 32e-3, busy=1.0, idle=3.0)] * 12)
    assert watched([call(8e-3, 32e-3, busy=1.0, idle=3.0)] * 13)


def test_calls_that_keep_several_cores_busy_release_it() -> None:
    assert not watched([call(8e-3, 16e-3, busy=2.0, idle=2.0)] * N)


def test_calls_that_wait_for_something_else_keep_no_core_busy() -> None:
    assert not watched([call(1e-3, 50e-3, busy=0.1, idle=3.9)] * N)


def test_calls_that_are_not_held_up_are_left_where_they_are() -> None:
    assert not watched([call(8e-3, 8e-3, busy=1.0, idle=3.0)] * N)


def test_where_no_core_is_idle_processes_would_gain_nothing() -> None:
    assert not watched([call(8e-3, 32e-3, busy=1.0, idle=0.1)] * N)


@pytest.mark.parametrize(("cores", "pays"), [(1.0, False), (1.4, False), (2.0, True)])
def test_a_quota_bounds_what_may_count_as_idle(*, cores: float, pays: bool) -> None:
    assert watched([call(8e-3, 32e-3, busy=1.0, idle=30.0)] * N, cores) is pays


def test_where_the_system_tells_nothing_all_other_cores_count_as_idle() -> None:
    assert watched([call(8e-3, 32e-3, busy=1.0, idle=None)] * N)
    assert not watched([call(8e-3, 32e-3, busy=1.0, idle=None)] * N, cores=1.0)


def test_tiny_calls_are_not_worth_the_hand_over() -> None:
    assert not watched([call(0.1e-3, 0.4e-3, busy=1.0, idle=3.0)] * 10_000)


def test_calls_that_run_alone_have_nobody_to_wait_for() -> None:
    assert not watched([call(8e-3, 32e-3, busy=1.0, idle=3.0, beside=1)] * N)


def test_a_busy_moment_is_forgotten_with_the_next_tenth_of_a_second() -> None:
    loaded = [call(8e-3, 32e-3, busy=1.0, idle=0.0)] * 13
    quiet = [call(8e-3, 32e-3, busy=1.0, idle=3.0)] * 13

    assert watched(loaded + quiet)


def test_what_was_seen_is_told_in_words() -> None:
    watch = GilWatch(4)
    watch.add(call(0.2, 0.8, busy=1.0, idle=2.5))

    assert (
        watch.seen
        == "calls side by side kept 1.00 cores busy and left 2.50 idle, and stood still for 75 % of their time"
    )


def test_nothing_moves_that_would_be_over_before_processes_are_started() -> None:
    few = call(8e-3, 32e-3, busy=1.0, idle=1.0, behind=10)
    assert not watched([few] * 13)
    assert watched([call(8e-3, 32e-3, busy=1.0, idle=1.0, behind=100)] * 13)


def test_work_that_was_done_pays_for_the_start_where_no_call_is_waiting() -> None:
    alone = call(8e-3, 32e-3, busy=1.0, idle=1.0, behind=0)
    assert not watched([alone] * 25)
    assert watched([alone] * 39)


def test_tiny_calls_are_watched_now_and_then_only(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1_000_000))
    monkeypatch.setattr("whichpool.running.executors.gil_watch.perf_counter", lambda: next(clock) * 2e-6)
    watch = GilWatch(4)
    tiny, long = call(5e-6, 5e-6, busy=1.0, idle=3.0), call(1e-3, 1e-3, busy=1.0, idle=3.0)
    seen = 0
    for _ in range(10_000):
        if not watch.is_resting():
            watch.add(tiny)
            seen += 1
    assert 100 < seen < 3_000
    while watch.is_resting():
        pass
    watch.add(long)
    for _ in range(1_000):
        assert not watch.is_resting()
        watch.add(long)


def test_tiny_calls_that_come_seldom_do_not_make_it_rest_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 0.0
    monkeypatch.setattr("whichpool.running.executors.gil_watch.perf_counter", lambda: now_s)
    watch = GilWatch(4)
    for _ in range(50):
        now_s += 60.0
        watch.add(call(5e-6, 5e-6, busy=1.0, idle=3.0))
    now_s += 0.1
    assert not watch.is_resting()
