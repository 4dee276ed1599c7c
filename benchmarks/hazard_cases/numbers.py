"""Arrays and tables."""

import math
import statistics

import numpy as np

GRID = np.zeros((8, 8))
BUFFER = np.empty(16)
WEIGHTS = np.linspace(0, 1, 16)


# label: clean | items: range(1, 4)
def total(size):
    return float(np.arange(size * 10).sum())


# label: clean | items: range(1, 4)
def weighted(factor):
    return float((WEIGHTS * factor).sum())


# label: hazard state-changed state-changed-in-trial | items: range(3)
def fill_row(row):
    GRID[row] = row + 1


# label: hazard state-changed state-changed-in-trial race | items: range(1, 4)
def into_buffer(factor):
    np.multiply(WEIGHTS, factor, out=BUFFER)
    return float(BUFFER.sum())


# label: clean | items: [[1.0, 2.0, 4.0], [3.0, 3.0, 9.0]]
def summary(values):
    return statistics.fmean(values), statistics.stdev(values), math.prod(values)


# label: clean | items: range(1, 4)
def grown(size):
    values = np.empty(0)
    for number in range(size):
        values = np.append(values, number)
    values *= 2
    return values.tolist()


# label: hazard state-changed state-changed-in-trial race | items: range(1, 4)
def accumulate(step):
    global GRID
    GRID += step
    return float(GRID.max())
