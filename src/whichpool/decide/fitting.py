"""Whether a strategy fits the memory that is left: arithmetic that is done before anything is started."""

from whichpool.machine.memory import MemoryLeft
from whichpool.pools import catalogue
from whichpool.values import Anatomy, Strategy
from whichpool.wording import count, size

_SAFE_SHARE = 0.9


def why_not_fit(anatomy: Anatomy, strategy: Strategy, memory: MemoryLeft) -> str | None:
    """Say by what figures a strategy does not fit; None where it does, where they are not known, or elsewhere.

    Every worker may hold an item of its own at the same time. A worker process brings what it shares with nobody, and
    loads for itself what a first item loads.

    Args:
        anatomy: What a process, a worker and an item take.
        strategy: What is to be started.
        memory: What is left.
    """
    base_bytes, loaded_bytes, item_bytes = anatomy.base_bytes, anatomy.loaded_bytes, anatomy.item_bytes
    if strategy.is_serial or strategy.address or base_bytes is None or loaded_bytes is None or item_bytes is None:
        return None
    trial = anatomy.trial(strategy.pool, strategy.start_method)
    worker_bytes = item_bytes + ((trial and trial.worker_bytes) or 0)
    if catalogue.find(strategy.pool).has_processes:
        worker_bytes += loaded_bytes
    else:
        base_bytes += loaded_bytes
    wanted = base_bytes + strategy.workers * worker_bytes
    if wanted <= _SAFE_SHARE * memory.left_bytes:
        return None
    return (
        f"{count(strategy.workers, 'worker')} × {size(worker_bytes)} + {size(base_bytes)} = {size(wanted)} "
        f"would not fit the {size(memory.left_bytes)} that are left ({memory.reason})"
    )
