"""Figures in words: one way of writing a duration, a ratio and an interval, for verdicts and reports alike."""

import math

from whichpool.values import Estimate

_CLOSE = 1.1
_WHOLE = 9.95
_SIZES = ((999.5, 1.0, "B"), (999.5e3, 1e3, "kB"), (999.5e6, 1e6, "MB"), (math.inf, 1e9, "GB"))
_UNITS = ((1e-6, 1e9, "ns"), (1e-3, 1e6, "µs"), (1.0, 1e3, "ms"), (120.0, 1.0, "s"), (7200.0, 1 / 60, "min"))


def number(value: float) -> str:
    """Write a number with three significant figures and no exponent: ``0.0123``, ``1.86``, ``12,400``."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "∞"
    rounded = float(f"{value:.2e}")
    decimals = max(0, 2 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{decimals}f}"


def duration(seconds: float) -> str:
    """Write a duration in the unit that suits it: ``12.3 ms``."""
    scale, unit = _unit(seconds)
    return f"{number(seconds * scale)} {unit}"


def duration_interval(estimate: Estimate) -> str:
    """Write a duration's interval in the unit of its point: ``771–790 ms``."""
    if not estimate.bounded:
        return "?"
    scale, unit = _unit(estimate.value)
    low, high = number(estimate.low * scale), number(estimate.high * scale)
    return f"{low} {unit}" if low == high else f"{low}–{high} {unit}"


def _unit(seconds: float) -> tuple[float, str]:
    return next(((scale, unit) for below, scale, unit in _UNITS if seconds < below), (1 / 3600, "h"))


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


def count(amount: int, noun: str) -> str:
    """Write an amount with its noun: ``1 item``, ``24 items``."""
    return f"{amount:,} {noun}{'' if amount == 1 else 's'}"


def size(size_bytes: float) -> str:
    """Write a size in the unit that suits it, in powers of a thousand: ``28 B``, ``3.1 MB``."""
    unit_bytes, unit = next((unit_bytes, unit) for below, unit_bytes, unit in _SIZES if size_bytes < below)
    amount = size_bytes / unit_bytes
    return f"{amount:,.{0 if unit == 'B' or amount >= _WHOLE else 1}f} {unit}"
