"""Large data from process to process: written into shared memory once, and mapped by whoever is sent its descriptor.

A segment has no name, so nobody has to clean up: it is gone when the last process that holds it is, however that ends.
"""

from __future__ import annotations

import mmap
import os
import sys
import weakref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Data = bytes | bytearray | memoryview

_MOST_MAPPED = 64
"""How many mappings may keep a descriptor open, before Python 3.13; processes may often have no more than 1,024."""
_ALIGNED_BYTES = 64
_FORGETS_DESCRIPTOR = sys.version_info >= (3, 13)
_mapped: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()


def open_segment() -> int:
    """Make an empty segment and return its descriptor."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("whichpool", os.MFD_CLOEXEC)
    import tempfile  # noqa: PLC0415 - slow to import

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def places(sizes_bytes: Sequence[int]) -> list[slice]:
    """Tell where the parts of a segment lie: each begins where an array of any kind may begin."""
    found: list[slice] = []
    begin = 0
    for size_bytes in sizes_bytes:
        found.append(slice(begin, begin + size_bytes))
        begin += -(-size_bytes // _ALIGNED_BYTES) * _ALIGNED_BYTES
    return found


def write_segment(parts: Sequence[Data]) -> int:
    """Write data into a new segment, part by part, and return its descriptor."""
    descriptor = open_segment()
    try:
        for part, place in zip(parts, places([len(part) for part in parts]), strict=True):
            view = memoryview(part).cast("B")
            os.lseek(descriptor, place.start, os.SEEK_SET)
            while view:
                view = view[os.write(descriptor, view) :]
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_segment(descriptor: int, size_bytes: int) -> memoryview:
    """Give a segment's data, to be read and changed without anyone else noticing.

    It is mapped, not copied, unless this process has mapped many already.
    """
    if _FORGETS_DESCRIPTOR:
        return memoryview(mmap.mmap(descriptor, size_bytes, access=mmap.ACCESS_COPY, trackfd=False))  # type: ignore[call-arg]
    if len(_mapped) < _MOST_MAPPED:
        mapping = mmap.mmap(descriptor, size_bytes, access=mmap.ACCESS_COPY)
        _mapped.add(mapping)
        return memoryview(mapping)
    data = bytearray(size_bytes)
    view = memoryview(data)
    done = 0
    while done < size_bytes:
        done += os.preadv(descriptor, [view[done:]], done)
    return view
