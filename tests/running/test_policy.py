"""Workers are started where they pay, and nowhere else."""

from hypothesis import given
from hypothesis import strategies as st

from whichpool.running.policy import (
    BATCH_S,
    Machine,
    Plan,
    Seen,
    batch_size,
    better,
    choose,
    could_pay,
    is_open,
    loses,
    most_under_way,
    plans,
    seems_free_of_gil,
)

TWO = Machine(2.0, forks=True)
BOTH = ("threads", "processes")


def computing(item_s: float, done: int, left: int | None, **more: float) -> Seen:
    facts = {"wall_s": item_s, "cpu_s": item_s, "own_cpu_s": item_s, "held": 1.0, **more}
    return Seen(done, done * item_s, remaining=left, **facts)  # type: ignore[arg-type]


def waiting(item_s: float, done: int, left: int) -> Seen:
    return Seen(done, done * item_s, item_s, item_s / 100, item_s / 100, held=0.01, remaining=left)


def chosen(seen: Seen, machine: Machine = TWO, allowed: tuple[str, ...] = BOTH) -> Plan | None:
    return choose(plans(seen, machine, allowed), seen)


def test_a_long_job_that_holds_the_gil_goes_to_processes() -> None:
    plan = chosen(computing(0.01, 5, 200))
    assert plan is not None
    assert (plan.pool, plan.workers) == ("processes", 2)
    assert 1.8 < plan.speedup <= 2.0


def test_a_short_job_stays_in_the_loop() -> None:
    assert chosen(computing(1e-6, 1000, 3000)) is None


def test_where_the_gil_is_free_threads_spare_what_is_slow_to_start_or_to_send() -> None:
    for seen, machine in (
        (computing(0.01, 12, 30, held=0.02), Machine(2.0, forks=False)),
        (computing(0.01, 5, 200, held=0.02, caller_s=0.004), TWO),
    ):
        plan = chosen(seen, machine)
        assert plan is not None
        assert plan.pool == "threads"


def test_what_may_hold_the_gil_for_moments_goes_to_processes_that_are_quickly_forked() -> None:
    plan = chosen(computing(0.01, 5, 200, held=0.02))
    assert plan is not None
    assert plan.pool == "processes"


def test_without_a_gil_threads_are_enough() -> None:
    plan = chosen(computing(0.01, 5, 200), Machine(2.0, forks=True, has_gil=False))
    assert plan is not None
    assert plan.pool == "threads"


def test_what_waits_gets_many_more_workers_than_cores() -> None:
    plan = chosen(waiting(0.02, 1, 60))
    assert plan is not None
    assert plan.pool == "threads"
    assert plan.workers >= 30


def test_the_last_of_a_few_long_items_share_the_cores() -> None:
    workers = {left: chosen(computing(1.0, 5, left)) for left in (10, 23, 1001)}
    assert {left: plan and plan.workers for left, plan in workers.items()} == {10: 2, 23: 3, 1001: 2}


def test_one_core_gives_nothing_to_what_computes() -> None:
    assert chosen(computing(0.01, 50, 2000), Machine(1.0, forks=True)) is None


def test_the_work_done_so_far_has_to_pay_for_starting_processes_anew() -> None:
    slow_to_start = Machine(2.0, forks=False)
    assert chosen(computing(0.01, 5, 1000), slow_to_start) is None
    assert chosen(computing(0.01, 15, 1000), slow_to_start) is not None


def test_of_an_unknown_number_of_items_as_many_are_taken_to_be_left_as_are_done() -> None:
    assert chosen(computing(0.001, 10, None)) is None
    assert chosen(computing(0.001, 200, None)) is not None


def test_results_that_take_longer_to_send_than_to_make_stay_at_home() -> None:
    assert chosen(computing(0.01, 10, 500, caller_s=0.02, sending_s=0.02, travel_bytes=3_000_000)) is None


def test_more_workers_than_cores_do_not_make_up_for_what_the_caller_spends_on_results() -> None:
    seen = computing(0.03, 5, 45, sending_s=0.01, caller_s=0.006)
    assert chosen(seen, allowed=("processes",)) is None


def test_an_iterator_that_takes_all_the_time_cannot_be_helped() -> None:
    assert not could_pay(computing(0.0001, 100, 10_000, pulling_s=0.05), TWO)


@given(
    item_s=st.floats(1e-7, 10),
    share=st.floats(0.01, 2),
    done=st.integers(1, 1000),
    left=st.integers(0, 10**6),
    held=st.floats(0, 1),
)
def test_a_plan_always_ends_before_the_loop_would(
    item_s: float, share: float, done: int, left: int, held: float
) -> None:
    cpu_s = item_s * share
    seen = Seen(done, done * item_s, item_s, cpu_s, min(cpu_s, item_s), held=held, remaining=left)
    plan = chosen(seen)
    assert plan is None or plan.end_s < left * item_s
    assert plan is None or could_pay(seen, TWO) or left * item_s < 1


def test_a_pool_that_disappoints_is_left_for_one_that_promises_clearly_more() -> None:
    seen = computing(0.01, 5, 200)
    others = plans(seen, TWO, ("processes",))
    assert better(others, seen, speedup=1.0) is not None
    assert better(others, seen, speedup=1.9) is None
    assert loses(0.5)
    assert not loses(1.0)


def test_what_a_pool_turned_out_to_be_takes_the_place_of_its_forecast() -> None:
    seen = computing(0.01, 5, 200)
    (plan,) = plans(seen, TWO, ("processes",), known={"processes": (3, 0.7)})
    assert (plan.workers, plan.speedup) == (3, 0.7)


def test_who_holds_the_gil_is_open_until_it_was_listened_for() -> None:
    assert is_open(computing(0.01, 1, 10, held=None), TWO)  # type: ignore[arg-type]
    assert not is_open(computing(0.01, 1, 10), TWO)
    assert not is_open(waiting(0.01, 1, 10), TWO)


def test_little_is_needed_for_the_guess_that_what_computes_leaves_the_gil_free() -> None:
    assert seems_free_of_gil(computing(0.01, 1, 10, held=0.2))
    assert not seems_free_of_gil(computing(0.01, 1, 10, held=0.4))
    assert not seems_free_of_gil(computing(0.01, 1, 10, held=None))  # type: ignore[arg-type]
    assert not seems_free_of_gil(waiting(0.01, 1, 10))


@given(left=st.integers(1, 10**6), workers=st.integers(1, 64), item_s=st.floats(1e-8, 10), room=st.integers(1, 10**5))
def test_a_batch_holds_an_item_at_least_and_leaves_every_worker_some(
    left: int, workers: int, item_s: float, room: int
) -> None:
    size = batch_size("processes", workers, item_s=item_s, item_bytes=0.0, left=left, room=room)
    assert 1 <= size <= room
    assert size == 1 or size * workers <= left or size * item_s <= BATCH_S["processes"] / 20


def test_batches_of_large_items_are_small() -> None:
    assert batch_size("processes", 2, item_s=1e-6, item_bytes=2**21, left=None, room=1000) == 2
    assert most_under_way(2, item_bytes=2**24) == 8
    assert most_under_way(2, item_bytes=0) > 10_000


def test_what_is_left_is_told_where_nothing_is_known_but_how_much_was_done() -> None:
    assert Seen(10, 1.0, 0.1, 0.1, 0.1).left == 10
    assert Seen(1000, 1.0, 0.1, 0.1, 0.1).left == 10
    assert Seen(10, 1.0, 0.0, 0.0, 0.0).left == 10
    assert Seen(10, 1.0, 0.1, 0.1, 0.1, remaining=3).left == 3
