"""Memoising, by hand and with the standard library."""

import functools
import math
import weakref

CACHE: dict[int, int] = {}
MODEL = None
PRIMES = (2, 3, 5, 7, 11, 13)
UNITS = {"mm": 0.001, "cm": 0.01, "m": 1.0, "km": 1000.0}
OBJECTS = weakref.WeakValueDictionary()


# label: hazard state-changed race | items: range(3, 6)
def factorial_by_hand(number):
    if number not in CACHE:
        CACHE[number] = math.factorial(number)
    return CACHE[number]


@functools.lru_cache(maxsize=None)
# label: clean | items: range(10, 13)
def fibonacci(number):
    return number if number < 2 else fibonacci(number - 1) + fibonacci(number - 2)


# label: hazard mutable-default state-changed race | items: range(3, 6)
def square_with_default(number, seen={}):
    if number not in seen:
        seen[number] = number * number
    return seen[number]


# label: hazard state-assigned race | items: range(3)
def predict(number):
    global MODEL
    if MODEL is None:
        MODEL = [weight / 10 for weight in range(10)]
    return sum(weight * number for weight in MODEL)


class Polygon:
    def __init__(self, sides):
        self.sides = sides

    @functools.cached_property
    def angle(self):
        return 360 / self.sides


# label: clean | items: range(3, 6)
def angle_of(sides):
    return Polygon(sides).angle


# label: clean | items: [("5", "km"), ("2", "cm")]
def to_metres(amount, unit):
    return float(amount) * UNITS[unit]


# label: clean | items: range(30, 33)
def smallest_factor(number):
    return next((prime for prime in PRIMES if number % prime == 0), number)


class Node:
    def __init__(self, name):
        self.name = name


# label: hazard state-changed race | items: ["a", "b", "a"]
def interned(name):
    return OBJECTS.setdefault(name, Node(name)).name


@functools.cache
def _table(size):
    return [number * number for number in range(size)]


# label: clean | items: range(3, 6)
def from_table(number):
    return _table(10)[number]
