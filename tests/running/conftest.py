"""What tests of worker processes share: workers come to life in two ways."""

import threading
import time
from collections.abc import Iterator

import pytest

from whichpool.running.workers.starting import can_fork


@pytest.fixture(params=["forked", "started anew"])
def started(request: pytest.FixtureRequest) -> Iterator[str]:
    """Have workers forked; or not, because there is a second thread."""
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    if request.param == "started anew":
        thread.start()
    elif not _may_fork():
        pytest.skip("this process has a second thread, which another test has left behind or a library keeps")
    yield request.param
    ended.set()
    if request.param == "started anew":
        thread.join()


def _may_fork() -> bool:
    """Tell whether workers will be forked; a thread that was joined may still be on its way out."""
    for _ in range(100):
        if can_fork():
            return True
        time.sleep(0.002)
    return False
