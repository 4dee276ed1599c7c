"""Methods and the objects that they are bound to."""

import collections
import dataclasses
import threading


@dataclasses.dataclass(frozen=True)
class Point:
    x: float
    y: float

    def moved(self, by):
        return dataclasses.replace(self, x=self.x + by)

    def norm(self):
        return (self.x**2 + self.y**2) ** 0.5


class Scaler:
    def __init__(self, factor):
        self.factor = factor

    def scale(self, number):
        return number * self.factor


class Account:
    def __init__(self):
        self.balance = 0
        self.history = []

    def deposit(self, amount):
        self.balance += amount
        self.history.append(amount)
        return self.balance


class Guarded:
    def __init__(self):
        self.lock = threading.Lock()
        self.factor = 2

    def scale(self, number):
        return number * self.factor


ORIGIN = Point(0.0, 0.0)
DOUBLE = Scaler(2)
ACCOUNT = Account()
GUARDED = Guarded()
RECENT = collections.deque(maxlen=10)
REGISTRY = {}


def register(function):
    REGISTRY[function.__name__] = function
    return function


# label: clean | items: range(3)
def move(by):
    return ORIGIN.moved(by).norm()


# label: clean | name: DOUBLE.scale | items: range(3)


# label: hazard state-changed race | name: ACCOUNT.deposit | items: range(3)


# label: hazard unpicklable lock resource | name: GUARDED.scale | items: range(3)


# label: hazard state-changed race | items: range(3)
def pay(amount):
    return ACCOUNT.deposit(amount)


# label: clean | items: [[1, 2], [3, 4]]
def statement(amounts):
    account = Account()
    for amount in amounts:
        account.deposit(amount)
    return account.history, account.balance


# label: hazard state-changed | items: range(3)
def visit(page):
    RECENT.append(page)
    return len(RECENT)


@register
# label: clean | items: range(3)
def registered(number):
    return REGISTRY["registered"].__name__, number


# label: hazard iteration-while-changed state-changed state-changed-in-trial | items: ["a", "b"]
def expire(name):
    PENDING[name] = len(name)
    for key in PENDING:
        if PENDING[key] > 3:
            return key
    return None


PENDING = {"first": 1}


# label: clean | name: Point.norm | items: [Point(3.0, 4.0), Point(6.0, 8.0)]
