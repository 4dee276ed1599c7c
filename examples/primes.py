"""Count primes: pure Python that computes, and holds the GIL all the time.

    whichpool compare examples/primes.py:count_primes --items LIMITS

Only processes can use a second core for this, and each of the 24 items is long enough to be worth handing over.
"""

LIMITS = [60_000 + 1_000 * step for step in range(24)]


def count_primes(limit: int) -> int:
    """Count the primes below ``limit`` by trial division, which is slow on purpose."""
    return sum(is_prime(number) for number in range(limit))


def is_prime(number: int) -> bool:
    """Tell whether a number is prime."""
    if number < 4:  # noqa: PLR2004
        return number > 1
    if number % 2 == 0:
        return False
    divisor = 3
    while divisor * divisor <= number:
        if number % divisor == 0:
            return False
        divisor += 2
    return True
