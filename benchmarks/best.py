"""The few best strategies of each example, kept in a file: the whole grid takes minutes an example to run.

What is kept is only which strategies came out best, never how long they took: a later run measures those again, side
by side with whatever it compares them with.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from whichpool.values import Strategy


class KeptBest:
    """A file of examples and their best strategies.

    Args:
        file: Where they are kept; None keeps nothing.
    """

    def __init__(self, file: Path | None) -> None:
        """Read what has been kept."""
        self._file = file
        self._kept: dict[str, list[dict[str, Any]]] = {}
        if file is not None and file.exists():
            self._kept = json.loads(file.read_text(encoding="utf-8"))

    def of(self, example: str) -> tuple[Strategy, ...]:
        """Give the best strategies of an example, the plain loop first; empty where none are known."""
        return tuple(Strategy(**settings) for settings in self._kept.get(example, ()))

    def keep(self, example: str, times_s: Mapping[Strategy, float], serial: Strategy, most: int) -> None:
        """Keep the best of those that were measured, behind the plain loop."""
        best = sorted((one for one in times_s if one != serial), key=times_s.__getitem__)[:most]
        self._kept[example] = [_settings(strategy) for strategy in (serial, *best)]
        if self._file is not None:
            self._file.write_text(json.dumps(self._kept, indent=1), encoding="utf-8")


def _settings(strategy: Strategy) -> dict[str, Any]:
    """Tell a strategy's settings, but for its Python: the grid runs in this one alone."""
    names = ("pool", "workers", "chunksize", "start_method", "native_threads")
    return {name: getattr(strategy, name) for name in names}
