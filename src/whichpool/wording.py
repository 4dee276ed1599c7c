"""Figures in words: one way of writing a number, a duration and a size, for all that people read."""

import math

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
    scale, unit = duration_unit(seconds)
    return f"{number(seconds * scale)} {unit}"


def duration_unit(seconds: float) -> tuple[float, str]:
    """Give the unit that suits a duration, and how many of it a second has."""
    return next(((scale, unit) for below, scale, unit in _UNITS if seconds < below), (1 / 3600, "h"))


def count(amount: int, noun: str) -> str:
    """Write an amount with its noun: ``1 item``, ``24 items``."""
    return f"{amount:,} {noun}{'' if amount == 1 else 's'}"


def size(size_bytes: float) -> str:
    """Write a size in the unit that suits it, in powers of a thousand: ``28 B``, ``3.1 MB``."""
    unit_bytes, unit = next((unit_bytes, unit) for below, unit_bytes, unit in _SIZES if size_bytes < below)
    amount = size_bytes / unit_bytes
    return f"{amount:,.{0 if unit == 'B' or amount >= _WHOLE else 1}f} {unit}"
