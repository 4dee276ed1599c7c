"""What many items share is sent once."""

import gc
import pickle
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import count, islice
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whichpool.errors import Trouble
from whichpool.pools import sharing
from whichpool.pools.chunk import Chunk
from whichpool.pools.dealing import Dealer
from whichpool.pools.parcel import Parcel
from whichpool.pools.protocol import Cluster, PoolFailed
from whichpool.pools.sharing import WORTH_BYTES, Reference, Shares, forget, hold

LARGE = 4 * WORTH_BYTES


def _chunks(*items: object) -> list[Chunk]:
    return [Chunk(index, Parcel([item])) for index, item in enumerate(items)]


def _travelled(shares: Shares, chunks: list[Chunk]) -> tuple[list[object], int]:
    """Send chunks to a worker that is this process; return the items that arrive and the bytes that went."""
    drawn, new = shares.split(chunks)
    hold(new)
    parcels = [pickle.dumps(chunk) for chunk in drawn]
    items = [item for parcel in parcels for item in pickle.loads(parcel).items.values]  # noqa: S301 - our own bytes
    return items, sum(map(len, parcels)) + sum(map(len, new.values()))


@pytest.fixture
def shares() -> Iterator[Shares]:
    name = uuid4().hex
    yield Shares(name)
    forget(name)
    assert not [key for key in sharing._held if key.startswith(name)]  # noqa: SLF001 - what is left in this process


def test_a_large_argument_of_all_items_travels_once(shares: Shares) -> None:
    data = bytes(LARGE)
    items, sent_bytes = _travelled(shares, _chunks(*((data, number) for number in range(50))))
    assert items == [(data, number) for number in range(50)]
    assert sent_bytes < 1.1 * LARGE


def test_what_was_sent_is_not_sent_again_for_later_chunks(shares: Shares) -> None:
    data = bytes(LARGE)
    _travelled(shares, _chunks((data, 1), (data, 2)))
    items, sent_bytes = _travelled(shares, _chunks((data, 3)))
    assert items == [(data, 3)]
    assert sent_bytes < WORTH_BYTES


def test_an_argument_that_comes_back_one_chunk_at_a_time_travels_twice_at_most(shares: Shares) -> None:
    data = bytes(LARGE)
    assert sum(_travelled(shares, _chunks((data, number)))[1] for number in range(50)) < 2.1 * LARGE


def test_an_item_that_is_one_and_the_same_object_is_shared_too(shares: Shares) -> None:
    data = list(range(LARGE))
    items, sent_bytes = _travelled(shares, _chunks(*[data] * 20))
    assert items == [data] * 20
    assert sent_bytes < 1.1 * len(pickle.dumps(data))


def test_equal_objects_that_are_not_the_same_stay_apart(shares: Shares) -> None:
    first, second = [[0] * WORTH_BYTES for _ in range(2)]
    _, new = shares.split(_chunks((first, 1), (second, 2)))
    assert not new


def test_what_is_small_travels_with_its_items(shares: Shares) -> None:
    small = [1, 2, 3]
    chunks = _chunks((small, 1), (small, 2))
    drawn, new = shares.split(chunks)
    assert not new
    assert drawn == chunks


def test_the_callers_items_are_left_as_they_are(shares: Shares) -> None:
    data = bytes(LARGE)
    item = (data, 1)
    drawn, _ = shares.split(_chunks(item, (data, 2)))
    assert item[0] is data
    assert isinstance(drawn[0].items.values[0][0], Reference)


def test_an_input_that_shares_much_does_not_fill_the_workers(shares: Shares) -> None:
    _, new = shares.split(_chunks(*(item for number in range(50) for item in [bytes([number]) * LARGE] * 2)))
    assert len(new) < 10


def test_an_endless_input_of_fresh_objects_is_not_kept(shares: Shares) -> None:
    class Fresh:
        pass

    def alive() -> int:
        gc.collect()
        return sum(type(thing) is Fresh for thing in gc.get_objects())

    for _ in range(50):
        shares.split(_chunks(*((Fresh(), number) for number in range(4))))
    assert alive() <= 4


def test_what_cannot_be_pickled_is_left_to_its_item(shares: Shares) -> None:
    def nameless() -> None:
        pass

    drawn, new = shares.split(_chunks((nameless, 1), (nameless, 2)))
    assert not new
    assert drawn[0].items.values[0][0] is nameless


def test_a_worker_that_was_started_anew_says_so() -> None:
    parcel = pickle.loads(pickle.dumps(Parcel([(Reference("of nobody"), 1)])))  # noqa: S301 - our own bytes
    assert "started anew" in parcel.failures[0].message


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(), st.booleans()), max_size=20), st.integers(1, 5))
def test_the_items_that_arrive_are_those_that_were_sent(items: list[tuple[int, int, bool]], at_once: int) -> None:
    pool = [bytes([number]) * WORTH_BYTES for number in range(4)]
    sent: list[object] = [(pool[place], number) if paired else pool[place] for place, number, paired in items]
    shares, left = Shares(uuid4().hex), iter(_chunks(*sent))
    arrived: list[object] = []
    while batch := list(islice(left, at_once)):
        arrived += _travelled(shares, batch)[0]
    sharing._held.clear()  # noqa: SLF001 - this process is the worker
    assert arrived == sent


class Here:
    """An engine whose workers are this process; an errand ends in the order in which it was sent, one at a time."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.sent: list[tuple[int, int]] = []
        self.told_bytes = 0
        self._names = count()
        self._waiting: list[tuple[int, bytes]] = []

    def send(self, worker: int, errands: Sequence[bytes]) -> Sequence[Hashable]:
        names = [next(self._names) for _ in errands]
        self._waiting += zip(names, errands, strict=True)
        self.sent += [(worker, len(errand)) for errand in errands]
        return names

    def take(self) -> Iterable[tuple[Hashable, bytes]]:
        name, errand = self._waiting.pop(0)
        return [(name, pickle.loads(errand))]  # noqa: S301 - our own bytes

    def tell_all(self, errand: bytes) -> None:
        self.told_bytes += len(errand)
        pickle.loads(errand)  # noqa: S301 - our own bytes


def _dealer(engine: Here) -> Dealer:
    return Dealer(engine, Cluster(0.0), pickle.dumps)


def test_the_function_is_sent_once_and_not_with_every_chunk() -> None:
    engine = Here(2)
    dealer = _dealer(engine)
    function = bytes(LARGE).count
    for _ in range(2):
        ends = list(dealer.run(function, _chunks(*[b"\0"] * 50)))
    dealer.forget()
    assert [end.results.values for end in ends] == [[LARGE]] * 50
    assert engine.told_bytes < 1.1 * LARGE
    assert max(size for _, size in engine.sent) < WORTH_BYTES


def test_a_worker_is_given_one_chunk_until_it_is_known_how_long_one_takes() -> None:
    engine = Here(3)
    next(iter(_dealer(engine).run(abs, _chunks(*range(100)))))
    assert [worker for worker, _ in engine.sent] == [0, 1, 2]


def test_all_workers_are_dealt_as_many_chunks_give_or_take_what_lies_ahead() -> None:
    engine = Here(4)
    assert len(list(_dealer(engine).run(abs, _chunks(*range(1000))))) == 1000
    dealt = [[worker for worker, _ in engine.sent].count(each) for each in range(4)]
    assert max(dealt) - min(dealt) <= 80


def test_results_nobody_took_do_not_come_up_in_the_next_run() -> None:
    dealer = _dealer(Here(4))
    next(iter(dealer.run(abs, _chunks(-1, -2, -3, -4))))
    assert [end.results.values for end in dealer.run(abs, _chunks(-9))] == [[9]]


def test_what_leaves_the_function_and_cannot_travel_still_ends_the_caller() -> None:
    class LocalExit(SystemExit):
        pass

    def leave(_item: object) -> Any:  # noqa: ANN401 - it never does
        raise LocalExit(3)

    engine = Here(1)
    dealer = Dealer(engine, Cluster(0.0), lambda _: pickle.dumps(None))
    sharing._held.clear()  # noqa: SLF001 - this process is the worker
    key = dealer._send_function(leave)  # noqa: SLF001 - a local function cannot be pickled, so it is put there
    sharing._held[key] = leave  # noqa: SLF001 - as above
    with pytest.raises(SystemExit, match="LocalExit: 3"):
        list(dealer.run(leave, _chunks(1)))
    dealer.forget()


def test_a_function_that_cannot_be_pickled_is_refused_by_its_name() -> None:
    def nameless() -> None:
        pass

    ends = _dealer(Here(1)).run(nameless, [])
    with pytest.raises(PoolFailed, match=r"nameless cannot be pickled .*can rebuild") as failed:
        next(ends)
    assert failed.value.trouble is Trouble.UNPICKLABLE
