"""The way of the data, on one screen."""

import logging
import random
from collections.abc import Callable
from time import monotonic

from whichpool.comparison.race import Lab, Race, as_text
from whichpool.comparison.watching import Progress, Watch
from whichpool.decide.evidence import Evidence
from whichpool.decide.plan import make_plan
from whichpool.decide.propose import propose
from whichpool.decide.record import make_record
from whichpool.errors import Trouble, WorkloadFailed
from whichpool.machine.description import Machine
from whichpool.machine.noise import read_noise
from whichpool.values import Dissection, Failure, Options, Record, Workload

log = logging.getLogger("whichpool")

_LOOK_SHARE = 0.12
_LOOK_LIMIT_SHARE = 0.25
_LOOK_LIMIT_S = 5.0


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
        watch(Progress("looking at the workload", 0.0, options.budget_s))
        dissection = _look(lab, options)
        runs = propose(dissection, options, machine.cores.usable, machine.memory)
        plan = make_plan(dissection, runs, options, options.budget_s - elapsed(), machine.cores.usable)
        evidence = Evidence.before(dissection, plan, options, runs)
        race = Race(lab, evidence, record=record, watch=watch, elapsed=elapsed, reading=read_noise)
        race.warm_up()
        race.run(chance or random.Random())  # noqa: S311 - the order within a round is no secret
        race.explain()
    except KeyboardInterrupt as interrupt:
        return (record(race.evidence.cut_short(), outlook=True) if race and race.evidence.alive() else None), interrupt
    return record(race.evidence, outlook=True), None


def _look(lab: Lab, options: Options) -> Dissection:
    """Take a first look: the facts, and what an item takes.

    Raises:
        WorkloadFailed: An item failed, or the workload could not even be loaded.
    """
    limit_s = options.timeout_s or max(_LOOK_LIMIT_S, _LOOK_LIMIT_SHARE * options.budget_s)
    box_s = _LOOK_SHARE * options.budget_s
    dissection = lab.dissect(options.python, box_s, limit_s, options.pools, options.start_methods)
    if isinstance(dissection, Failure):
        raise WorkloadFailed(as_text(dissection))
    if dissection.failure is not None and dissection.failure.trouble is Trouble.RAISED:
        raise WorkloadFailed(as_text(dissection.failure))
    return dissection
