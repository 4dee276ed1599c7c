"""Large data goes from process to process in segments that leave nothing behind."""

import os
from itertools import pairwise

import pytest

from whichpool.running.workers.segments import places, read_segment, write_segment


def descriptors() -> list[str]:
    return os.listdir("/proc/self/fd")  # noqa: PTH208 - names are enough


def test_what_is_written_is_read() -> None:
    descriptor = write_segment([b"begin", bytearray(b"end")])
    first, second = places([5, 3])
    view = read_segment(descriptor, second.stop)
    os.close(descriptor)
    assert (bytes(view[first]), bytes(view[second])) == (b"begin", b"end")


@pytest.mark.parametrize("sizes", [[1, 1, 1], [64, 65, 63], [100_001, 7]])
def test_every_part_begins_where_an_array_may_begin(sizes: list[int]) -> None:
    found = places(sizes)
    assert [place.stop - place.start for place in found] == sizes
    assert all(place.start % 64 == 0 for place in found)
    assert all(after.start >= before.stop for before, after in pairwise(found))


def test_a_reader_that_changes_the_data_changes_its_own_only() -> None:
    descriptor = write_segment([b"shared"])
    mine, yours = read_segment(descriptor, 6), read_segment(descriptor, 6)
    os.close(descriptor)
    mine[:2] = b"SH"
    assert (bytes(mine), bytes(yours)) == (b"SHared", b"shared")


def test_a_segment_has_no_name_and_its_memory_goes_with_its_last_reader() -> None:
    before = len(descriptors())
    descriptor = write_segment([bytes(100_000)])
    view = read_segment(descriptor, 100_000)
    assert os.fstat(descriptor).st_nlink == 0
    os.close(descriptor)
    del view
    assert len(descriptors()) == before


def test_without_memory_files_a_file_without_a_name_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)
    descriptor = write_segment([b"on disk"])
    assert os.fstat(descriptor).st_nlink == 0
    assert bytes(read_segment(descriptor, 7)) == b"on disk"
    os.close(descriptor)
