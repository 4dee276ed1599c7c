"""What the contract's workers do. A module of its own, so that spawned workers can import it."""

import ctypes
import os
import resource
import signal
import threading
from typing import NoReturn


class TwoPartError(Exception):
    """An exception that pickle cannot make again: it keeps one argument, and its constructor takes two."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}")


class MuteError(Exception):
    """An exception that cannot say what it is."""

    def __str__(self) -> str:
        message = "no words"
        raise ValueError(message)


class LockedError(Exception):
    """An exception that holds what cannot travel."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.lock = threading.Lock()


class OneWay:
    """Can be pickled, and cannot be made again."""

    def __reduce__(self) -> tuple[object, ...]:
        return int, ("not a number",)


class Gauge:
    """Has a method that can travel only if the gauge can."""

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def read(self, number: int) -> int:
        return number


def square(number: int) -> int:
    return number * number


def sum_of_squares(number: int) -> int:
    """Call another function of the module, but only from within a generator expression."""
    return sum(square(each) for each in range(number))


def add(one: int, other: int) -> int:
    return one + other


def same(value: object) -> object:
    return value


def raise_odd(number: int) -> int:
    """Raise a different kind of exception for each odd number."""
    errors: dict[int, Exception] = {
        1: ValueError("one"),
        3: StopIteration("three"),
        5: TwoPartError("five", "two parts"),
        7: LockedError("seven"),
    }
    if number in errors:
        raise errors[number]
    return number


def raise_mutely(number: int) -> int:
    if number == 1:
        raise MuteError
    return number


def lock_of_one(number: int) -> object:
    """Return something that cannot be pickled for 1, something that cannot be unpickled for 2, else the number."""
    if number == 1:
        return threading.Lock()
    return OneWay() if number == 2 else number


def kind_of(value: object) -> str:
    return type(value).__name__


def nested(depth: int) -> list[object]:
    """Make a list too deep to be pickled, for depths above some thousands."""
    whole: list[object] = []
    for _ in range(depth):
        whole = [whole]
    return whole


def leave_by_exit(_number: int) -> NoReturn:
    raise SystemExit(5)


def leave_by_interrupt(_number: int) -> NoReturn:
    raise KeyboardInterrupt


def die_by_kill(_number: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_by_exit(_number: int) -> NoReturn:
    os._exit(7)


def die_by_segfault(_number: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import faulthandler  # noqa: PLC0415 - an interpreter of its own cannot load it

    faulthandler.disable()  # pytest's, which a forked worker has too; in any thread, unlike signal.signal
    ctypes.string_at(0)


def who(_number: int) -> tuple[int, int]:
    """Tell the process and the thread that ran this."""
    return os.getpid(), threading.get_ident()


def native_thread(_number: int) -> int:
    """Tell the thread that ran this, as the system numbers it."""
    return threading.get_native_id()
