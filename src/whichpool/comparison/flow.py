"""The way of the data, on one screen."""

import logging
import random
from collections.abc import Callable
from time import monotonic

from whichpool.comparison.race import Lab, Race, as_text
from whichpool.comparison.watching import Progress, Watch
from whichpool.decide.estimates import entries
from whichpool.decide.evidence import Evidence
from whichpool.decide.plan import make_plan, simplest_first
from whichpool.decide.propose import propose
from whichpool.decide.verdict import conclude
from whichpool.errors import Trouble, WorkloadFailed
from whichpool.machine.cores import usable_cores
from whichpool.machine.description import describe
from whichpool.values import Failure, Options, Record, Scouting

log = logging.getLogger("whichpool")

_SCOUT_SHARE = 0.04
_SCOUT_LIMIT_SHARE = 0.25
_SCOUT_LIMIT_S = 5.0


def compare_workload(  # noqa: PLR0913 - what unit tests put in the place of machine, clock and chance
    name: str,
    lab: Lab,
    options: Options,
    *,
    watch: Watch = log.info,
    clock: Callable[[], float] = monotonic,
    chance: random.Random | None = None,
) -> tuple[Record | None, KeyboardInterrupt | None]:
    """Compare the strategies for a workload, from a first look to the answer.

    Args:
        name: What to call the workload.
        lab: Where it runs.
        options: What the user wants.
        watch: Told before every sample and after every round.
        clock: Seconds that only go forward.
        chance: Shuffles the strategies within a round.

    Returns:
        The record, None where nothing was measured; and what interrupted it, if something did.

    Raises:
        WrongCall: The workload cannot be run as it was written.
        WorkloadFailed: The user's function fails, so there is nothing to compare.
    """
    begun_s = clock()
    cores = usable_cores()
    machine = describe(cores)
    race: Race | None = None

    def record(evidence: Evidence) -> Record:
        found = entries(evidence)
        return Record(
            workload=name,
            facts=evidence.facts,
            machine=machine,
            measured_items=evidence.plan.measured_items,
            rounds=evidence.rounds,
            elapsed_s=clock() - begun_s,
            margin=options.margin,
            entries=found,
            verdict=conclude(evidence, found),
        )

    try:
        watch(Progress("looking at the workload", 0.0, options.budget_s))
        scouting = _look(lab, options)
        strategies = simplest_first(propose(scouting.facts, options, cores.workers))
        plan = make_plan(scouting, strategies, options, options.budget_s - (clock() - begun_s), cores.workers)
        evidence = Evidence.before(scouting.facts, plan, options, strategies)
        race = Race(lab, evidence, record, watch, lambda: clock() - begun_s)
        race.warm_up()
        race.run(chance or random.Random())  # noqa: S311 - the order within a round is no secret
    except KeyboardInterrupt as interrupt:
        return (record(race.evidence.cut_short()) if race and race.evidence.alive() else None), interrupt
    return record(race.evidence), None


def _look(lab: Lab, options: Options) -> Scouting:
    """Take a first look: the facts, and what an item takes.

    Raises:
        WorkloadFailed: An item failed, or the workload could not even be loaded.
    """
    limit_s = options.timeout_s or max(_SCOUT_LIMIT_S, _SCOUT_LIMIT_SHARE * options.budget_s)
    scouting = lab.scout(options.python, _SCOUT_SHARE * options.budget_s, limit_s)
    if isinstance(scouting, Failure):
        raise WorkloadFailed(as_text(scouting))
    if scouting.failure is not None and scouting.failure.trouble is Trouble.RAISED:
        raise WorkloadFailed(as_text(scouting.failure))
    return scouting
