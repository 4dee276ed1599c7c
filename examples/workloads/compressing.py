"""Native code with small arguments: make a log file out of a seed and compress it.

Most of the time goes to ``zlib``, which gives up the GIL; the rest is Python that makes the text and holds it.
"""

import random
import zlib

ITEMS = list(range(40))
_EVENTS = ["started", "stopped", "waiting for input", "retrying after a pause", "finished", "lost its connection"]


def compressed(seed: int) -> bytes:
    """Write the log of one day and compress it as small as it gets."""
    chance = random.Random(seed)
    lines = [f"{chance.getrandbits(20)} service {chance.getrandbits(4)} {chance.choice(_EVENTS)}" for _ in range(3000)]
    return zlib.compress("\n".join(lines * 2).encode(), level=9)
