"""Simulated sessions: the rule of the race on a machine that drifts and hiccups, where the truth is known.

The time of a sample is the strategy's true time, multiplied by

- the machine's mood: exp of an AR(1) process with ρ = 0.97 from sample to sample (not only from round to round) and a
  standard deviation of 10 %, as when a clock frequency or a neighbour's load comes and goes;
- a spike in one sample out of ten: longer by a share drawn from an exponential distribution with mean 40 %;
- the sample's own noise, log-normal, 2 %.

The order within a round is shuffled, strategies that are out no longer run, and the session ends when the race is
decided or after 24 rounds.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from whichpool.decide.race import judge_race

MARGIN = 0.05
ROUNDS = 24

_DRIFT_CORRELATION = 0.97
_DRIFT_DEVIATION = 0.10
_DRIFT_STEP = _DRIFT_DEVIATION * math.sqrt(1 - _DRIFT_CORRELATION**2)
_SPIKE_PROBABILITY = 0.10
_SPIKE_MEAN = 0.40
_NOISE_DEVIATION = 0.02


class DriftingMachine:
    """A machine whose samples take longer or shorter by turns.

    Args:
        random: Where chance comes from; the same seed gives the same samples.
    """

    def __init__(self, random: Random) -> None:
        """Start in the long run, not on a good day: the drift begins anywhere it could be."""
        self._random = random
        self._drift = random.gauss(0, _DRIFT_DEVIATION)

    def measure(self, true_s: float) -> float:
        """Give the time in seconds at which a job of the given true time would be measured next."""
        random = self._random
        self._drift = _DRIFT_CORRELATION * self._drift + random.gauss(0, _DRIFT_STEP)
        spike = random.expovariate(1 / _SPIKE_MEAN) if random.random() < _SPIKE_PROBABILITY else 0.0
        return true_s * math.exp(self._drift + random.gauss(0, _NOISE_DEVIATION)) * (1 + spike)


@dataclass(frozen=True, slots=True)
class Ending:
    """How one session ended.

    Attributes:
        rounds: How many rounds were run.
        decided: Whether the race was decided by then.
        equivalent: Whether all strategies were called equivalent.
        wrong_claim: Whether a strategy that is as fast as any was put out: somebody was claimed to be faster.
        wrong_choice: Whether the race was decided for a strategy slower than the fastest by more than the margin.
    """

    rounds: int
    decided: bool
    equivalent: bool
    wrong_claim: bool
    wrong_choice: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """What many sessions came to; shares are between 0 and 1.

    Attributes:
        sessions: How many there were.
        wrong_claims: The share in which a strategy as fast as any was put out.
        wrong_choices: The share decided for a strategy slower than the fastest by more than the margin.
        decided: The share decided at all.
        equivalent: The share in which all strategies were called equivalent.
        mean_rounds: Rounds to the decision on average; a session never decided counts with all its rounds.
    """

    sessions: int
    wrong_claims: float
    wrong_choices: float
    decided: float
    equivalent: float
    mean_rounds: float


def run_session(true_s: Sequence[float], random: Random) -> Ending:
    """Race strategies of known true times, in seconds, the simplest one first."""
    machine = DriftingMachine(random)
    strategies = range(len(true_s))
    times: dict[int, dict[int, float]] = {strategy: {} for strategy in strategies}
    standing = judge_race(times, strategies, MARGIN)
    rounds = 0
    while rounds < ROUNDS and not standing.decided:
        rounds += 1
        order = [strategy for strategy in strategies if strategy not in standing.out]
        random.shuffle(order)
        for strategy in order:
            times[strategy][rounds] = machine.measure(true_s[strategy])
        standing = judge_race(times, strategies, MARGIN, dropped=standing.out)
    best_s = min(true_s)
    return Ending(
        rounds=rounds,
        decided=standing.decided,
        equivalent=standing.equivalent,
        wrong_claim=any(true_s[strategy] == best_s for strategy in standing.out),
        wrong_choice=standing.decided and true_s[standing.chosen] > best_s * (1 + MARGIN),
    )


def run_sessions(true_s: Sequence[float], sessions: int, seed: int = 0) -> Tally:
    """Run many sessions of the same race, each on a machine of its own."""
    random = Random(seed)
    endings = [run_session(true_s, random) for _ in range(sessions)]

    def share(flags: Iterable[bool]) -> float:
        return sum(flags) / sessions

    return Tally(
        sessions=sessions,
        wrong_claims=share(ending.wrong_claim for ending in endings),
        wrong_choices=share(ending.wrong_choice for ending in endings),
        decided=share(ending.decided for ending in endings),
        equivalent=share(ending.equivalent for ending in endings),
        mean_rounds=sum(ending.rounds for ending in endings) / sessions,
    )
