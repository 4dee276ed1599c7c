"""What things cost is measured in a child, pool by pool and size by size."""

import multiprocessing
import sys
from pathlib import Path

import pytest

from whichpool.errors import Trouble, WrongCall
from whichpool.lab import sending_costs as sending
from whichpool.lab.launch import measure_costs
from whichpool.lab.wire import read_answer
from whichpool.machine.memory import MemoryLeft
from whichpool.pools.catalogue import CATALOGUE
from whichpool.values import Costs, Failure, PoolCosts, Python


@pytest.fixture(scope="module")
def costs() -> Costs:
    """Measure them once for all tests."""
    measured = measure_costs(Python(), 100.0)
    assert isinstance(measured, Costs)
    return measured


def of(costs: Costs, pool: str, method: str | None = None) -> PoolCosts:
    return next(each for each in costs.pools if (each.pool, each.start_method) == (pool, method))


def test_every_pool_but_clusters_is_measured_or_said_to_be_missing(costs: Costs) -> None:
    told = {each.pool for each in costs.pools} | set(costs.missing)
    assert told == {row.name for row in CATALOGUE if not row.is_cluster} - {"serial"}
    assert all(costs.missing.values())


def test_processes_are_started_in_every_way(costs: Costs) -> None:
    methods = {each.start_method for each in costs.pools if each.pool == "processes"}
    assert methods == set(multiprocessing.get_all_start_methods())


def test_every_figure_has_as_many_samples_as_there_were_rounds(costs: Costs) -> None:
    counts = {
        len(samples)
        for each in costs.pools
        for samples in (each.ready_s, each.close_s, each.task_s, each.chunked_task_s)
    }
    assert len(counts) == 1
    assert counts.pop() >= 1
    assert all(sample > 0 for each in costs.pools for sample in (*each.ready_s, *each.close_s, *each.task_s))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process shares with no other")
def test_a_process_of_its_own_has_more_memory_than_a_thread_adds(costs: Costs) -> None:
    assert min(of(costs, "processes", "spawn").private_bytes) > max(of(costs, "threads").private_bytes)
    assert min(of(costs, "processes", "spawn").pss_bytes) > 1e6


def test_bytes_of_every_size_are_pickled_and_moved(costs: Costs) -> None:
    moved = [each for each in costs.sendings if each.what == "bytes"]
    assert {each.amount for each in moved} >= {1, 1024, 65_536, 1 << 20}
    assert all(each.size_bytes > each.amount and each.dump_s and each.load_s and each.pipe_s for each in moved)


def test_numbers_and_dicts_are_pickled_only(costs: Costs) -> None:
    others = [each for each in costs.sendings if each.what != "bytes"]
    assert [each.what for each in others] == ["ints", "dicts"]
    assert all(each.dump_s and each.load_s and not each.pipe_s for each in others)


def test_bytes_that_memory_does_not_hold_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "memory_left", lambda: MemoryLeft(1 << 20, "made up"))
    monkeypatch.setattr(sending, "_ROUNDS", 1)
    assert [each.amount for each in sending.sending_costs() if each.what == "bytes"] == [1, 1024, 65_536]


def test_a_measurement_that_takes_too_long_is_cut() -> None:
    failure = measure_costs(Python(), 0.2)
    assert isinstance(failure, Failure)
    assert failure.trouble is Trouble.CUT
    assert "gave no result within 0.2 s" in failure.message


def test_a_python_that_does_not_exist_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(WrongCall, match="cannot be started"):
        measure_costs(Python(str(tmp_path / "python")), 1.0)


def test_a_line_that_only_looks_like_costs_is_ignored() -> None:
    assert read_answer(b'{"kind": "Costs", "python": "3.11"}') is None
