"""The way of the data, on one screen."""

import logging
import random
from collections.abc import Callable
from time import monotonic

from whichpool.comparison.looking import look
from whichpool.comparison.race import Lab, Race
from whichpool.comparison.watching import Progress, Watch
from whichpool.decide.evidence import Evidence
from whichpool.decide.plan import make_plan
from whichpool.decide.propose import propose
from whichpool.decide.record import make_record
from whichpool.machine.description import Machine
from whichpool.machine.noise import read_noise
from whichpool.values import Options, Record, Workload

log = logging.getLogger("whichpool")


def compare_workload(  # noqa: PLR0913 - what unit tests put in the place of machine, clock and chance
    workload: Workload,
    lab: Lab,
    options: Options,
    *,
    watch: Watch = log.info,
    clock: Callable[[], float] = monotonic,
    chance: random.Random | None = None,
    machine: Machine | None = None,
) -> tuple[Record | None, KeyboardInterrupt | None]:
    """Compare the strategies for a workload, from a first look to the answer.

    Args:
        workload: What is compared.
        lab: Where it runs.
        options: What the user wants.
        watch: Told before every sample and after every round.
        clock: Seconds that only go forward.
        chance: Shuffles the strategies within a round.
        machine: What it runs on; None to look.

    Returns:
        The record, None where nothing was measured; and what interrupted it, if something did.

    Raises:
        WrongCall: The workload cannot be run as it was written.
        WorkloadFailed: The user's function fails, so there is nothing to compare.
    """
    begun_s = clock()
    machine = machine or Machine.here()
    race: Race | None = None

    def elapsed() -> float:
        return clock() - begun_s

    def record(evidence: Evidence, *, outlook: bool = False) -> Record:
        return make_record(workload, machine.description, evidence, elapsed(), outlook=outlook)

    try:
        looks = look(lab, options, lambda doing: watch(Progress(doing, elapsed(), options.budget_s)))
        runs = propose(looks.taken, options, machine.cores.usable, machine.memory)
        plan = make_plan(looks.taken, runs, options, options.budget_s - elapsed(), machine.cores.usable)
        evidence = Evidence(looks.taken, plan, options, runs, absent=looks.absent)
        race = Race(lab, evidence, record=record, watch=watch, elapsed=elapsed, reading=read_noise)
        race.warm_up()
        race.run(chance or random.Random())  # noqa: S311 - the order within a round is no secret
        race.explain()
    except KeyboardInterrupt as interrupt:
        return (record(race.evidence.cut_short(), outlook=True) if race and race.evidence.alive() else None), interrupt
    return record(race.evidence, outlook=True), None
