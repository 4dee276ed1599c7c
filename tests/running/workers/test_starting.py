import signal
import weakref

import pytest

from whichpool.running.workers.starting import undisturbed


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
