"""The rules of the race: who leads, who is out, whom to choose, and whether that is settled."""

import math
import statistics
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from whichpool.decide.sequential import interval

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Standing(Generic[K]):
    """How a race stands after the rounds so far.

    Attributes:
        leader: The fastest, by the median ratios of rounds run together.
        out: Who is too slow to be the answer, those dropped before included.
        chosen: The simplest strategy that is not out.
        decided: Whether the choice is settled, as it always is where one alone is left.
        equivalent: Whether it is settled that all of them, two at least, lie inside the margin of the leader. This asks
            more than ``decided`` with nobody out: there the others might yet prove slower than the chosen one.
        rivals: Who, though not out, keeps the choice from being decided; simplest first.
    """

    leader: K
    out: frozenset[K]
    chosen: K
    decided: bool
    equivalent: bool
    rivals: tuple[K, ...]


@dataclass(frozen=True, slots=True)
class _Duel:
    """How much longer the first of two strategies takes than the second: ln(t_first / t_second), round by round."""

    log_ratios: list[float]
    margin: float

    @property
    def median(self) -> float:
        """The best estimate; infinite, which is never close, while the two have no round in common."""
        return statistics.median(self.log_ratios) if self.log_ratios else math.inf

    def slower(self, alpha: float) -> bool:
        """Say whether the first is certainly slower, and by more than the margin at best estimate."""
        if not self.log_ratios or self.median <= math.log1p(self.margin):
            return False
        return interval(self.log_ratios, alpha)[0] > 0

    def close(self, alpha: float) -> bool:
        """Say whether the first is slower by the margin at most at best estimate, by twice it at most certainly."""
        if self.median > math.log1p(self.margin):
            return False
        return interval(self.log_ratios, alpha)[1] <= math.log1p(2 * self.margin)


def judge_race(
    times: Mapping[K, Mapping[int, float]],
    simplest_first: Sequence[K],
    margin: float,
    alpha: float = 0.05,
    dropped: frozenset[K] = frozenset(),
) -> Standing[K]:
    """Say how the race stands; may be asked after every round.

    Two strategies are compared only by the rounds that both ran, as log ratios of their times: what slows a whole
    round down slows both and cancels.

    The answer wanted is the simplest strategy whose time is within the margin of the best. A test of just that,
    "slower by more than the margin, yes or no", would never end where the truth lies on the margin. So a zone of
    indifference lies on both sides of it. To put a strategy **out** it takes certainty that it is slower *at all*,
    and a best estimate beyond the margin. To **decide** for the chosen one it takes certainty that nobody still in is
    faster by more than *twice* the margin, and a best estimate inside it. Whatever the true difference, an interval
    that has shrunk to less than the margin satisfies one of the two, so the race ends. The price is that a difference
    between nothing and twice the margin may be called either way, which costs the user twice the margin at most.

    Being out is judged at alpha / (number of strategies - 1), because each of them is a chance to be wrongly put out.
    Being close could be judged at alpha itself, for it is a demand on all rivals at once; but then a report would show
    intervals, made at the stricter level, that contradict its own closing sentence.

    What is guaranteed holds for a given pair, not for whichever leader the rounds throw up. Over whole races the
    simulation in ``benchmarks/decision_rule.py`` counts the wrong answers.

    Args:
        times: For each strategy, the time of its job in seconds by round. Strategies may have run different rounds;
            one that is missing has run none.
        simplest_first: The strategies of the race, those already out included, because their number counts.
        margin: Differences up to this share do not matter: 0.05 for 5 %.
        alpha: How probable a wrong answer may be.
        dropped: Who is out already, for good; after each round, hand over the last standing's ``out``.

    Returns:
        How the race stands.

    Raises:
        ValueError: Nobody is in the race, or margin or alpha is out of range.
    """
    racing = [strategy for strategy in simplest_first if strategy not in dropped]
    if not racing or not margin > 0 or not 0 < alpha < 1:
        message = f"need somebody racing, margin > 0 and 0 < alpha < 1, not {racing}, {margin} and {alpha}"
        raise ValueError(message)
    level = alpha / max(1, len(simplest_first) - 1)

    def duel(first: K, second: K) -> _Duel:
        return _Duel(_log_ratios(times.get(first, {}), times.get(second, {})), margin)

    def worst_defeat(strategy: K) -> float:
        duels = (duel(strategy, other) for other in racing if other != strategy)
        return max((each.median for each in duels if each.log_ratios), default=math.inf)

    # Where one strategy beats each of the others, its worst defeat is a victory and it leads. Medians of ratios can
    # also run in circles, and then this still names one. ``min`` keeps the first of equals, so the simplest.
    leader = min(racing, key=worst_defeat)
    others = [strategy for strategy in racing if strategy != leader]
    slower = frozenset(strategy for strategy in others if duel(strategy, leader).slower(level))
    remaining = [strategy for strategy in racing if strategy not in slower]
    chosen = remaining[0]
    rivals = tuple(strategy for strategy in remaining[1:] if not duel(chosen, strategy).close(level))
    out = dropped | slower
    return Standing(
        leader=leader,
        out=out,
        chosen=chosen,
        decided=not rivals,
        equivalent=bool(others)
        and not rivals
        and not out
        and all(duel(other, leader).close(level) for other in others),
        rivals=rivals,
    )


def _log_ratios(first: Mapping[int, float], second: Mapping[int, float]) -> list[float]:
    # In the order of the rounds, whatever the order of the mappings: the paired t looks at the first few of them.
    return [math.log(first[number] / second[number]) for number in sorted(first.keys() & second.keys())]
