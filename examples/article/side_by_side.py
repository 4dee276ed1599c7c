"""The article's two functions, each of them one task: what do threads or processes gain over simply calling them?

    whichpool compare 'examples/article/side_by_side.py:calc_square(7)' 'examples/article/side_by_side.py:calc_quad(7)'

In the article they are printed with ``print('Square': , …)``, which is not Python, and the second takes no parameter
although it is handed one. Here both take the number, and both return what they found, because a value that is
returned comes back from a thread and from a process alike.
"""


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
