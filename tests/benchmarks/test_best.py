from pathlib import Path

from best import KeptBest

from whichpool.values import Strategy

SERIAL = Strategy("serial", chunksize=60)
THREADS = Strategy("threads", 32, 1)
PROCESSES = Strategy("processes", 2, 15, "fork", native_threads=1)


def test_the_best_strategies_are_the_same_in_a_later_run(tmp_path: Path) -> None:
    file = tmp_path / "best.json"
    KeptBest(file).keep("polling", {PROCESSES: 0.2, SERIAL: 0.9, THREADS: 0.1}, SERIAL, most=2)
    assert KeptBest(file).of("polling") == (SERIAL, THREADS, PROCESSES)
    assert KeptBest(file).of("fetch") == ()


def test_only_so_many_are_kept_and_always_the_plain_loop(tmp_path: Path) -> None:
    kept = KeptBest(tmp_path / "best.json")
    kept.keep("polling", {PROCESSES: 0.2, THREADS: 0.1}, SERIAL, most=1)
    assert kept.of("polling") == (SERIAL, THREADS)


def test_examples_do_not_push_each_other_out(tmp_path: Path) -> None:
    file = tmp_path / "best.json"
    KeptBest(file).keep("polling", {THREADS: 0.1}, SERIAL, most=1)
    KeptBest(file).keep("fetch", {PROCESSES: 0.1}, SERIAL, most=1)
    assert KeptBest(file).of("polling") == (SERIAL, THREADS)
    assert KeptBest(file).of("fetch") == (SERIAL, PROCESSES)


def test_without_a_file_nothing_is_written(tmp_path: Path) -> None:
    kept = KeptBest(None)
    kept.keep("polling", {THREADS: 0.1}, SERIAL, most=1)
    assert kept.of("polling") == (SERIAL, THREADS)
    assert list(tmp_path.iterdir()) == []
