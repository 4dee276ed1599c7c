"""The warm-up round: which worker counts are run in it, and which of them goes on to the race."""

from collections.abc import Mapping

from whichpool.decide.plan import Plan
from whichpool.values import Sample, Strategy
from whichpool.wording import duration

_BUSY = 0.9
_AS_GOOD = 1.1


def too_many_workers(strategy: Strategy, plan: Plan, serial: Sample | None) -> str | None:
    """Say why a worker count of the ladder is not worth running; None if it is.

    A small draw of items cannot keep many workers busy. And where serial computes all the time, workers beyond the
    cores find none free: a bound, not a belief. Work that waits is another matter, and is what the ladder is for.

    Args:
        strategy: The strategy whose turn it is.
        plan: How samples are taken.
        serial: Serial's sample of the warm-up round; None if it gave none.
    """
    if plan.is_forecast and strategy.workers > plan.measured_items:
        return f"samples of {plan.measured_items} items cannot keep {strategy.workers} workers busy; raise --budget"
    if serial is not None and serial.cpu_s >= _BUSY * serial.job_s and strategy.workers > max(2, plan.cores):
        busy = serial.cpu_s / serial.job_s
        return (
            f"serial keeps a core busy {busy:.0%} of the time, so workers beyond the {plan.cores} cores find none free"
        )
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
    kinds: dict[tuple[str, str | None], list[Strategy]] = {}
    for strategy in warm_up_s:
        kinds.setdefault((strategy.pool, strategy.start_method), []).append(strategy)
    out = {}
    for rivals in kinds.values():
        best_s = min(warm_up_s[strategy] for strategy in rivals)
        chosen = next(s for s in sorted(rivals, key=lambda s: s.workers) if warm_up_s[s] <= _AS_GOOD * best_s)
        for strategy in rivals:
            if strategy != chosen:
                word = "no faster" if warm_up_s[strategy] <= _AS_GOOD * best_s else "slower"
                out[strategy] = (
                    f"{word} than {chosen} in the warm-up round: {duration(warm_up_s[strategy])} "
                    f"against {duration(warm_up_s[chosen])}"
                )
    return out
