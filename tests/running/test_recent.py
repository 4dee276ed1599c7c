"""What the last items have taken is the best guess at what the next ones will."""

import pytest

from whichpool.running.recent import Recent, Spent


def spent(items: int, item_s: float) -> Spent:
    return Spent(items, items * item_s, items * item_s / 2, items * item_s)


def item_s(recent: Recent, under_way: Spent | None = None, **fewest: int) -> float:
    lately = recent.lately(under_way, **fewest)
    return lately.busy_s / lately.items


def test_items_that_are_alike_take_what_all_of_them_have() -> None:
    recent = Recent()
    for _ in range(1000):
        recent.note(spent(3, 0.01))
    assert item_s(recent) == pytest.approx(0.01)
    assert recent.lately().items >= 1500
    assert recent.whole.items == 3000


def test_long_items_after_quick_ones_are_known_for_long_after_two_of_them() -> None:
    recent = Recent()
    for _ in range(50):
        recent.note(spent(1000, 1e-6))
    recent.note(spent(1, 1.0))
    assert item_s(recent) < 0.01
    assert item_s(recent, fewest=1) == pytest.approx(1.0)
    recent.note(spent(1, 1.0))
    assert item_s(recent) == pytest.approx(1.0)


def test_one_that_is_under_way_counts_as_one_that_has_ended() -> None:
    recent = Recent()
    recent.note(spent(1000, 1e-6))
    recent.note(spent(1, 1.0))
    assert item_s(recent, spent(1, 2.0)) == pytest.approx(1.5)


def test_an_item_that_was_long_is_told_from_quick_ones_before_it() -> None:
    recent = Recent()
    recent.note(spent(1000, 1e-6))
    recent.note(spent(99, 1e-6) + spent(1, 0.5), last_is_long=True)
    assert recent.whole.items == 1100
    assert item_s(recent, fewest=1) == pytest.approx(0.5)


def test_the_first_item_is_left_out_when_it_was_slow_and_others_have_followed() -> None:
    recent = Recent()
    recent.note(spent(1, 1.0))
    recent.note(spent(10, 1e-3))
    assert item_s(recent) == pytest.approx(1e-3)


def test_nothing_is_known_before_the_first_item() -> None:
    assert Recent().lately() == Spent()


def test_what_is_remembered_does_not_grow_with_the_job() -> None:
    recent = Recent()
    for _ in range(100_000):
        recent.note(spent(1, 1e-3))
    assert len(recent._marks) < 20  # noqa: SLF001 - nothing else shows it
