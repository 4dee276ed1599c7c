"""Native code on large arguments: the fingerprints of blocks of 4 MiB, by three algorithms.

``hashlib`` gives up the GIL for anything longer than two kilobytes, so threads can use every core, while processes
must first be sent the blocks.
"""

import hashlib
import random

_BLOCK_BYTES = 4 * 1024 * 1024
_GRAIN_BYTES = 4096

# A grain that is repeated is as much work as a block of noise, and workers that import this file make it in no time.
ITEMS = [random.Random(seed).randbytes(_GRAIN_BYTES) * (_BLOCK_BYTES // _GRAIN_BYTES) for seed in range(28)]


def fingerprints(block: bytes) -> tuple[str, ...]:
    """Compute the digests that a download page would show."""
    return tuple(hashlib.new(name, block).hexdigest() for name in ("sha256", "sha3_512", "blake2b"))
