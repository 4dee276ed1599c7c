"""Whether a strategy fits the memory that is left: arithmetic that is done before anything is started."""

from whichpool.machine.memory import MemoryLeft
from whichpool.values import Anatomy, Strategy
from whichpool.wording import count, size

_SAFE_SHARE = 0.9


def why_not_fit(anatomy: Anatomy, strategy: Strategy, memory: MemoryLeft) -> str | None:
    """Say by what figures a strategy does not fit; None where it does, or where they are not known.

    Every worker may hold an item of its own at the same time, and a worker process brings what it shares with nobody.

    Args:
        anatomy: What a process, a worker and an item take.
        strategy: What is to be started.
        memory: What is left.
    """
    if strategy.pool == "serial" or anatomy.base_bytes is None or anatomy.item_bytes is None:
        return None
    trial = anatomy.trial(strategy.pool, strategy.start_method)
    worker_bytes = anatomy.item_bytes + ((trial and trial.worker_bytes) or 0)
    wanted = anatomy.base_bytes + strategy.workers * worker_bytes
    if wanted <= _SAFE_SHARE * memory.left_bytes:
        return None
    return (
        f"{count(strategy.workers, 'worker')} × {size(worker_bytes)} + {size(anatomy.base_bytes)} = {size(wanted)} "
        f"would not fit the {size(memory.left_bytes)} that are left ({memory.reason})"
    )
