"""Tens of thousands of tiny items of pure Python: the length of each number's Collatz sequence.

An item takes some fifteen microseconds, less than handing it to a worker one by one: the chunk size decides.
"""

ITEMS = range(2**40, 2**40 + 50_000)


def steps(number: int) -> int:
    """Count the steps from ``number`` down to 1: halve what is even, triple what is odd and add one."""
    count = 0
    while number != 1:
        number = number // 2 if number % 2 == 0 else 3 * number + 1
        count += 1
    return count
