"""How the command takes signals, and the exit codes that tell of them."""

from types import FrameType

INTERRUPTED = 130
TERMINATED = 143


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived: end as after Ctrl-C, tidily and with what is known."""


def terminate(_number: int, _frame: FrameType | None) -> None:
    """Handle SIGTERM.

    Raises:
        Terminated: Always.
    """
    raise Terminated
