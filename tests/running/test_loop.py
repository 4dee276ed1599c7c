"""The plain loop keeps every result, whatever fails."""

import sys

import pytest

from whichpool.running.crew import Task
from whichpool.running.loop import alone_s, next_size, run_batch, run_whole_batch


def inverse(number: int) -> float:
    return 1 / number


def test_the_loop_stops_behind_the_first_item_that_fails_and_keeps_what_came_before() -> None:
    answer = run_batch(Task(inverse), 7, [1, 2, 0, 4])
    assert (answer.first, answer.values) == (7, [1.0, 0.5, None])
    assert isinstance(answer.failures[2], ZeroDivisionError)


def test_a_whole_batch_goes_on_behind_what_fails() -> None:
    answer = run_whole_batch(Task(inverse), 0, iter([0, 1, 0, 0, 2]))
    assert answer.values == [None, 1.0, None, None, 0.5]
    assert sorted(answer.failures) == [0, 2, 3]
    assert answer.busy_s > 0


@pytest.mark.parametrize("error", [StopIteration, SystemExit, GeneratorExit, KeyboardInterrupt])
def test_whatever_a_function_raises_is_its_items_failure(error: type[BaseException]) -> None:
    def raising(number: int) -> int:
        if number == 1:
            raise error
        return number

    answer = run_whole_batch(Task(raising), 0, iter([0, 1, 2]))
    assert answer.values == [0, None, 2]
    assert isinstance(answer.failures[1], error)


def test_several_arguments_are_unpacked() -> None:
    assert run_batch(Task(pow, unpacked=True), 0, [(2, 3), (3, 2)]).values == [8, 9]


def test_the_cpu_time_of_the_thread_is_told() -> None:
    answer = run_batch(Task(sum), 0, [range(200_000)])
    assert 0 < answer.cpu_s < sys.float_info.max


@pytest.mark.parametrize(
    ("busy_s", "cpu_s", "others_s", "share", "alone"),
    [
        (0.08, 0.04, 0.08, 1.0, 0.04),  # half of the time it stood in line
        (0.08, 0.04, 0.08, 0.8, 0.05),
        (0.08, 0.08, 0.08, 0.8, 0.08),  # no longer than it took
        (1.03, 0.03, 0.1, 1.0, 0.93),  # it came to wait, and others did not compute for so long
        (0.08, 0.01, 0.08, 0.1, 0.08),  # what waits does not wait for its turns
        (0.08, 0.04, 0.0, 0.0, 0.08),  # there were no others
    ],
)
def test_an_item_beside_threads_would_have_been_as_quick_as_it_was_before_they_came(
    busy_s: float, cpu_s: float, others_s: float, share: float, alone: float
) -> None:
    assert alone_s(busy_s, cpu_s, others_s, share) == pytest.approx(alone)


def test_batches_grow_until_they_take_a_millisecond_and_are_cut_where_they_take_long() -> None:
    sizes = [1]
    while (size := next_size(sizes[-1], sizes[-1] * 1e-6)) != sizes[-1]:
        sizes.append(size)
    assert sizes == [1, 16, 256, 1000]
    assert next_size(1000, 0.1) == 10
    assert next_size(1, 10.0) == 1
    assert next_size(1, 0.0) == 16
