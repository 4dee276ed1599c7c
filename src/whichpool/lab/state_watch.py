"""Whether calls change what a function holds on to: its contents are hashed before and after.

A change deeper than :mod:`whichpool.lab.digest` looks goes unseen, and so does one in an object of which only the type
can be read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from time import perf_counter
from types import GeneratorType

from whichpool.lab.captured import MISSING, Captured, Held
from whichpool.lab.digest import digest_blocks
from whichpool.lab.extent import LARGEST_BYTES, is_larger
from whichpool.lab.live_kinds import resource_kind
from whichpool.lab.provenance import is_installed
from whichpool.lab.showing import short, with_article
from whichpool.values.hazards import APART, THREADED, Finding, Hazard, PoolKind, Unseen

_LONGEST_S = 1.0
_VALUES = {"numpy", "pandas"}  # packages whose objects are containers, as lists are
_SHOWN = (bool, int, float, complex, str, bytes, type(None))


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A value as it was at one moment.

    Attributes:
        digest: A hash of its contents.
        shown: What people see of it: ``3``, or ``2 entries``; empty where there is nothing short to say.
    """

    digest: str
    shown: str

    @classmethod
    def of(cls, value: object) -> "Glimpse":
        """Look at a value."""
        return cls(digest_blocks([_contents(value)])[0][0], _shown(value))

    def until(self, later: "Glimpse") -> str:
        """Say what became of it."""
        if self.shown and later.shown and self.shown != later.shown:
            return f"was {self.shown} before a call and is {later.shown} after it"
        return "holds something else after a call than before it"


@dataclass(slots=True)
class StateWatch:
    """Watches what functions hold on to."""

    _watched: dict[str, Captured] = field(default_factory=dict)
    _before: dict[str, Glimpse] = field(default_factory=dict)

    def begin(self, held: Held) -> Iterator[Unseen]:
        """Begin to watch, and tell what is too large for that."""
        for name, captured in held.state.items():
            begun_s = perf_counter()
            try:
                value = captured.read()
                if resource_kind(value) is not None:  # it is a finding by itself, whether it changes or not
                    continue
                glimpse = None if is_larger(value, LARGEST_BYTES) else Glimpse.of(value)
                if glimpse is None or perf_counter() - begun_s > _LONGEST_S:
                    yield Unseen(tuple(PoolKind), f"{name} is too large to see whether calls change it")
                elif glimpse == Glimpse.of(value):
                    self._watched[name], self._before[name] = captured, glimpse
            except Exception:  # a user's object may raise anything while it is looked at
                yield Unseen(tuple(PoolKind), f"{name} cannot be read, so whether calls change it was not seen")

    def changes(self) -> Iterator[Finding]:
        """Tell what has changed since the last time."""
        for name, captured in self._watched.items():
            value = captured.read()
            after = Glimpse.of(value)
            before, self._before[name] = self._before[name], after
            if before.digest != after.digest:
                yield _change(name, value, before.until(after))


def _change(name: str, value: object, what: str) -> Finding:
    package = type(value).__module__.partition(".")[0]
    if is_installed(type(value)) and package not in _VALUES:  # most such objects remember something: a note
        effects = {}
    else:
        effects = {
            **dict.fromkeys(APART, f"each worker changes its own {name}: the caller never sees it"),
            **dict.fromkeys(THREADED, f"all calls share {name}: two that change it at once can collide"),
        }
    return Finding(
        Hazard.STATE_CHANGED_IN_TRIAL,
        name,
        f"{name} {what}",
        effects,
        f"return what changes instead; for threads, hold a lock wherever {name} is used",
        tried=True,
    )


def _contents(value: object) -> object:
    """Give what of a value counts: of a generator, which nothing else can read, where it stands.

    What ``functools.cached_property`` keeps in an object does not count: each worker may have that for itself.
    """
    if isinstance(value, GeneratorType):
        return value.gi_frame and (value.gi_frame.f_lasti, dict(value.gi_frame.f_locals))
    if isinstance(value, count):
        return repr(value)
    classes = type(value).__mro__
    cached = {name for cls in classes for name, part in vars(cls).items() if isinstance(part, cached_property)}
    return {name: part for name, part in vars(value).items() if name not in cached} if cached else value


def _shown(value: object) -> str:
    if value is MISSING:
        return "not there"
    if isinstance(value, _SHOWN):
        return short(value, 30)
    try:
        return f"{with_article(type(value).__name__)} of {len(value):,}"  # type: ignore[arg-type]  # most have no length
    except Exception:
        return ""
