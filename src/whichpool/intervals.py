"""Estimates in words: their intervals, and how a time compares with another."""

import math

from whichpool.values import Estimate
from whichpool.wording import duration_unit, number

_CLOSE = 1.1


def duration_interval(estimate: Estimate) -> str:
    """Write a duration's interval in the unit of its point: ``771–790 ms``."""
    if not estimate.bounded:
        return "?"
    scale, unit = duration_unit(estimate.value)
    low, high = number(estimate.low * scale), number(estimate.high * scale)
    return f"{low} {unit}" if low == high else f"{low}–{high} {unit}"


def interval(estimate: Estimate) -> str:
    """Write an estimate's interval, ``1.79–1.93``; what is not bounded yet is left open."""
    if not estimate.bounded:
        return "?"
    low, high = number(estimate.low), number(estimate.high)
    return low if low == high else f"{low}–{high}"


def ratio(estimate: Estimate) -> str:
    """Say how a time compares with another: ``1.86 times faster (1.79–1.93)``, or that it cannot be told apart."""
    value, low, high = estimate.value, estimate.low, estimate.high
    if estimate.bounded and low <= 1 <= high:
        is_close = low * _CLOSE >= 1 and high <= _CLOSE
        return f"{'as fast' if is_close else 'not told apart'} ({interval(estimate)} times)"
    if value >= 1:
        return f"{number(value)} times faster{_in_brackets(estimate)}"
    slower = Estimate(1 / value, 1 / high if math.isfinite(high) else 0.0, 1 / low if low else math.inf, estimate.n)
    return f"{number(slower.value)} times slower{_in_brackets(slower)}"


def _in_brackets(estimate: Estimate) -> str:
    return f" ({interval(estimate)})" if estimate.bounded else " (not yet sure)"
