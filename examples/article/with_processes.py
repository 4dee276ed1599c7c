"""The article's second program, mended: two functions side by side, each in a process of its own.

What was wrong in the printed version: ``print('Square': , …)`` is not Python, and ``calc_quad`` took no parameter
although its process is handed one.

Why ``result`` stays None, for two causes of which either would do. An assignment inside a function makes a name that
belongs to that call, so the ``result`` of the main program is never touched; in a thread it would stay None too.
Declared ``global`` it would be touched, but in the child's memory, and the parent has its own. Returning the value
through a pool works for both: ``ProcessPoolExecutor().submit(calc_square, 7).result()``.
"""

from multiprocessing import Process


def calc_square(number: int) -> int:
    """Square a number, and set a ``result`` that nobody else will see."""
    result = number * number
    print("Square:", result)
    return result


def calc_quad(number: int) -> int:
    """Raise a number to the fourth power."""
    quad = number**4
    print("Fourth power:", quad)
    return quad


# The guard is not decoration: a spawned process imports this file, and without it would start processes in turn.
if __name__ == "__main__":
    NUMBER = 7
    result = None
    processes = [Process(target=function, args=(NUMBER,)) for function in (calc_square, calc_quad)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print("Result in the main program:", result)
