"""Whether this code runs in a worker of ours, where a job within a job stays a plain loop."""

import threading

_thread = threading.local()
_process = False


def is_inside() -> bool:
    """Tell whether the calling thread, or the whole process, is a worker."""
    return _process or getattr(_thread, "is_worker", False)


def enter_thread() -> None:
    """Note that the calling thread is a worker."""
    _thread.is_worker = True


def enter_process() -> None:
    """Note that this whole process is a worker."""
    global _process  # noqa: PLW0603 - it is a fact about the process
    _process = True
