"""Exact arithmetic in Python: Bernoulli numbers as fractions, whose numerators grow beyond any machine word.

Each item does the work of the one before it again and then more, so the longest come last: a poor order for a pool.
"""

from fractions import Fraction

ITEMS = list(range(4, 180, 4))


def bernoulli(index: int) -> Fraction:
    """Compute the Bernoulli number of an index, by the algorithm of Akiyama and Tanigawa."""
    row: list[Fraction] = []
    for position in range(index + 1):
        row.append(Fraction(1, position + 1))
        for left in range(position, 0, -1):
            row[left - 1] = left * (row[left - 1] - row[left])
    return row[0]
