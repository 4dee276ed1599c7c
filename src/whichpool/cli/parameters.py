"""What options may be, where several subcommands take the like."""

import difflib
from types import MappingProxyType

import click


class Names(click.ParamType[tuple[str, ...]]):
    """Names separated by commas, each of a known few."""

    name = "names"

    def __init__(self, what: str, known: tuple[str, ...]) -> None:
        """Say what the names are of, and which are known."""
        self._what = what
        self._known = known

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Split the names, and refuse one that is not known."""
        names = tuple(dict.fromkeys(part.strip() for part in str(value).split(",")))
        for name in names:
            if name not in self._known:
                near = difflib.get_close_matches(name, self._known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(self._known)}"
                self.fail(f"there is no {self._what} {name!r}; {hint}", param, ctx)
        return names


class Counts(click.ParamType[tuple[int, ...]]):
    """Whole numbers separated by commas."""

    name = "numbers"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Split the numbers."""
        try:
            return tuple(dict.fromkeys(int(part) for part in str(value).split(",")))
        except ValueError:
            return self.fail(f"{value!r} is not whole numbers separated by commas, such as 2,8", param, ctx)


class Size(click.ParamType[int]):
    """A size in bytes: ``500M``, ``2G`` or a plain number; a unit is a power of a thousand."""

    name = "size"
    _UNITS = MappingProxyType({"": 1, "K": 10**3, "M": 10**6, "G": 10**9})

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the number and its unit."""
        text = str(value).strip().upper().removesuffix("B")
        digits = text.rstrip("KMG")
        try:
            return int(float(digits) * self._UNITS[text[len(digits) :]])
        except (ValueError, KeyError, OverflowError):
            return self.fail(f"{value!r} is no size, such as 500M or 2G", param, ctx)
