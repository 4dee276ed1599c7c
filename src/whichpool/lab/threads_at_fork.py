"""Threads that are alive when a pool would fork: of these, a forked child has none, but the locks that they hold."""

import threading
from collections.abc import Iterator

from whichpool.lab.native import find_native_threads
from whichpool.values import Finding, Hazard, PoolKind
from whichpool.wording import count

_AT_HOME_IN_FORKS = {"openblas"}  # it ends its threads before a fork, and starts them anew after it
_MEND = "start processes by forkserver or spawn: multiprocessing.get_context('forkserver')"
_MOST_NAMED = 4


def find_threads_at_fork() -> Iterator[Finding]:
    """Tell of the threads beside the main one, Python's own and those of native libraries."""
    names = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    if names:
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        message = f"{count(len(names), 'thread')} beside the main one: {', '.join(names[:_MOST_NAMED])}{more}"
        effect = "a fork copies no threads, but the locks that they hold: workers may hang"
        yield Finding(Hazard.THREADS_AT_FORK, "threads", message, {PoolKind.FORK: effect}, _MEND, tried=True)
    native = find_native_threads(native_cpu_s=1.0, wall_s=1.0)  # whether they have computed yet does not matter here
    if native is None:
        return
    whose = " or ".join(native.libraries) or "a library that is not known"
    is_harmless = native.libraries and _AT_HOME_IN_FORKS.issuperset(native.libraries)
    message = f"{count(native.threads - 1, 'native thread')} of {whose}"
    if is_harmless:
        message, effects, mend = f"{message}, which is prepared for forks", {}, ""
    else:
        effects = {PoolKind.FORK: f"the threads of {whose} are missing after a fork: workers may hang"}
        mend = _MEND
    yield Finding(Hazard.THREADS_AT_FORK, "native threads", message, effects, mend, tried=True)
