"""Messages arrive as they were sent, and what is large travels beside them."""

import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from whichpool.running.workers.line import LARGE_BYTES, Line, Lost, Packed, both_ends, pack
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


def test_both_ends_wait_whatever_the_programs_own_sockets_do() -> None:
    socket.setdefaulttimeout(0.01)
    try:
        ends = both_ends()
    finally:
        socket.setdefaulttimeout(None)
    for end in ends:
        assert (end.socket.gettimeout(), end.lifeline.gettimeout()) == (None, None)
        assert all(map(os.get_blocking, end.descriptors))
        end.close()


def test_no_line_takes_the_place_of_a_standard_stream_that_is_closed() -> None:
    script = """
import os, sys
from whichpool.running.workers.line import both_ends
for stream in range(3):
    os.close(stream)
sys.exit(40 + min(descriptor for end in both_ends() for descriptor in end.descriptors))
"""
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=30).returncode == 43


@pytest.mark.parametrize("left", [0, 1])
def test_what_is_sent_to_a_process_that_has_no_more_descriptors_is_said_to_be_lost(
    ends: tuple[Line, Line], left: int
) -> None:
    one, other = ends
    one.send(("part", 1), pack(bytes(LARGE_BYTES)))
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + left, before[1]))
    try:
        head, packed = other.receive()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert head == ("part", 1)
    if isinstance(packed, Lost):  # one is enough for Python 3.13
        assert len(packed) >= LARGE_BYTES
        with pytest.raises(OSError, match="Too many open files"):
            packed.load()
    else:
        assert left == 1


def test_a_program_that_ends_at_a_broken_pipe_does_not_end_with_its_worker(ends: tuple[Line, Line]) -> None:
    before = signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    one, other = ends
    other.close()
    try:
        for size in (1, LARGE_BYTES):
            with pytest.raises(OSError, match="Broken pipe"):
                one.send(("part",), pack(bytes(size)))
    finally:
        signal.signal(signal.SIGPIPE, before)
