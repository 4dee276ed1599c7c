"""Exact arithmetic in native code: logarithms to hundreds of digits with ``decimal``.

Written in C, and still no help to threads: the numbers are Python objects, so the GIL is held all the while.
"""

from decimal import Decimal, localcontext

ITEMS = list(range(2, 202))


def logarithm(number: int) -> str:
    """Compute the natural logarithm of a number to 600 digits."""
    with localcontext() as context:
        context.prec = 600
        return str(Decimal(number).ln())
