"""The line between the caller and a worker: messages over a socket, with what is large beside them.

The socket itself carries little, so that neither side ever waits for the other to read: large data goes into a segment,
and its descriptor travels with the message.
"""

from __future__ import annotations

import errno
import os
import pickle
import socket
import struct
from time import sleep

from whichpool.running.workers.segments import places, read_segment, write_segment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from whichpool.running.workers.segments import Data

LARGE_BYTES = 32 * 1024
"""What is as long as this, or longer, travels in a segment."""
_HEADER = struct.Struct("<IQI?")
_SIZE = struct.Struct("<Q")
_FLAGS = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
_WAIT_S = 1e-3


class Packed:
    """Something pickled, with its large buffers beside the pickle (PEP 574).

    Attributes:
        data: The pickle, or records in a row.
        buffers: The buffers that belong to it.
        size_bytes: How long all of it is.
    """

    __slots__ = ("_segment", "buffers", "data", "size_bytes")

    def __init__(self, data: Data, buffers: Sequence[Data] = ()) -> None:
        """Hold them together."""
        self.data = data
        self.buffers = buffers
        self.size_bytes = len(data) + sum(len(buffer) for buffer in buffers)
        self._segment: int | None = None

    def __len__(self) -> int:
        """How long all of it is, in bytes."""
        return self.size_bytes

    def load(self) -> Any:  # noqa: ANN401 - whatever was pickled
        """Unpickle it; large buffers are not copied."""
        return pickle.loads(self.data, buffers=self.buffers)  # noqa: S301 - bytes of a process that we started

    @property
    def segment(self) -> int:
        """The descriptor of a segment that holds all of it, written when it is first asked for."""
        if self._segment is None:
            self._segment = write_segment((self.data, *self.buffers))
        return self._segment

    def release(self) -> None:
        """Close the segment, if there is one; whoever was sent it keeps it."""
        if self._segment is not None:
            os.close(self._segment)
            self._segment = None


def both_ends() -> tuple[Line, Line]:
    """Make a line.

    Raises:
        OSError: There are no more descriptors.
    """
    pair = socket.socketpair()
    try:
        lifelines = socket.socketpair()
    except OSError:
        for end in pair:
            end.close()
        raise
    one, other = map(Line, pair, lifelines)
    return one, other


def pack(value: object, dumps: Callable[..., bytes] = pickle.dumps) -> Packed:
    """Pickle a value, its large buffers apart.

    Args:
        value: What is pickled.
        dumps: Pickles as ``pickle.dumps`` does.

    Raises:
        Exception: Whatever pickling it raises.
    """
    buffers: list[memoryview] = []
    data = dumps(value, protocol=5, buffer_callback=lambda buffer: keep_apart(buffer, buffers))
    return Packed(data, buffers)


def keep_apart(buffer: pickle.PickleBuffer, buffers: list[memoryview]) -> bool:
    """Put a large buffer with others, and tell whether one is small and belongs into the pickle."""
    try:
        view = buffer.raw()
    except BufferError:  # it is not contiguous
        return True
    if len(view) < LARGE_BYTES:
        return True
    buffers.append(view)
    return False


class Line:
    """One end of a line.

    Attributes:
        socket: What it runs over.
        lifeline: Another line beside it, over which nothing is ever sent: that it ends tells that nobody is there.
        when_crowded: Is called, again and again, while a segment cannot be sent: a user may have only so many
            descriptors on their way, as many as one process may have open, and some must be received first.
    """

    def __init__(self, end: socket.socket, lifeline: socket.socket) -> None:
        """Take over an end of each of two pairs of sockets."""
        self.socket = end
        self.lifeline = lifeline
        self.when_crowded: Callable[[], object] = lambda: sleep(_WAIT_S)

    def send(self, head: tuple[object, ...], packed: Packed | None = None) -> None:
        """Send a message: a few small values, and something packed.

        Raises:
            OSError: Nobody is at the other end.
        """
        top = pickle.dumps(head, protocol=5)
        if packed is None:
            packed = Packed(b"")
        is_large = bool(packed.buffers) or len(packed.data) >= LARGE_BYTES
        header = _HEADER.pack(len(top), len(packed.data), len(packed.buffers), is_large)
        if not is_large:
            self.socket.sendall(b"".join((header, top, packed.data)))
            return
        sizes = b"".join(_SIZE.pack(len(buffer)) for buffer in packed.buffers)
        message = header + top + sizes
        sent = self._send_segment(message, packed.segment)
        if sent < len(message):
            self.socket.sendall(message[sent:])

    def receive(self) -> tuple[tuple[Any, ...], Packed]:
        """Wait for a message.

        Raises:
            EOFError: Nobody is at the other end.
            OSError: As above.
        """
        descriptors: list[int] = []
        try:
            return self._received(descriptors)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _received(self, descriptors: list[int]) -> tuple[tuple[Any, ...], Packed]:
        header = self._exactly(_HEADER.size, descriptors)
        top_bytes, data_bytes, buffers, is_large = _HEADER.unpack(header)
        head: tuple[Any, ...] = pickle.loads(self._exactly(top_bytes, descriptors))  # noqa: S301 - as above
        if not is_large:
            return head, Packed(self._exactly(data_bytes, descriptors))
        sizes = self._exactly(buffers * _SIZE.size, descriptors)
        found = places([data_bytes, *(size for (size,) in _SIZE.iter_unpack(sizes))])
        view = read_segment(descriptors[0], found[-1].stop)
        data, *parts = [view[place] for place in found]
        return head, Packed(data, parts)

    def close(self) -> None:
        """Hang up."""
        self.socket.close()
        self.lifeline.close()

    @property
    def descriptors(self) -> tuple[int, int]:
        """What stands for this end in a process that is given them."""
        return self.socket.fileno(), self.lifeline.fileno()

    def _send_segment(self, message: bytes, segment: int) -> int:
        while True:
            try:
                return socket.send_fds(self.socket, [message], [segment])
            except OSError as error:
                if error.errno != errno.ETOOMANYREFS:
                    raise
            self.when_crowded()

    def _exactly(self, size: int, descriptors: list[int]) -> bytes:
        parts: list[bytes] = []
        while size:
            part, came, _, _ = socket.recv_fds(self.socket, size, 1, _FLAGS)
            descriptors += came
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)
