"""What comes back from a worker, and what does not."""

import functools
import threading


class BadRequest(Exception):
    def __init__(self, url, status):
        super().__init__(f"{url}: {status}")
        self.url = url
        self.status = status


class BadValue(Exception):
    def __init__(self, name, value):
        super().__init__(name, value)
        self.name = name
        self.value = value


double = lambda number: number * 2  # noqa: E731


def power(base, exponent):
    return base**exponent


cube = functools.partial(power, exponent=3)


# label: hazard unpicklable | name: double | items: range(3)


# label: clean | name: cube | items: range(3)


# label: hazard unpicklable | items: range(3)
def adder(number):
    return lambda other: number + other


# label: hazard unpicklable | items: range(3)
def with_its_lock(number):
    return {"number": number, "lock": threading.Lock()}


# label: hazard unpicklable | items: range(3)
def check_status(status):
    if status:
        raise BadRequest("example", status)
    return status


# label: clean | items: range(1)
def check_value(value):
    if value:
        raise BadValue("value", value)
    return value


# label: hazard unpicklable | items: range(3)
def local_record(number):
    class Record:
        pass

    record = Record()
    record.number = number
    return record


# label: clean | items: range(3)
def compose(number):
    def increase(value):
        return value + 1

    return increase(increase(number))
