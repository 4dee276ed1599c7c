"""Whether Python code takes turns."""

import sys


def gil_is_on() -> bool:
    """Tell whether the GIL is on at the moment; it always is where the Python cannot do without."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())
