"""What the loop has shown, what is left to do, and so which pool would pay."""

import math
import os
from collections.abc import Callable
from dataclasses import replace

from whichpool.machine.cores import usable_cores
from whichpool.machine.gil import gil_is_on
from whichpool.running.account import JobReport, Stage
from whichpool.running.candidates import Candidates
from whichpool.running.crew import Answer, Batch
from whichpool.running.loop import LoopRun
from whichpool.running.loop_watch import LoopWatch, has_children
from whichpool.running.options import Options
from whichpool.running.policy import (
    Machine,
    Plan,
    Seen,
    choose,
    could_pay,
    is_open,
    most_speedup,
    plans,
    seems_free_of_gil,
)
from whichpool.running.pulse import wait_for_the_leaving
from whichpool.running.recent import FEWEST, Spent
from whichpool.running.source import Source
from whichpool.running.workers.starting import can_fork
from whichpool.wording import duration, number

_FIRST_LOOK_S = 1e-3
_FIRST_LOOK_WITHIN_S = 10e-3
_WAITING_S = 25e-3
_LOOK_AGAIN = 1.25
_LOOK_LATER = 2.0
_RESOLVED_AFTER_S = 15e-3
_MUCH_LONGER = 4.0
_FIRST_IN_FLIGHT = 16
_MUCH_QUEUED = 0.2
_UNKNOWN_S = 1.0
"""What an item is taken to take before one has ended: long, so that it is dealt alone."""
_BEST_MACHINE = Machine(os.cpu_count() or 1, forks=True)


class Prospects:
    """Collects what the loop shows, and says when and where the job should move.

    Attributes:
        planned_s: How long an item was taken to take when a plan was made, in the loop.
    """

    def __init__(self, candidates: Candidates, source: Source, options: Options, report: JobReport) -> None:
        """Begin with nothing seen.

        Args:
            candidates: The pools that the job may move to.
            source: Where the items come from.
            options: What the caller asked for.
            report: Is told in the end why pools were not used.
        """
        self._candidates = candidates
        self._source = source
        self._workers = options.workers
        # an iterator is for the caller to advance; with as many workers as were asked for, the caller would be one too
        # many; and whoever takes results as they end is to have them at once, and gets none while the caller works
        self._may_begin_early = source.sequence is not None and options.workers is None and options.ordered
        self._chunk = options.chunksize or 1
        self._report = report
        self._watch = LoopWatch(source)
        self._machine: Machine | None = None
        self._cores: float | None = None
        self._look_s, self._look_within_s = _FIRST_LOOK_S, _FIRST_LOOK_WITHIN_S
        self.planned_s = 0.0
        self._refused: tuple[Seen, list[Plan]] | None = None

    def begin(self, loop: Stage, beat: Callable[[], object] | None = None) -> None:
        """Begin to watch the loop, which may have been left for a while.

        Args:
            loop: What it has done, and will do.
            beat: Is called now and then by the thread that watches, as long as there is one.
        """
        self._watch.begin(loop, beat)
        self._look_s = _FIRST_LOOK_S

    def end(self) -> None:
        """Stop watching; may be called twice."""
        self._watch.end()

    def clear(self) -> None:
        """Stop watching and wait until no thread of ours is left."""
        self._watch.clear()

    def note(self, batch: Batch, answer: Answer, spent: Spent, *, last_is_long: bool, are_slowed: bool = False) -> None:
        """Take note of a batch that the loop has run.

        Args:
            batch: The items.
            answer: What became of them.
            spent: What they have taken.
            last_is_long: Whether the last item took much of the time, among quick ones.
            are_slowed: Whether processes were being started meanwhile, which take the cores: what items take then tells
                nothing, unless that is so much more that they are of another kind.
        """
        if are_slowed and spent.busy_s < _MUCH_LONGER * self.planned_s * spent.items:
            return
        self._watch.note(spent, last_is_long=last_is_long)
        if last_is_long:
            self._look_s = 0.0
        self._look_within_s = _FIRST_LOOK_WITHIN_S
        if not answer.failures:
            self._candidates.note(batch.items[-1], answer.values[-1])

    def look(self) -> Plan | None:
        """See, now and then, whether a crew would pay by now; the looks themselves are a small part of the time."""
        loop = self._watch.loop
        if loop is None or loop.elapsed_s < self._look_s or not self._candidates.pools:
            return None
        self._look_s = loop.elapsed_s * _LOOK_AGAIN
        machine = self._machine or _BEST_MACHINE
        seen = self._with_costs(self._watch.at_most())
        if could_pay(seen, machine):
            if self._listens_too_short(seen):
                return None
            seen = self.seen()
        if not could_pay(seen, machine):
            self._refused = self._refused or (seen, [])
            self._look_s = loop.elapsed_s * _LOOK_LATER
            self._watch.doze()  # who listens disturbs a little
            return None
        if not self._watch.is_awake:
            self._watch.listen()
            seen = replace(seen, held=None)
        if self._listens_too_short(seen):
            self._look_s = min(self._look_s, loop.elapsed_s + _RESOLVED_AFTER_S)
            return None
        if self._choice(seen) is None:
            return None
        self._candidates.check(forks=self.machine.forks)
        self._candidates.try_sending(forks=self.machine.forks)
        return self._choice(self.seen())

    def look_within(self, run: LoopRun) -> Plan | None:
        """See, now and then, whether threads would pay before what the loop is at has ended.

        It will take at least as long as it has. Only threads may begin so early: whether a result can be sent to
        another process shows when there is one. And where a child is alive, nobody knows yet what that computes.

        They begin soon where the item computes without the GIL, whatever processes would do: those would be late. What
        only waits at first may compute later, and is given more time.

        Args:
            run: The loop at its item, or its few.
        """
        item_s, cpu_s = run.elapsed_s, run.cpu_s
        left = self._source.remaining
        if not self._may_begin_early or not left or "threads" not in self._candidates.pools:
            return None
        if item_s < self._look_within_s or has_children(self._watch.begun_at_s):
            return None
        self._look_within_s = max(_WAITING_S, item_s * _LOOK_AGAIN)
        self._read_cores()  # from files, which is better done now than when the caller is back
        # the one under way is a part of what is left; and starting threads keeps nobody from work that is there to do
        seen = replace(self._with_costs(self._watch.seen_within(item_s, cpu_s)), remaining=left + 1, elapsed_s=math.inf)
        is_free = False
        if seems_free_of_gil(seen):
            is_free = run.computes_without_gil()
            self._watch.takes_gil_in_passing = not is_free
        if is_free:  # what it has not computed so far, it has waited for a core
            seen = replace(seen, wall_s=min(seen.wall_s, seen.cpu_s), own_cpu_s=0.0)
        elif seen.computes or item_s < _WAITING_S:
            return None
        if not _is_for_threads(self._choice(seen, only_threads=is_free)):
            return None
        self._candidates.check(forks=self.machine.forks)
        plan = self._choice(seen, only_threads=is_free)
        return replace(plan, workers=min(plan.workers, left)) if plan is not None and _is_for_threads(plan) else None

    def _listens_too_short(self, seen: Seen) -> bool:
        listened_s = self._watch.listened_s
        machine = self._machine or _BEST_MACHINE  # asking for it takes half a millisecond
        return listened_s is not None and listened_s < _RESOLVED_AFTER_S and is_open(seen, machine)

    def _choice(self, seen: Seen, *, only_threads: bool = False) -> Plan | None:
        options = plans(seen, self.machine, tuple(self._candidates.pools), self._workers)
        self._refused = seen, options
        self.planned_s = seen.item_s
        return choose([plan for plan in options if plan.pool == "threads" or not only_threads], seen)

    def first(self) -> Plan:
        """Plan for a job none of whose items may run in the caller: nothing is known of them yet."""
        if self._candidates.pools != ["asyncio"]:
            self._candidates.check_but_keep_some(forks=self.machine.forks)
        pool = self._candidates.pools[-1]
        cores = self.machine.cores
        workers = _FIRST_IN_FLIGHT if pool == "asyncio" else max(1, round(cores))
        return Plan(pool, self._workers or workers, cores, 0.0, 0.0)

    @property
    def loop_item_s(self) -> float:
        """How long the last items have taken in the loop."""
        loop = self._watch.lately()
        return loop.busy_s / loop.items if loop.items else _UNKNOWN_S

    @property
    def has_loop(self) -> bool:
        """Whether there was a loop to learn from."""
        return self._watch.loop is not None

    @property
    def loop_was_queued(self) -> bool:
        """Whether others had the cores for much of the time that the loop was watched."""
        return self._watch.queue_share > _MUCH_QUEUED

    def lately(self) -> Spent:
        """Tell what the loop's last items have taken, and be it a single one."""
        return self._watch.lately()

    def conclude(self) -> None:
        """Have the report tell of every pool that was allowed and not used why that was so."""
        if self._watch.loop is None or not self._watch.loop.items:  # nobody had a choice
            return
        seen, options = self._refused or (None, [])
        considered = {plan.pool: plan for plan in options}
        for pool in self._candidates.pools:
            if pool not in self._report.pools:
                self._report.passed_over[pool] = self._why_refused(seen, considered.get(pool))

    def _why_refused(self, seen: Seen | None, plan: Plan | None) -> str:
        if seen is None:
            return "the job was over before the first look"
        if not seen.left:
            return "no item was left"
        speedup = most_speedup(seen, self._machine or _BEST_MACHINE)
        told = f"at most {number(speedup)} times the loop's speed" if plan is None else str(plan)
        return f"{told}, with {duration(seen.left * seen.item_s)} to go"

    @property
    def machine(self) -> Machine:
        """What is known of where it runs."""
        if self._machine is None:
            wait_for_the_leaving()
            forks = can_fork(beside=self._watch.listened_s is not None)
            self._machine = Machine(self._read_cores(), forks, gil_is_on())
        return self._machine

    def _read_cores(self) -> float:
        if self._cores is None:
            self._cores = usable_cores().usable
        return self._cores

    def seen(self, *, fewest: int = FEWEST) -> Seen:
        """Put together what the loop has shown.

        Args:
            fewest: How many of the last items are to be looked at, at least.
        """
        return self._with_costs(self._watch.seen(fewest=fewest))

    def _with_costs(self, seen: Seen) -> Seen:
        return replace(self._candidates.with_costs(seen), chunk=self._chunk)


def _is_for_threads(plan: Plan | None) -> bool:
    return plan is not None and plan.pool == "threads"
