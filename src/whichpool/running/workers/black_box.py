"""What survives a worker's death: which item it was on, and the results that it had not sent yet."""

from __future__ import annotations

import mmap
import os

from whichpool.running.workers.segments import open_segment

SIZE_BYTES = 256 * 1024
_HEAD_BYTES = 64
_BATCH, _PLACE, _FIRST, _COUNT, _BEGUN = range(5)


class BlackBox:
    """Memory that a worker writes and its caller reads.

    A worker notes the place of the item that it is on, and adds its result when it has one; the other order of the two
    would lose track of it. So an item is finished if its result is there, and else begun if its place was noted.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        """Open the memory behind a descriptor; or, without one, memory that a forked worker shares."""
        self._memory = mmap.mmap(-1 if descriptor is None else descriptor, SIZE_BYTES)
        self.descriptor = descriptor
        view = memoryview(self._memory)
        self.words = view[:_HEAD_BYTES].cast("Q")
        self.clock = view[:_HEAD_BYTES].cast("d")
        self._used = _HEAD_BYTES

    @classmethod
    def that_travels(cls) -> BlackBox:
        """Make one with a descriptor that a worker can be given."""
        descriptor = open_segment()
        try:
            os.ftruncate(descriptor, SIZE_BYTES)
            return cls(descriptor)
        except BaseException:
            os.close(descriptor)
            raise

    def begin_batch(self, number: int, now_s: float) -> None:
        """Note that a batch is begun, and when; batches are numbered from 1."""
        words = self.words
        words[_PLACE] = words[_FIRST] = words[_COUNT] = 0
        self._used = _HEAD_BYTES
        self.clock[_BEGUN] = now_s
        words[_BATCH] = number

    def begin_item(self, place: int, now_s: float) -> None:
        """Note which item of the batch is begun, and when."""
        self.clock[_BEGUN] = now_s
        self.words[_PLACE] = place + 1

    def add(self, record: bytes, count: int) -> bool:
        """Add a record behind those that are here, and note how many they are with it; tell whether it fits."""
        used = self._used
        end = used + len(record)
        if end > SIZE_BYTES:
            return False
        self._memory[used:end] = record
        self._used = end
        self.words[_COUNT] = count
        return True

    def empty(self, first: int) -> None:
        """Forget the records, which have been sent; the next to come is that of a place."""
        self.words[_COUNT] = 0
        self.words[_FIRST] = first
        self._used = _HEAD_BYTES

    def end_batch(self) -> None:
        """Note that no batch is being worked on."""
        self.words[_BATCH] = 0

    @property
    def batch(self) -> int:
        """The number of the batch that the worker is at; 0 for none."""
        return self.words[_BATCH]

    @property
    def begun(self) -> int:
        """How many items of the batch have been begun, the one it is on included."""
        return self.words[_PLACE]

    @property
    def begun_s(self) -> float:
        """When the last one, or else the batch, was begun, on the clock of ``time.perf_counter``."""
        return self.clock[_BEGUN]

    @property
    def unsent(self) -> int:
        """The place of the first item whose result is here."""
        return self.words[_FIRST]

    @property
    def count(self) -> int:
        """How many records are here."""
        return self.words[_COUNT]

    def records(self) -> bytes:
        """Give what the worker has added, for itself to send."""
        return self._memory[_HEAD_BYTES : self._used]

    def remains(self) -> bytes:
        """Give what may hold records, for the caller of a worker that is dead: they are at the beginning."""
        return self._memory[_HEAD_BYTES:]

    def close(self) -> None:
        """Let go of the memory."""
        for view in (self.words, self.clock):
            view.release()
        self._memory.close()
        self.close_descriptor()

    def close_descriptor(self) -> None:
        """Close the descriptor, once the worker has its own."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None
