"""Decorators and generators."""

import functools
import itertools
import time

DURATIONS = {}
LINES = iter(["a", "b", "c", "d", "e", "f"])


def counted(function):
    calls = 0

    @functools.wraps(function)
    def wrapper(*args):
        nonlocal calls
        calls += 1
        return function(*args), calls

    return wrapper


def retried(function):
    @functools.wraps(function)
    def wrapper(*args):
        for attempt in range(3):
            try:
                return function(*args)
            except OSError:
                time.sleep(0.01 * attempt)
        return None

    return wrapper


def timed(function):
    @functools.wraps(function)
    def wrapper(*args):
        begun = time.perf_counter()
        try:
            return function(*args)
        finally:
            DURATIONS.setdefault(function.__name__, []).append(time.perf_counter() - begun)

    return wrapper


@counted
# label: hazard state-assigned state-changed race state-changed-in-trial | items: range(3)
def counted_square(number):
    return number * number


@retried
# label: clean | items: range(3)
def retried_square(number):
    return number * number


@timed
# label: hazard state-changed race | items: range(3)
def timed_square(number):
    return number * number


# label: clean | items: range(3, 6)
def sum_of_generator(size):
    def squares():
        for number in range(size):
            yield number * number

    return sum(squares())


# label: hazard unpicklable | items: range(3)
def lazily(size):
    return (number * number for number in range(size))


# label: hazard state-changed race state-changed-in-trial unpicklable | items: range(2)
def next_line(number):
    return f"{number}: {next(LINES)}"


# label: clean | items: range(3, 6)
def pairs(size):
    return list(itertools.pairwise(range(size)))


# label: clean | items: ["b,a", "d,c"]
def sorted_by_length(line):
    return sorted(line.split(","), key=lambda word: (len(word), word))
