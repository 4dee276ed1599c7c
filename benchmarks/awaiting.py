"""Is our ``asyncio`` pool as quick as what one writes by hand, and what do threads make of the same function?

200 items that wait 20 ms each, with 10, 50 and 200 in flight. By hand is ``asyncio.gather`` with a semaphore. Both ways
of a pair run one after the other, in random order, and a ratio is that of a pair. The promise is a median within 1.10.

    .venv/bin/python benchmarks/awaiting.py [--rounds 15]
"""

import argparse
import asyncio
import random
from collections.abc import Callable
from statistics import median
from time import perf_counter

from whichpool.pools.catalogue import find
from whichpool.pools.chunk import Chunk
from whichpool.pools.parcel import Parcel
from whichpool.values import Strategy

ITEMS = 200
WAIT_S = 0.02
IN_FLIGHT = (10, 50, 200)
PROMISE = 1.10


async def wait(item: int) -> int:
    """Wait as for a server that answers after 20 ms."""
    await asyncio.sleep(WAIT_S)
    return item


async def _gathered(in_flight: int) -> list[int]:
    semaphore = asyncio.Semaphore(in_flight)

    async def limited(item: int) -> int:
        async with semaphore:
            return await wait(item)

    return await asyncio.gather(*(limited(item) for item in range(ITEMS)))


def by_hand(in_flight: int) -> list[int]:
    """Run the items as one would write it."""
    return asyncio.run(_gathered(in_flight))


def by_pool(pool: str, in_flight: int) -> list[int]:
    """Run the items as a measurement does, each a chunk of its own."""
    chunks = [Chunk(item, Parcel([item]), awaited=True) for item in range(ITEMS)]
    results = [-1] * ITEMS
    with find(pool).load()(Strategy(pool, in_flight, 1), wait, lambda: None) as opened:
        for end in opened.run(wait, chunks):
            (results[end.index],) = end.results.values
    return results


def job_s(job: Callable[[], list[int]]) -> float:
    """Time a job, and see to it that it was done."""
    begun_s = perf_counter()
    results = job()
    elapsed_s = perf_counter() - begun_s
    if results != list(range(ITEMS)):
        message = "a job did not give what it should"
        raise SystemExit(message)
    return elapsed_s


def main() -> None:
    """Measure pairs and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="pairs for each row, at least 7")
    rounds = max(7, parser.parse_args().rounds)
    chance = random.Random()
    print(f"{ITEMS} items that wait {WAIT_S * 1e3:g} ms, {rounds} pairs\n")
    print(f"{'in flight':>9}  {'pool':8}  {'by hand':>9}  {'pool':>9}  {'ratio':>5}  range")
    for in_flight in IN_FLIGHT:
        for pool in ("asyncio", "threads"):
            jobs = (lambda n=in_flight: by_hand(n), lambda n=in_flight, name=pool: by_pool(name, n))
            pairs = []
            for _ in range(rounds + 1):
                order = chance.sample((0, 1), 2)
                times_s = {which: job_s(jobs[which]) for which in order}
                pairs.append((times_s[0], times_s[1]))
            del pairs[0]  # warms up
            ratios = sorted(pool_s / hand_s for hand_s, pool_s in pairs)
            hand_s, pool_s = (median(times) for times in zip(*pairs, strict=True))
            kept = "" if pool != "asyncio" else "  kept" if median(ratios) <= PROMISE else "  NOT KEPT"
            print(
                f"{in_flight:9}  {pool:8}  {hand_s * 1e3:6.1f} ms  {pool_s * 1e3:6.1f} ms  {median(ratios):5.2f}  "
                f"{ratios[0]:.2f}-{ratios[-1]:.2f}{kept}"
            )


if __name__ == "__main__":
    main()
