"""A few long items of pure Python: count the ways to place eleven queens, one item for each place of the first.

Nothing but the interpreter's own loop, so the GIL is held throughout: work that only processes can spread.
"""

SIZE = 11
ITEMS = list(range(SIZE))


def solutions(first: int) -> int:
    """Count the boards of eleven queens that do not attack each other, the first in column ``first``."""
    return _place([first])


def _place(columns: list[int]) -> int:
    row = len(columns)
    if row == SIZE:
        return 1
    count = 0
    for column in range(SIZE):
        if all(column != other and abs(column - other) != row - above for above, other in enumerate(columns)):
            count += _place([*columns, column])
    return count
