"""Messages arrive as they were sent, and what is large travels beside them."""

import os
import pickle
from collections.abc import Iterator

import pytest

from whichpool.running.workers.line import LARGE_BYTES, Line, Packed, both_ends, pack
from whichpool.running.workers.segments import read_segment, write_segment

np = pytest.importorskip("numpy")


@pytest.fixture
def ends() -> Iterator[tuple[Line, Line]]:
    one, other = both_ends()
    yield one, other
    one.close()
    other.close()


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - it is not a folder like others


@pytest.mark.parametrize("size", [0, 1, LARGE_BYTES - 100, LARGE_BYTES, 5_000_000])
def test_a_message_of_any_size_arrives_and_leaves_no_descriptor_open(ends: tuple[Line, Line], size: int) -> None:
    one, other = ends
    before = open_descriptors()
    packed = pack([b"x" * size, "text"])
    one.send(("batch", 1, 2.5), packed)
    packed.release()
    head, received = other.receive()
    assert head == ("batch", 1, 2.5)
    assert received.load() == [b"x" * size, "text"]
    del received
    assert open_descriptors() == before


def test_an_array_is_not_copied_into_the_pickle_and_can_be_written_to_by_both(ends: tuple[Line, Line]) -> None:
    one, other = ends
    array = np.arange(100_000.0)
    packed = pack({"array": array, "name": "a"})
    assert len(packed.data) < 1000
    one.send(("part",), packed)
    packed.release()
    theirs = other.receive()[1].load()["array"]
    theirs[0] = -1
    array[1] = -2
    assert (theirs[0], theirs[1], array[0], array[1]) == (-1, 1, 0, -2)


def test_messages_do_not_run_into_each_other(ends: tuple[Line, Line]) -> None:
    one, other = ends
    sent = [pack(bytes(size)) for size in (10, 100_000, 20, 200_000, 0)]
    for number, packed in enumerate(sent):
        one.send((number,), packed)
        packed.release()
    for number, packed in enumerate(sent):
        head, received = other.receive()
        assert head == (number,)
        assert len(received.load()) == len(pickle.loads(packed.data))  # noqa: S301 - our own bytes


def test_a_line_that_was_hung_up_says_so(ends: tuple[Line, Line]) -> None:
    one, other = ends
    one.close()
    with pytest.raises(EOFError):
        other.receive()
    with pytest.raises(OSError, match=r"pipe|reset"):
        other.send(("ready",), Packed(b""))


def test_many_segments_do_not_use_up_the_descriptors() -> None:
    before = open_descriptors()
    views = []
    for number in range(200):
        descriptor = write_segment([bytes([number]) * 10 + b"end"])
        views.append(read_segment(descriptor, 13))
        os.close(descriptor)
    assert open_descriptors() - before <= 64
    assert [bytes(view) for view in views] == [bytes([number]) * 10 + b"end" for number in range(200)]
