"""The article's first program, mended: two functions side by side, each in a thread of its own.

What was wrong in the printed version: ``print('Square': , …)`` is not Python, and ``calc_quad`` took no parameter
although its thread hands it one. What the program returns is lost here as it was there: a thread keeps no result.
"""

from threading import Thread


def calc_square(number: int) -> int:
    """Square a number."""
    square = number * number
    print("Square:", square)
    return square


def calc_quad(number: int) -> int:
    """Raise a number to the fourth power."""
    quad = number**4
    print("Fourth power:", quad)
    return quad


if __name__ == "__main__":
    NUMBER = 7
    threads = [Thread(target=function, args=(NUMBER,)) for function in (calc_square, calc_quad)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
