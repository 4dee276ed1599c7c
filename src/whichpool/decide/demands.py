"""What an item asks of the machine under a strategy, by its anatomy."""

from dataclasses import dataclass

from whichpool.decide.queueing import Demand
from whichpool.values import Anatomy, Parcelled

_USUAL_PIPE_BYTES_PER_S = 3e8
_SHORTEST_S = 1e-9


@dataclass(frozen=True, slots=True)
class Work:
    """An item by itself, in nobody's way.

    Attributes:
        computing_s: For how long it computes, in its own thread or in threads hidden in native code.
        waiting_s: For how long it does not.
        cores: How many cores it keeps busy while it computes.
    """

    computing_s: float
    waiting_s: float
    cores: float

    @property
    def alone_s(self) -> float:
        """What it takes."""
        return self.computing_s + self.waiting_s


def work(anatomy: Anatomy, native_threads: int | None = None) -> Work:
    """Tell an item's computing from its waiting.

    Native threads are taken to share out their work evenly, so that limiting them makes the computing longer by as
    much as fewer cores are busy with it.

    Args:
        anatomy: What was seen of an item.
        native_threads: To how many threads native libraries are limited; None leaves them alone.
    """
    cpu_s = anatomy.cpu_s + anatomy.native_cpu_s
    threads = anatomy.native.threads if anatomy.native else 1
    computing_s = min(anatomy.item_s, max(anatomy.cpu_s, cpu_s / threads))
    waiting_s = max(_SHORTEST_S, anatomy.item_s) - computing_s
    cores = cpu_s / computing_s if computing_s else 1.0
    if native_threads is not None and native_threads < cores:
        cores = float(native_threads)
        computing_s = cpu_s / cores
    return Work(computing_s, waiting_s, max(1.0, cores))


def demand_in_threads(item: Work, held_s: float, handover_s: float) -> Demand:
    """Put an item into a thread.

    Args:
        item: The item by itself.
        held_s: For how long it holds the GIL.
        handover_s: The caller's time for handing it over, in which the caller holds the GIL as well.
    """
    held_s = min(held_s, item.alone_s)
    parallel_s = max(0.0, item.computing_s - held_s)
    return Demand(held_s, parallel_s, max(0.0, item.alone_s - held_s - parallel_s), handover_s)


def demand_in_tasks(item: Work, handover_s: float) -> Demand:
    """Put an item into a task of an event loop.

    The loop's only thread does all computing and all handing over, one item at a time, with a GIL or without: nothing
    of it happens while another item computes.

    Args:
        item: The item by itself.
        handover_s: The loop's time for handing it over.
    """
    return Demand(item.computing_s + handover_s, 0.0, item.waiting_s)


def demand_in_processes(
    item: Work, arguments: Parcelled, results: Parcelled, handover_s: float, pipe_bytes_per_s: float | None = None
) -> Demand:
    """Put an item into another process.

    The caller pickles the arguments and unpickles the results, the worker does the reverse. All workers share one pipe
    in each direction, and a lock at its end: while bytes go to or from one of them, the others cannot have any.

    Args:
        item: The item by itself.
        arguments: What sending the item takes.
        results: What sending its result takes.
        handover_s: The caller's time for handing it over, apart from that.
        pipe_bytes_per_s: How fast a pipe is; None for what is usual.
    """
    pipe_s = _pipe_s(arguments, pipe_bytes_per_s) + _pipe_s(results, pipe_bytes_per_s)
    in_worker_s = item.computing_s + arguments.load_s + results.dump_s
    return Demand(pipe_s, in_worker_s, item.waiting_s, handover_s + arguments.dump_s + results.load_s)


def sending_s(values: Parcelled, pipe_bytes_per_s: float | None = None) -> float:
    """Tell what it takes one value to get from one process to another that waits for it."""
    return values.dump_s + _pipe_s(values, pipe_bytes_per_s) + values.load_s


def _pipe_s(values: Parcelled, bytes_per_s: float | None) -> float:
    return values.size_bytes / (bytes_per_s or _USUAL_PIPE_BYTES_PER_S)
