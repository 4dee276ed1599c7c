"""An image filter in pure Python: blur noisy grey pictures of 320 by 240 pixels, one byte a pixel.

Bytes go in and bytes come out, cheap to send; all the work in between holds the GIL.
"""

import random

_WIDTH, _HEIGHT = 320, 240

ITEMS = [random.Random(seed).randbytes(_WIDTH * _HEIGHT) for seed in range(24)]


def blurred(picture: bytes) -> bytes:
    """Replace each pixel inside the border by the mean of the nine around it."""
    out = bytearray(picture)
    for y in range(1, _HEIGHT - 1):
        for at in range(y * _WIDTH + 1, (y + 1) * _WIDTH - 1):
            above, below = at - _WIDTH, at + _WIDTH
            total = sum(picture[above - 1 : above + 2]) + sum(picture[at - 1 : at + 2])
            out[at] = (total + sum(picture[below - 1 : below + 2])) // 9
    return bytes(out)
