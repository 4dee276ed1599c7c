"""Whether the strategies gave the same results; a difference is never passed over in silence."""

from collections.abc import Mapping, Sequence

from whichpool.decide.plan import Plan
from whichpool.values import Caveat, Code, Draw, Run, Sample, Strategy


def disagreements(runs: Sequence[Run], reference: Strategy, plan: Plan) -> list[Caveat]:
    """Hold each strategy's results against the reference's of the same round, and the reference's against its own.

    Args:
        runs: All runs of the race.
        reference: The strategy whose results count as right.
        plan: How the samples were taken.

    Returns:
        One caveat that the function's results vary by themselves; or one for each strategy that differs.
    """
    right = next(run for run in runs if run.strategy == reference)
    first, *later = _all_samples(right)
    for sample in later:
        if (place := _first_difference(first, sample)) is not None:
            message = (
                f"the results of {reference} itself change from run to run (first: {_items(place, first, plan)}), so "
                "the strategies' results cannot be held together; fix seeds and clocks to check them"
            )
            return [Caveat(Code.RESULTS_VARY, message)]
    by_round: dict[int, Sample] = {sample.round: sample for sample in (first, *later)}
    found = []
    for run in runs:
        for sample in _all_samples(run):
            expected = by_round.get(sample.round)
            place = None if expected is None or run is right else _first_difference(expected, sample)
            if place is not None:
                depends_on = (
                    "something that this pool does not keep: shared state, order, or the process it runs in"
                    if run.strategy.python == reference.python
                    else "the Python, or on what is installed there"
                )
                message = (
                    f"{run.strategy} gave another result than {reference} for {_items(place, sample, plan)}; it "
                    f"depends on {depends_on}"
                )
                found.append(Caveat(Code.RESULTS_DIFFER, message))
                break
    unchecked = [
        run for run in runs if run.samples and not any(_comparable(by_round, sample) for sample in _all_samples(run))
    ]
    if unchecked:
        names = ", ".join(str(run.strategy) for run in unchecked)
        message = (
            f"the results of {names} were not held against those of {reference}, which never ran the same items: their "
            "many workers drew more; raise --budget to run all items"
        )
        found.append(Caveat(Code.RESULTS_UNCHECKED, message))
    return found


def _all_samples(run: Run) -> tuple[Sample, ...]:
    """Being watched slows a sample, and changes nothing about its results."""
    return run.samples if run.explained is None else (*run.samples, run.explained)


def _comparable(by_round: Mapping[int, Sample], sample: Sample) -> bool:
    expected = by_round.get(sample.round)
    return expected is not None and (expected.items, expected.seed) == (sample.items, sample.seed)


def _first_difference(expected: Sample, sample: Sample) -> int | None:
    """Find the first block of results that differs; None where all are equal, or where the items were not the same."""
    if (expected.items, expected.seed) != (sample.items, sample.seed):
        return None
    pairs = enumerate(zip(expected.digests, sample.digests, strict=False))
    return next((place for place, (one, other) in pairs if one != other), None)


def _items(place: int, sample: Sample, plan: Plan) -> str:
    """Name the items that a digest covers, by their places in the input."""
    places = Draw(sample.items, sample.seed).places(plan.items)
    block = places[place * sample.block : (place + 1) * sample.block]
    return f"item {block[0]}" if len(block) == 1 else f"one of the items {block[0]}–{block[-1]}"
