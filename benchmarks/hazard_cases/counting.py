"""Counting: what survives the end of a call, and what is made anew by each."""

import itertools
import threading
from collections import Counter

TOTAL = 0
COUNTS: dict[str, int] = {}
LOCKED_COUNTS: dict[str, int] = {}
LOCK = threading.Lock()
TICKETS = itertools.count()
WORDS = ["tea", "coffee", "tea", "water"]


# label: hazard state-assigned race | items: range(3)
def add_to_total(number):
    global TOTAL
    TOTAL += number
    return number


# label: hazard state-changed race | items: WORDS
def count_word(word):
    COUNTS[word] = COUNTS.get(word, 0) + 1


# label: hazard state-changed lock | items: WORDS
def count_word_under_a_lock(word):
    with LOCK:
        LOCKED_COUNTS[word] = LOCKED_COUNTS.get(word, 0) + 1


# label: clean | items: ["a b a", "b c"]
def count_words_of_a_line(line):
    counts = Counter(line.split())
    counts["total"] = sum(counts.values())
    return dict(counts)


# label: clean | items: [[1, 5, 2], [7, 3]]
def running_maximum(numbers):
    best = float("-inf")

    def improve(number):
        nonlocal best
        if number > best:
            best = number
        return best

    return [improve(number) for number in numbers]


# label: hazard state-changed race | items: WORDS
def ticket(name):
    return f"{name}-{next(TICKETS)}"


# label: hazard state-changed race | items: range(3)
def times_called(number):
    times_called.calls += 1
    return number * times_called.calls


times_called.calls = 0


class Tally:
    total = 0

    def add(self, number):
        Tally.total += number
        return number


# label: hazard state-changed race | items: range(3)
def add_to_class(number):
    return Tally().add(number)


# label: clean | items: WORDS
def vowels(word):
    found = set()
    for letter in word:
        if letter in "aeiou":
            found.add(letter)
    return sorted(found)
