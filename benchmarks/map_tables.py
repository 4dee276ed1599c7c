"""What ``map.py`` measured, as tables, and whether it keeps what was promised. Pure."""

import math
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from library_defaults import PLAIN_LOOP, WHICHPOOL, Library
from rich.table import Table

from whichpool.values import Strategy
from whichpool.wording import duration

MOST_MEAN = 1.10
MOST_WORST = 1.5
LONG_S = 0.1


@dataclass(frozen=True, slots=True)
class Compared:
    """An example's best strategies side by side with the libraries' defaults.

    Attributes:
        name: The example.
        times_s: The median time of each; infinite where it was cut, absent where it failed.
        best_s: What the best strategy takes, by rounds that had no part in choosing it.
        notes: Which pool ``whichpool.map`` ended on, and how often.
    """

    name: str
    times_s: Mapping[Strategy | Library, float]
    best_s: float
    notes: Counter[str]

    @property
    def strategies_s(self) -> dict[Strategy, float]:
        """The times of the strategies that were not cut."""
        return {one: time for one, time in self.times_s.items() if isinstance(one, Strategy) and time < math.inf}

    @property
    def best(self) -> Strategy:
        """The strategy with the lowest median."""
        return min(self.strategies_s, key=self.strategies_s.__getitem__)

    @property
    def lucky_s(self) -> float:
        """Its median, which luck has a part in: it is the lowest of several."""
        return self.strategies_s[self.best]

    @property
    def loop_s(self) -> float:
        """What the plain loop takes."""
        return self.times_s.get(PLAIN_LOOP, math.nan)

    def times_best(self, library: Library) -> float:
        """How many times as long as the best a library's defaults take; not a number where they fail, or it was cut."""
        return self.times_s.get(library, math.nan) / self.best_s if self.best_s < math.inf else math.nan

    @property
    def ended_on(self) -> str:
        """Where ``whichpool.map`` ended, most often."""
        if not self.notes:
            return "-"
        note, count = self.notes.most_common(1)[0]
        return note if count == self.notes.total() else f"{note} ({count} of {self.notes.total()})"

    @property
    def sentence(self) -> str:
        """The outcome in a line."""
        best = f"{_name(self.best)} takes {duration(self.best_s)} ({duration(self.lucky_s)} by the lowest median)"
        return f"{self.name}: {best}, whichpool.map {self.times_best(WHICHPOOL):.3f} times that on {self.ended_on}"


SCOPES = ("all examples", f"best over {duration(LONG_S)}", f"plain loop over {duration(LONG_S)}")


def within(scope: str, found: Sequence[Compared]) -> list[Compared]:
    """Give the examples of a scope."""
    longer = {
        SCOPES[0]: found,
        SCOPES[1]: [one for one in found if one.best_s > LONG_S],
        SCOPES[2]: [one for one in found if one.loop_s > LONG_S],
    }
    return list(longer[scope])


def ratios(found: Sequence[Compared], library: Library) -> list[float]:
    """Give how many times as long as the best a library's defaults take, where they do not fail."""
    return [times for one in found if not math.isnan(times := one.times_best(library))]


def mean(found: Sequence[Compared], library: Library) -> float:
    """Give the geometric mean of those; not a number where there are none."""
    known = ratios(found, library)
    return statistics.geometric_mean(known) if known else math.nan


def worst(found: Sequence[Compared], library: Library) -> float:
    """Give the highest of those."""
    return max(ratios(found, library), default=math.nan)


def jobs_table(found: Sequence[Compared], peers: Sequence[Library]) -> Table:
    """Show each job's times; those of libraries as multiples of the best."""
    names = [library.name for library in peers]
    table = Table("example", "plain loop", "truly best", "takes", "whichpool.map", "ended on", *names, title="/ best")
    for one in found:
        peer_times = [f"{one.times_best(peer):.2f}" for peer in peers]
        ours = f"{one.times_best(WHICHPOOL):.3f}"
        best = (_name(one.best), duration(one.best_s))
        table.add_row(one.name, duration(one.loop_s), *best, ours, one.ended_on, *peer_times)
    return table


def means_table(found: Sequence[Compared], peers: Sequence[Library]) -> Table:
    """Show means and worst cases."""
    everyone = [WHICHPOOL, *peers]
    table = Table("examples", "", *(library.name for library in everyone), title="geometric mean, worst, how many ran")
    for scope in SCOPES:
        inside = within(scope, found)
        for word, of in (("mean", mean), ("worst", worst)):
            table.add_row(scope, word, *(f"{of(inside, library):.3f}" for library in everyone))
        table.add_row(scope, "ran", *(f"{len(ratios(inside, one))} of {len(inside)}" for one in everyone))
        table.add_section()
    return table


def held(found: Sequence[Compared], peers: Sequence[Library]) -> Iterator[str]:
    """Say of each promise whether it holds; the worst case is one of long jobs, the lowest mean one of all."""
    for scope in SCOPES:
        inside = within(scope, found)
        ours = mean(inside, WHICHPOOL) if len(ratios(inside, WHICHPOOL)) == len(inside) else math.nan
        yield _told(f"{scope}: geometric mean at most {MOST_MEAN:.2f}: {ours:.3f}", holds=ours <= MOST_MEAN)
        if scope != SCOPES[0]:
            most = worst(inside, WHICHPOOL) if not math.isnan(ours) else math.nan
            yield _told(f"{scope}: worst at most {MOST_WORST}: {most:.3f}", holds=most <= MOST_WORST)
        beaten = [peer.name for peer in peers if _is_below(inside, peer)]
        counted = f"lower mean than {len(beaten)} of {len(peers)} peers, where they ran"
        yield _told(f"{scope}: {counted}", holds=not math.isnan(ours) and len(beaten) == len(peers))


def _is_below(found: Sequence[Compared], peer: Library) -> bool:
    """Tell whether our mean is lower than a peer's over what that could run; one that runs nothing is no rival."""
    both = [one for one in found if peer in one.times_s]
    return not both or mean(both, WHICHPOOL) < mean(both, peer)


def _told(sentence: str, *, holds: bool) -> str:
    return f"{sentence}: {'holds' if holds else 'MISSED'}"


def _name(strategy: Strategy) -> str:
    return str(replace(strategy, chunksize=None) if strategy.is_serial else strategy)
