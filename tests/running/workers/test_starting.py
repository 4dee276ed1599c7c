import os
import signal
import subprocess
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from whichpool.running.crew import Task
from whichpool.running.workers import starting
from whichpool.running.workers.starting import fork, start_anew, undisturbed


class Thing:
    """Something that can be seen to be gone."""


def be_interrupted_with(things: list["weakref.ref[Thing]"]) -> None:
    thing = Thing()
    things.append(weakref.ref(thing))
    signal.raise_signal(signal.SIGINT)


def test_an_interrupt_is_held_back_until_what_is_being_done_is_done() -> None:
    done: list[str] = []

    def do() -> None:
        signal.raise_signal(signal.SIGINT)
        done.append("all of it")

    with pytest.raises(KeyboardInterrupt), undisturbed():
        do()
    assert done == ["all of it"]


def test_an_interrupt_that_was_held_back_keeps_nothing_alive_of_what_it_came_at() -> None:
    things: list[weakref.ref[Thing]] = []
    with pytest.raises(KeyboardInterrupt) as interrupted, undisturbed():
        be_interrupted_with(things)
    assert things[0]() is None, interrupted.value


def test_the_callers_handler_hears_of_an_interrupt_that_was_held_back() -> None:
    heard = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        with undisturbed():
            signal.raise_signal(signal.SIGTERM)
            assert not heard
        assert heard == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)


class Told(Exception):
    """What a handler of a signal raises."""


@pytest.fixture
def heard() -> Iterator[list[int]]:
    """Have handlers for both signals that note what they hear, and raise."""
    heard: list[int] = []

    def hear(number: int, _: object) -> None:
        heard.append(number)
        raise Told(number)

    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, hear) for number in numbers]
    yield heard
    handlers = [signal.signal(*pair) for pair in zip(numbers, before, strict=True)]
    assert handlers == [hear, hear]


def be_sent(*numbers: int) -> None:
    for number in numbers:
        signal.raise_signal(number)


def hit_the_next(monkeypatch: pytest.MonkeyPatch, heard: list[int], *, before_it_is_put: bool = False) -> None:
    """Have SIGTERM come as the next handler is put in place, unless one has been heard: where nobody could hit it."""
    put = signal.signal

    def put_and_be_hit(number: int, handler: Callable[..., Any]) -> object:
        before = put(number, handler)
        if not heard:
            if before_it_is_put:
                put(signal.SIGTERM, before)
            signal.raise_signal(signal.SIGTERM)
        return before

    monkeypatch.setattr(signal, "signal", put_and_be_hit)


def test_signals_that_were_held_back_are_all_heard_though_each_handler_raises(heard: list[int]) -> None:
    with pytest.raises(Told), undisturbed():
        be_sent(signal.SIGTERM, signal.SIGINT)
    assert heard == [signal.SIGTERM, signal.SIGINT]


def test_handlers_are_all_there_again_though_one_raises_while_they_are_put_back(
    heard: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_interrupted() -> None:
        signal.raise_signal(signal.SIGINT)
        hit_the_next(monkeypatch, heard)

    with pytest.raises(Told), undisturbed():
        be_interrupted()
    assert heard == [signal.SIGTERM, signal.SIGINT]


def test_handlers_are_all_there_again_though_one_raises_before_it_is_held_back(
    heard: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    hit_the_next(monkeypatch, heard, before_it_is_put=True)
    with pytest.raises(Told), undisturbed():
        pytest.fail("it has begun all the same")
    assert heard == [signal.SIGTERM]


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names are enough


@pytest.mark.parametrize(
    ("start", "owner", "name"),
    [
        (lambda: start_anew(1), subprocess, "Popen"),
        (lambda: start_anew(1), os, "ftruncate"),
        (lambda: fork(Task(abs)), os, "fork"),
        (lambda: fork(Task(abs)), starting, "BlackBox"),
    ],
)
def test_a_worker_that_is_not_started_leaves_nothing_open_whatever_is_raised(
    start: Callable[[], object],
    owner: object,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = descriptors()
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, interrupt)
        with pytest.raises(KeyboardInterrupt) as raised:  # whose frames keep alive what they hold
            start()
    assert descriptors() == before, raised.value
