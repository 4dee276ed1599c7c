"""Whether the strategies gave the same results."""

from hypothesis import given
from hypothesis import strategies as st

from tests.decide.making import PROCESSES, SERIAL, THREADS, make_sample
from whichpool.decide.agreement import disagreements
from whichpool.decide.plan import Plan
from whichpool.values import Code, Run, Sample, Strategy

WHOLE = Plan(items=6, measured_items=6, sample_s=1.0, limit_s=10.0, cores=2)
ON_DRAWS = Plan(items=600, measured_items=6, sample_s=1.0, limit_s=10.0, cores=2)
RIGHT = ("a", "b", "c", "d", "e", "f")


def sample(round_number: int, digests: tuple[str, ...] = RIGHT, seed: int | None = None, block: int = 1) -> Sample:
    items = len(digests) * block
    return make_sample(round=round_number, items=items, seed=seed, digests=digests, block=block)


def run(strategy: Strategy, *results: tuple[str, ...]) -> Run:
    return Run(strategy, tuple(sample(number, digests) for number, digests in enumerate(results)))


def wrong(place: int) -> tuple[str, ...]:
    return (*RIGHT[:place], "?", *RIGHT[place + 1 :])


def test_equal_results_are_nothing_to_speak_of() -> None:
    runs = [run(strategy, RIGHT, RIGHT, RIGHT) for strategy in (SERIAL, THREADS, PROCESSES)]
    assert disagreements(runs, SERIAL, WHOLE) == []


def test_a_difference_names_the_strategy_and_the_first_item_that_differs() -> None:
    runs = [run(SERIAL, RIGHT, RIGHT), run(THREADS, RIGHT, RIGHT), run(PROCESSES, RIGHT, wrong(3))]
    (caveat,) = disagreements(runs, SERIAL, WHOLE)
    assert caveat.code is Code.RESULTS_DIFFER
    assert "processes ×2 (fork) gave another result than serial for item 3;" in caveat.message


def test_a_strategy_that_differs_in_many_rounds_is_named_once() -> None:
    runs = [run(SERIAL, RIGHT, RIGHT, RIGHT), run(THREADS, wrong(1), wrong(2), wrong(0))]
    (caveat,) = disagreements(runs, SERIAL, WHOLE)
    assert "for item 1;" in caveat.message


def test_every_strategy_that_differs_is_named() -> None:
    runs = [run(SERIAL, RIGHT), run(THREADS, wrong(0)), run(PROCESSES, wrong(5))]
    assert [caveat.message.partition(" gave")[0] for caveat in disagreements(runs, SERIAL, WHOLE)] == [
        "threads ×2",
        "processes ×2 (fork)",
    ]


def test_a_reference_that_changes_by_itself_is_the_only_thing_said() -> None:
    runs = [run(SERIAL, RIGHT, wrong(4), RIGHT), run(THREADS, wrong(0), RIGHT, RIGHT)]
    (caveat,) = disagreements(runs, SERIAL, WHOLE)
    assert caveat.code is Code.RESULTS_VARY
    assert "the results of serial itself change from run to run (first: item 4)" in caveat.message


def test_draws_of_different_rounds_are_not_held_against_each_other() -> None:
    first, second = sample(1, RIGHT, seed=1), sample(2, tuple(reversed(RIGHT)), seed=2)
    runs = [Run(SERIAL, (first, second)), Run(THREADS, (first, second))]
    assert disagreements(runs, SERIAL, ON_DRAWS) == []


def test_draws_of_different_sizes_are_not_held_against_each_other() -> None:
    few, many = sample(1, RIGHT, seed=1), sample(1, (*reversed(RIGHT), *RIGHT), seed=1)
    (caveat,) = disagreements([Run(SERIAL, (few,)), Run(THREADS, (many,))], SERIAL, ON_DRAWS)
    assert caveat.code is Code.RESULTS_UNCHECKED
    assert str(THREADS) in caveat.message


def test_an_item_of_a_draw_is_named_by_its_place_in_the_whole_input() -> None:
    runs = [Run(SERIAL, (sample(1, RIGHT, seed=7),)), Run(THREADS, (sample(1, wrong(2), seed=7),))]
    (caveat,) = disagreements(runs, SERIAL, ON_DRAWS)
    place = int(caveat.message.partition("for item ")[2].partition(";")[0])
    assert 200 <= place < 300


def test_a_block_of_results_is_named_by_its_first_and_last_item() -> None:
    plan = Plan(items=60, measured_items=60, sample_s=1.0, limit_s=10.0, cores=2)
    runs = [Run(SERIAL, (sample(1, RIGHT, block=10),)), Run(THREADS, (sample(1, wrong(2), block=10),))]
    (caveat,) = disagreements(runs, SERIAL, plan)
    assert "for one of the items 20–29;" in caveat.message


def test_a_strategy_without_samples_is_passed_over() -> None:
    assert disagreements([run(SERIAL, RIGHT), Run(THREADS)], SERIAL, WHOLE) == []


def test_rounds_that_the_reference_did_not_run_cannot_be_checked() -> None:
    assert disagreements([run(SERIAL, RIGHT), run(THREADS, RIGHT, wrong(0))], SERIAL, WHOLE) == []


def test_where_serial_failed_the_reference_may_be_any() -> None:
    runs = [Run(SERIAL), run(THREADS, RIGHT), run(PROCESSES, wrong(0))]
    (caveat,) = disagreements(runs, THREADS, WHOLE)
    assert "processes ×2 (fork) gave another result than threads ×2" in caveat.message


@given(st.lists(st.sampled_from([RIGHT, wrong(0), wrong(5)]), min_size=1, max_size=6), st.permutations([0, 1, 2]))
def test_the_order_of_the_strategies_does_not_matter(results: list[tuple[str, ...]], order: list[int]) -> None:
    steady = [RIGHT] * len(results)
    runs = [run(SERIAL, *steady), run(THREADS, *results), run(PROCESSES, *reversed(results))]
    found = disagreements([runs[place] for place in order], SERIAL, WHOLE)
    assert sorted(found, key=str) == sorted(disagreements(runs, SERIAL, WHOLE), key=str)
