"""How the command takes signals, and the exit codes that tell of them."""

from types import FrameType

WRONG_CALL = 2
INTERRUPTED = 130
OUTPUT_CLOSED = 141
TERMINATED = 143


class OutputClosed(Exception):
    """Whoever read the output has stopped reading."""


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived: end as after Ctrl-C, tidily and with what is known."""


def terminate(_number: int, _frame: FrameType | None) -> None:
    """Handle SIGTERM.

    Raises:
        Terminated: Always.
    """
    raise Terminated
