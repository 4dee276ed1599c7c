"""What to expect on another machine or build: never more than the bounds allow."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decide.making import ITEMS, make_anatomy, make_evidence
from whichpool.decide.what_if import prospects
from whichpool.values import THIS_PYTHON, Anatomy, Band, Elsewhere, Options, Prospect

HERE = 2.0


def asked(
    anatomy: Anatomy,
    *elsewhere: Elsewhere,
    held: Band | None = None,
    pools: tuple[str, ...] = (),
    items: int = 10 * ITEMS,
    gil: bool = True,
) -> dict[tuple[Elsewhere, str], Prospect]:
    evidence = make_evidence(anatomy, Options(what_if=elsewhere, pools=pools), HERE, gil=gil, items=items)
    found = prospects(
        THIS_PYTHON,
        evidence.looks[THIS_PYTHON],
        held or (anatomy.gil_held if gil else Band(0.0, 0.0)),
        evidence.options,
        HERE,
    )
    return {(prospect.elsewhere, prospect.strategy.pool): prospect for prospect in found}


def test_each_machine_has_one_prospect_of_each_pool() -> None:
    machines = (Elsewhere(16), Elsewhere(64, gil=False), Elsewhere(gil=False))
    found = asked(make_anatomy(), *machines)
    assert list(found) == [(machine, pool) for machine in machines for pool in ("threads", "processes")]


def test_more_cores_are_used_by_processes_and_not_by_threads_that_hold_the_gil() -> None:
    machine = Elsewhere(16)
    found = asked(make_anatomy(), machine)
    assert found[machine, "threads"].high < 1.1
    assert found[machine, "threads"].strategy.workers == 2
    assert 10 < found[machine, "processes"].low <= found[machine, "processes"].high <= 16
    assert found[machine, "processes"].strategy.workers >= 16


def test_without_the_gil_threads_use_the_cores_but_each_may_be_slower() -> None:
    machine = Elsewhere(16, gil=False)
    threads = asked(make_anatomy(), machine)[machine, "threads"]
    assert threads.strategy.workers >= 16
    assert 10 < threads.high <= 16
    assert threads.low <= threads.high / 1.35


def test_where_there_is_no_gil_here_nothing_is_slower_elsewhere() -> None:
    machine = Elsewhere(gil=False)
    here = asked(make_anatomy(), machine, gil=False)[machine, "threads"]
    assert here.low > 1.5
    assert here.high <= HERE


def test_what_threads_did_in_the_race_counts_elsewhere_too() -> None:
    machine = Elsewhere(16)
    anatomy = make_anatomy(gil_held=Band(0.0, 1.0))
    assert asked(anatomy, machine, held=Band(0.5, 0.5))[machine, "threads"].high <= 2
    assert asked(anatomy, machine, held=Band(0.0, 0.1))[machine, "threads"].low > 5


def test_only_pools_that_the_user_wants_and_that_can_run_it_are_told_of() -> None:
    machine = Elsewhere(4)
    assert list(asked(make_anatomy(), machine, pools=("processes",))) == [(machine, "processes")]
    assert list(asked(make_anatomy(results=None), machine)) == [(machine, "threads")]


def test_nothing_asked_is_nothing_told() -> None:
    assert asked(make_anatomy()) == {}


@settings(max_examples=30)
@given(
    anatomy=st.builds(
        lambda item_s, cpu, held: make_anatomy(
            item_s, cpu_s=cpu * item_s, gil_held=Band(cpu * min(held), cpu * max(held))
        ),
        st.floats(1e-5, 1.0),
        st.floats(0.0, 1.0),
        st.tuples(st.floats(0, 1), st.floats(0, 1)),
    ),
    machine=st.builds(Elsewhere, st.sampled_from([1, 1.5, 4, 16]), st.booleans()),
    items=st.integers(1, 500),
)
def test_no_prospect_exceeds_the_cores_the_items_or_the_gil(anatomy: Anatomy, machine: Elsewhere, items: int) -> None:
    for prospect in asked(anatomy, machine, items=items).values():
        most: list[float] = [items, prospect.strategy.workers]
        if anatomy.cpu_s:
            most.append((machine.cores or HERE) * anatomy.item_s / anatomy.cpu_s)
        if machine.gil and anatomy.gil_held.low and prospect.strategy.pool == "threads":
            most.append(1 / anatomy.gil_held.low)
        assert 0 < prospect.low <= prospect.high <= min(most) * 1.001


def test_more_workers_than_pay_are_not_proposed() -> None:
    machine = Elsewhere(8)
    found = asked(make_anatomy(cpu_s=0.005, gil_held=Band(0.0, 0.0)), machine, items=100_000)
    assert 16 <= found[machine, "threads"].strategy.workers <= 32


def test_a_large_machine_has_its_limits_too() -> None:
    machine = Elsewhere(64)
    found = asked(make_anatomy(cpu_s=0.0001, gil_held=Band(0.0, 0.0)), machine, items=50_000)
    assert 100 < found[machine, "threads"].strategy.workers <= 1024
