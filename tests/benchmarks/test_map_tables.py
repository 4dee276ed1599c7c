import math
from collections import Counter

import pytest
from library_defaults import LIBRARIES, PLAIN_LOOP, WHICHPOOL, Library
from map_tables import SCOPES, Compared, held, jobs_table, mean, means_table, within, worst

from whichpool.values import Strategy

JOBLIB = next(library for library in LIBRARIES if library.name == "joblib")
SERIAL, THREADS = Strategy("serial", chunksize=10), Strategy("threads", 8, 1)
PEERS = [PLAIN_LOOP, JOBLIB]


def compared(name: str, best_s: float, ours: float, **others: float) -> Compared:
    """Make up an example of which a loop takes ten times as long as the best strategy, and the rest what is said."""
    times_s: dict[Strategy | Library, float] = {SERIAL: 10 * best_s, THREADS: best_s, WHICHPOOL: ours * best_s}
    times_s[PLAIN_LOOP] = others.get("loop", 10.0) * best_s
    if "joblib" in others:
        times_s[JOBLIB] = others["joblib"] * best_s
    return Compared(name, times_s, best_s, Counter({"threads ×8": 2, "the loop": 1}))


def test_everything_is_told_as_a_multiple_of_the_best_strategy() -> None:
    found = compared("polling", 0.2, ours=1.2, joblib=3.0)
    assert found.best == THREADS
    assert found.times_best(WHICHPOOL) == pytest.approx(1.2)
    assert found.times_best(JOBLIB) == pytest.approx(3.0)
    assert found.ended_on == "threads ×8 (2 of 3)"


def test_a_strategy_that_was_cut_is_not_the_best() -> None:
    found = Compared("polling", {SERIAL: 1.0, THREADS: math.inf}, 1.0, Counter())
    assert found.best == SERIAL
    assert found.ended_on == "-"


def test_nothing_is_held_against_a_best_that_was_cut() -> None:
    found = Compared("polling", {SERIAL: 1.0, WHICHPOOL: 1.0}, math.inf, Counter())
    assert math.isnan(mean([found], WHICHPOOL))


def test_the_two_readings_of_long_jobs_differ() -> None:
    short, middle, long = (compared(name, best_s, 1.0) for name, best_s in (("a", 0.005), ("b", 0.05), ("c", 0.5)))
    assert [len(within(scope, [short, middle, long])) for scope in SCOPES] == [3, 1, 2]


def test_means_are_geometric_and_leave_out_what_failed() -> None:
    found = [compared("a", 1.0, ours=1.0, joblib=8.0), compared("b", 1.0, ours=4.0)]
    assert mean(found, WHICHPOOL) == pytest.approx(2.0)
    assert worst(found, WHICHPOOL) == pytest.approx(4.0)
    assert mean(found, JOBLIB) == pytest.approx(8.0)


def test_all_holds_where_we_are_near_the_best_and_below_every_peer() -> None:
    sentences = list(held([compared("a", 1.0, ours=1.05, joblib=1.2), compared("b", 1.0, ours=1.0)], PEERS))
    assert len(sentences) == 8
    assert all(sentence.endswith("holds") for sentence in sentences)


def test_one_job_that_is_far_from_the_best_is_enough_to_miss_the_worst_case() -> None:
    found = [compared(str(number), 1.0, ours=1.0) for number in range(20)] + [compared("slow", 1.0, ours=1.6)]
    missed = [sentence for sentence in held(found, PEERS) if sentence.endswith("MISSED")]
    assert [sentence.partition(":")[2] for sentence in missed] == [" worst at most 1.5: 1.600: MISSED"] * 2


def test_a_peer_is_compared_over_what_it_could_run() -> None:
    found = [compared("easy", 1.0, ours=1.0, joblib=1.02), compared("hard", 1.0, ours=1.08)]
    assert all(sentence.endswith("holds") for sentence in held(found, PEERS))


def test_a_peer_that_is_faster_is_seen() -> None:
    missed = [
        sentence for sentence in held([compared("a", 1.0, ours=1.05, joblib=1.02)], PEERS) if "1 of 2" in sentence
    ]
    assert len(missed) == 3
    assert all(sentence.endswith("MISSED") for sentence in missed)


def test_nothing_holds_where_ours_failed() -> None:
    failed = Compared("a", {SERIAL: 1.0, PLAIN_LOOP: 1.0}, 1.0, Counter())
    assert all(sentence.endswith("MISSED") for sentence in held([failed], PEERS))


def test_the_tables_have_a_row_for_each_job_and_three_for_each_reading() -> None:
    found = [compared("a", 1.0, ours=1.05), compared("b", 0.01, ours=1.0)]
    assert jobs_table(found, PEERS).row_count == 2
    assert means_table(found, PEERS).row_count == 9
