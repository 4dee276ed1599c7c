"""Items of very unequal length: most take some 2 ms, a few 100 ms, one of those at the very end.

Large chunks keep a worker busy with a long item while short ones queue behind it, and whoever takes the last item
works on alone: the time of the job depends on how items are handed out.
"""

_SHORT, _LONG = 12_500, 620_000

ITEMS = [_LONG if position % 50 == 49 else _SHORT + position for position in range(250)]  # noqa: PLR2004


def walk(steps: int) -> tuple[int, int]:
    """Walk on a grid, turning as a small generator of random numbers says, and tell where it ends."""
    east, north, state = 0, 0, steps
    for _ in range(steps):
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
        turn = state >> 16 & 3
        east += (1, 0, -1, 0)[turn]
        north += (0, 1, 0, -1)[turn]
    return east, north
