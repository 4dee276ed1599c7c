"""How much faster several workers get through items that queue for the same resources: a closed queueing network.

Workers are the customers. An item asks for three stations in turn: one that serves a single customer at a time (the
GIL; or the process that hands out the work), the cores, and a place to wait where nobody is in another's way. Such a
network has a product form, so its throughput follows exactly from normalising constants: J. P. Buzen, "Computational
algorithms for closed queueing networks with exponential servers", Communications of the ACM 16 (1973). The stations'
service may be exponential, or shared out evenly among those present by any distribution (Baskett, Chandy, Muntz and
Palacios, 1975), which is how an operating system shares out its cores.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Demand:
    """What an item asks of each station, in seconds.

    Attributes:
        serial_s: The worker's time at the station that serves one at a time. A core is busy with it all the while.
        parallel_s: The worker's other time on a core.
        waiting_s: The worker's time waiting, for nothing that others would want as well.
        caller_s: The caller's time for handing the item over and taking its result. It passes through the serial
            station and keeps a core busy as well, but the worker need not stand still for it.

    Raises:
        ValueError: A time is negative, or the worker has nothing to do.
    """

    serial_s: float
    parallel_s: float
    waiting_s: float
    caller_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what no item can ask for."""
        if min(self.serial_s, self.parallel_s, self.waiting_s, self.caller_s) < 0 or self.alone_s <= 0:
            message = f"an item takes some time, and none of its times is negative: {self}"
            raise ValueError(message)

    @property
    def alone_s(self) -> float:
        """What it takes a worker that is in nobody's way."""
        return self.serial_s + self.parallel_s + self.waiting_s

    @property
    def taking_turns_s(self) -> float:
        """The time at the serial station, the caller's included."""
        return self.serial_s + self.caller_s

    @property
    def cpu_s(self) -> float:
        """The time on a core, the caller's included."""
        return self.taking_turns_s + self.parallel_s


def throughputs(demand: Demand, cores: float, workers: int) -> list[float]:
    """Compute how many items a second 1, 2, … ``workers`` workers get through together.

    A worker stands still while it is handed an item. More cores, more workers, or nothing that is served one at a
    time never make any of the figures less.

    Args:
        demand: What an item asks for.
        cores: How many cores there are; a quota makes fractions such as 1.5.
        workers: How many workers there are at most.
    """
    free = _product_form(0.0, demand.cpu_s, demand.waiting_s, cores, workers)
    if not demand.taking_turns_s:
        return free
    # the serial station uses a core too, which the product form cannot say: hence the lesser of the two
    turns = _product_form(demand.taking_turns_s, demand.parallel_s, demand.waiting_s, cores, workers)
    return [min(pair) for pair in zip(turns, free, strict=True)]


def bounds(demand: Demand, cores: float, workers: int) -> list[float]:
    """Compute what those throughputs cannot exceed, however well the workers' turns fit together.

    A worker is handed its next item while it is busy with the last. These are the asymptotic bounds of operational
    analysis: P. J. Denning and J. P. Buzen, "The operational analysis of queueing network models", ACM Computing
    Surveys 10 (1978).
    """
    saturated = min(
        1 / demand.taking_turns_s if demand.taking_turns_s else float("inf"),
        cores / demand.cpu_s if demand.cpu_s else float("inf"),
    )
    return [min(count / demand.alone_s, saturated) for count in range(1, workers + 1)]


def _product_form(serial_s: float, parallel_s: float, waiting_s: float, cores: float, workers: int) -> list[float]:
    """Compute the throughputs G(k−1) / G(k) for k = 1 … workers, where G are the normalising constants.

    With Z, S and D for the waiting, serial and parallel demand, G is the convolution of Zʲ / j!, Sʲ and
    Dʲ / (min(1, c) min(2, c) … min(j, c)). As power series, the last two are rational functions,
    1 / (1 − S x) and Σ (1 − i / c) (D x)ⁱ / i! for i < c over 1 − D x / c, so G grows by one term at a time in a
    recurrence with no negative terms, and nothing cancels. Each step divides everything by the newest G, which
    keeps the figures within the range of floats for any number of workers.
    """
    total_s = serial_s + parallel_s + waiting_s
    serial, parallel, waiting = serial_s / total_s, parallel_s / total_s, waiting_s / total_s
    saturated = parallel / cores
    power = 1.0  # Dᵏ / k!
    terms = [1.0]  # of Σ Zʲ xʲ / j! times the numerator above, those that make up the coefficient of xᵏ
    unserial = 1.0  # G without the serial station
    found = []
    for k in range(1, workers + 1):
        terms = [term * waiting / (k - i) for i, term in enumerate(terms)]
        if k < cores:
            power *= parallel / k
            terms.append(power * (1 - k / cores))
        unserial = saturated * unserial + sum(terms)
        constant = serial + unserial
        found.append(1 / (constant * total_s))
        power /= constant
        unserial /= constant
        terms = [term / constant for term in terms]
    return found
