"""The line between the caller and a worker: messages over a socket, with what is large beside them.

The socket itself carries little, so that neither side ever waits for the other to read: large data goes into a segment,
and its descriptor travels with the message.
"""

from __future__ import annotations

import errno
import fcntl
import os
import pickle
import socket
import struct
from contextlib import ExitStack
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
_DESCRIPTOR = struct.Struct("i")
_NO_SIGNAL = getattr(socket, "MSG_NOSIGNAL", 0)
"""A program may have SIGPIPE end it; not for a worker that has died."""
_CLOSED_AT_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
_WAIT_S = 1e-3
_FIRST_DESCRIPTOR = 3
"""Those below are standard streams, also where these are closed: whatever is written there must not go over a line."""


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

    def prepare(self) -> int | None:
        """Write all of it into a segment, if it is so large that it travels in one; it may be called again.

        Returns:
            The segment's descriptor; None where it needs none.

        Raises:
            OSError: There are no more descriptors, or there is no more memory.
        """
        if self._segment is None and (self.buffers or len(self.data) >= LARGE_BYTES):
            self._segment = write_segment((self.data, *self.buffers))
        return self._segment

    def release(self) -> None:
        """Close the segment, if there is one; whoever was sent it keeps it."""
        if self._segment is not None:
            os.close(self._segment)
            self._segment = None


class Lost(Packed):
    """Stands for what did not arrive with its message.

    Attributes:
        why: Why it did not.
    """

    __slots__ = ("why",)

    def __init__(self, size_bytes: int, why: str) -> None:
        """Tell how long it would have been, and why it is lost."""
        super().__init__(b"")
        self.size_bytes = size_bytes
        self.why = why

    def load(self) -> Any:  # noqa: ANN401 - as above
        """Refuse.

        Raises:
            OSError: It is lost.
        """
        raise OSError(self.why)


def both_ends() -> tuple[Line, Line]:
    """Make a line.

    Raises:
        OSError: There are no more descriptors.
    """
    with ExitStack() as failed:
        pairs = [_pair(failed) for _ in range(2)]
        failed.pop_all()
    one, other = map(Line, *pairs)
    return one, other


def _pair(failed: ExitStack) -> list[socket.socket]:
    """Make a pair of sockets that wait, whatever the program's default is, and are no standard streams."""
    ends = []
    with ExitStack() as given_up:
        for end in socket.socketpair():
            given_up.callback(end.close)
            descriptor = fcntl.fcntl(end.fileno(), fcntl.F_DUPFD_CLOEXEC, _FIRST_DESCRIPTOR)
            ends.append(socket.socket(fileno=descriptor))
            failed.callback(ends[-1].close)
            ends[-1].setblocking(True)  # noqa: FBT003 - it takes no keyword
    return ends


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
        segment = packed.prepare()
        header = _HEADER.pack(len(top), len(packed.data), len(packed.buffers), segment is not None)
        if segment is None:
            self.socket.sendall(b"".join((header, top, packed.data)), _NO_SIGNAL)
            return
        sizes = b"".join(_SIZE.pack(len(buffer)) for buffer in packed.buffers)
        message = header + top + sizes
        sent = self._send_segment(message, segment)
        if sent < len(message):
            self.socket.sendall(message[sent:], _NO_SIGNAL)

    def receive(self) -> tuple[tuple[Any, ...], Packed]:
        """Wait for a message; what was beside it may be :class:`Lost`, where this process has no more descriptors.

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
        if not descriptors:
            return head, Lost(found[-1].stop, os.strerror(errno.EMFILE))
        try:
            view = read_segment(descriptors[0], found[-1].stop)
        except OSError as error:
            return head, Lost(found[-1].stop, os.strerror(error.errno or 0))
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
                rights = socket.SOL_SOCKET, socket.SCM_RIGHTS, _DESCRIPTOR.pack(segment)
                return self.socket.sendmsg([message], [rights], _NO_SIGNAL)  # send_fds would ignore the flags
            except OSError as error:
                if error.errno != errno.ETOOMANYREFS:
                    raise
            self.when_crowded()

    def _exactly(self, size: int, descriptors: list[int]) -> bytes:
        parts: list[bytes] = []
        while size:
            # recv_fds would ignore the flags
            part, came, _, _ = self.socket.recvmsg(size, socket.CMSG_LEN(_DESCRIPTOR.size), _CLOSED_AT_EXEC)
            descriptors += [descriptor for _, _, data in came for (descriptor,) in _DESCRIPTOR.iter_unpack(data)]
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)
