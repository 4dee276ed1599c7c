"""The warm-up round: who is called up in it, and who goes on to the race."""

from collections.abc import Mapping, Sequence

from whichpool.decide.choice import why_bounded
from whichpool.values import Dissection, Python, Run, State, Strategy
from whichpool.wording import duration

_AS_GOOD = 1.1


def call_up(runs: Sequence[Run], warm_up_s: Mapping[Strategy, float]) -> Run | None:
    """Choose from the reserve who is to run as well: the neighbour of a best one that stands at the edge.

    Args:
        runs: All runs.
        warm_up_s: What the job took in the warm-up round, for each strategy that gave a result.

    Returns:
        A run that was in reserve; None where every best one has both its neighbours beside it, or ran alone because
        the forecast leaves no other a chance.
    """
    for rivals in _kinds(warm_up_s).values():
        best = _best(rivals, warm_up_s)
        ladder = sorted((run for run in runs if run.strategy.kind == best.kind), key=lambda run: run.strategy.workers)
        place = next(place for place, run in enumerate(ladder) if run.strategy == best)
        for neighbour in (*ladder[place + 1 : place + 2], *ladder[max(0, place - 1) : place]):
            if neighbour.in_reserve and neighbour.state is State.SKIPPED and len(rivals) > 1:
                return neighbour
    return None


def who_stays_out(warm_up_s: Mapping[Strategy, float]) -> dict[Strategy, str]:
    """Choose from the warm-up round the worker count that each kind of pool races with; say why of the others.

    The warm-up round counts for nothing else, so choosing by it does not lean on the race. Of counts that are as
    good, the smallest goes on.

    Args:
        warm_up_s: What the job took in the warm-up round, for each strategy that gave a result.

    Returns:
        Those that stay out, with the reason.
    """
    out = {}
    for rivals in _kinds(warm_up_s).values():
        chosen = _best(rivals, warm_up_s)
        for strategy in rivals:
            if strategy != chosen:
                word = "no faster" if warm_up_s[strategy] <= _AS_GOOD * warm_up_s[chosen] else "slower"
                out[strategy] = (
                    f"{word} than {chosen} in the warm-up round: {duration(warm_up_s[strategy])} "
                    f"against {duration(warm_up_s[chosen])}"
                )
    return out


def who_is_bounded(
    warm_up_s: Mapping[Strategy, float], looks: Mapping[Python, Dissection], cores: float, margin: float
) -> dict[Strategy, str]:
    """Say who need not race, because a bound says that it cannot win and its one job did not refute the bound.

    Args:
        warm_up_s: What the job took in the warm-up round, for each strategy that gave a result, serial among them.
        looks: What the first look told under each Python; the bounds rest on it.
        cores: How many cores may be used.
        margin: Differences up to this share do not matter.

    Returns:
        Those that stay out, with the reason.
    """
    loops_s = {strategy.python: job_s for strategy, job_s in warm_up_s.items() if strategy.is_plain_loop}
    out: dict[Strategy, str] = {}
    for strategy, job_s in warm_up_s.items():
        anatomy, serial_s = looks[strategy.python].anatomy, loops_s.get(strategy.python)
        bounded = None if anatomy is None else why_bounded(anatomy, strategy, cores, margin)
        if strategy.is_serial or serial_s is None or bounded is None:
            continue
        at_best, reason = bounded
        if serial_s / job_s <= at_best * (1 + margin):  # where bound and warm-up disagree, the race decides
            out[strategy] = reason
    return out


def _kinds(warm_up_s: Mapping[Strategy, float]) -> dict[Strategy, list[Strategy]]:
    """Put those together that race against each other in the warm-up round: they differ in their workers only."""
    kinds: dict[Strategy, list[Strategy]] = {}
    for strategy in sorted(warm_up_s, key=lambda strategy: strategy.workers):
        kinds.setdefault(strategy.kind, []).append(strategy)
    return kinds


def _best(rivals: Sequence[Strategy], warm_up_s: Mapping[Strategy, float]) -> Strategy:
    """The fewest workers that are as good as any."""
    best_s = min(warm_up_s[strategy] for strategy in rivals)
    return next(strategy for strategy in rivals if warm_up_s[strategy] <= _AS_GOOD * best_s)
