"""Costs, made up, for tests that need some."""

from whichpool.values import Costs, PoolCosts, SendingCosts

MIB = 1 << 20

THREADS = PoolCosts("threads", None, (2e-4, 1e-4, 4e-4), (1e-4,), (1e-5, 1.4e-5), (2e-7,), (98_304.0,), (90_000.0,))
SPAWN = PoolCosts("processes", "spawn", (0.07, 0.065, 0.09), (0.01,), (2e-4,), (2e-6,), (9e6, 8e6, 1e7), (1e7,))
SMALL = SendingCosts("bytes", 1, 16, (2e-7,), (1e-7,), (1e-4,))
LARGE = SendingCosts("bytes", MIB, MIB, (4e-4,), (1e-4,), (0.002, 0.004, 0.003))
LARGEST = SendingCosts("bytes", 64 * MIB, 64 * MIB, (0.04,), (0.04,), (0.1,))
INTS = SendingCosts("ints", 1000, 100_000, (1e-3,), (2e-3,))
COSTS = Costs(
    python="3.11.7",
    measured_at_s=1e9,
    elapsed_s=5.0,
    pools=(THREADS, SPAWN),
    sendings=(SMALL, LARGE, LARGEST, INTS),
    missing={"loky": "loky is not installed: python -m pip install loky"},
)
