"""What the loop has shown, what is left to do, and so which pool would pay."""

import math
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from whichpool.machine.cores import usable_cores
from whichpool.machine.gil import gil_is_on
from whichpool.running.account import JobReport, Stage
from whichpool.running.crew import Answer, Batch
from whichpool.running.loop_watch import LoopWatch, has_children
from whichpool.running.options import Options
from whichpool.running.policy import (
    Machine,
    Plan,
    Seen,
    better,
    choose,
    could_pay,
    is_open,
    loses,
    most_in_flight,
    most_speedup,
    plans,
)
from whichpool.running.pulse import wait_for_the_leaving
from whichpool.running.safety import why_not
from whichpool.running.sending import Sending, try_sending
from whichpool.running.source import Source
from whichpool.running.workers.starting import can_fork
from whichpool.wording import duration, number

_FIRST_LOOK_S = 1e-3
_FIRST_LOOK_WITHIN_S = 25e-3
_LOOK_AGAIN = 1.25
_LOOK_LATER = 2.0
_RESOLVED_AFTER_S = 15e-3
_WARM_AFTER_S = 30e-3
_WINDOW_S = 0.1
_MOST_MOVES = 2
_COMPUTING = 0.3
_FIRST_IN_FLIGHT = 16
_FULL = 0.7
_OTHERS = 0.25
_LONGER = 2.0
_MOST_CONSUMER = 0.2
_UNKNOWN_S = 1.0
"""What an item is taken to take before one has ended: long, so that it is dealt alone."""
_UNCHANGEABLE = frozenset({int, float, complex, bool, str, bytes, type(None), range})
Move = Plan | Literal["serial", "look again"]
_BEST_MACHINE = Machine(os.cpu_count() or 1, forks=True)


class Prospects:
    """Collects what the loop shows, and says when and where the job should move.

    A pool is passed over for good where the function is not right in it, where results cannot be sent back, or where
    its workers could not be started; the report tells why.
    """

    def __init__(  # noqa: PLR0913 - what it works with, passed in
        self,
        function: Callable[..., Any],
        source: Source,
        allowed: tuple[str, ...],
        options: Options,
        report: JobReport,
        *,
        tell: Callable[..., None],
    ) -> None:
        """Begin with every pool that is allowed.

        Args:
            function: What is called with every item.
            source: Where the items come from.
            allowed: The names of the pools.
            options: What the caller asked for.
            report: Is told which pools were passed over.
            tell: Logs a message, with the values that are put into it.
        """
        self._function = function
        self._source = source
        self._workers = options.workers
        # whoever takes results as they end is to have them at once, and gets none while the caller is at an item
        self._may_begin_early = options.ordered
        self._chunk = options.chunksize or 1
        self._allowed = [pool for pool in allowed if pool != "serial"]
        self._report = report
        self._tell = tell
        self._watch = LoopWatch(source)
        self._machine: Machine | None = None
        self._sample: tuple[object, object] = (None, None)
        self._sendings: tuple[Sending, Sending] | None = None
        self._is_checked = self._is_tried = False
        self._look_s, self._look_within_s = _FIRST_LOOK_S, _FIRST_LOOK_WITHIN_S
        self._judge_s = _WARM_AFTER_S
        self._since: Stage | None = None
        self._moves = self._grown_at = 0
        self._planned_s = 0.0
        self._known: dict[str, tuple[int, float]] = {}
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
        self._grown_at = 0

    def note(self, batch: Batch, answer: Answer, cpu_s: float, *, last_is_long: bool) -> None:
        """Take note of a batch that the loop has run.

        Args:
            batch: The items.
            answer: What became of them.
            cpu_s: The CPU time that the whole process used for it.
            last_is_long: Whether the last item took much of the time, among quick ones.
        """
        self._watch.note(answer, cpu_s, last_is_long=last_is_long)
        self._look_within_s = _FIRST_LOOK_WITHIN_S
        if not answer.failures:
            self._sample = batch.items[-1], answer.values[-1]

    def look(self) -> Plan | None:
        """See, now and then, whether a crew would pay by now; the looks themselves are a small part of the time."""
        loop = self._watch.loop
        if loop is None or loop.elapsed_s < self._look_s or not self._allowed:
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
        if self._listens_too_short(seen) or self._choice(seen) is None:
            return None
        self._check()
        self._try_sending()
        return self._choice(self.seen())

    def look_within(self, item_s: float, cpu_s: float) -> Plan | None:
        """See, now and then, whether threads would pay before what the loop is at has ended.

        It will take at least as long as it has. Only threads may begin so early: whether a result can be sent to
        another process shows when there is one. And where a child is alive, nobody knows yet what that computes.

        Args:
            item_s: How long the loop has been at its item, or its few.
            cpu_s: How much the whole process has computed meanwhile.
        """
        left = self._source.remaining
        if not self._may_begin_early:
            return None
        if not left or self._source.sequence is None or "threads" not in self._allowed or self._workers is not None:
            return None  # with so many workers as were asked for, the caller would be one more
        if item_s < self._look_within_s or has_children(self._watch.begun_at_s):
            return None
        self._look_within_s = item_s * _LOOK_AGAIN
        # the one under way is a part of what is left; and starting threads keeps nobody from work that is there to do
        seen = replace(self._with_costs(self._watch.seen_within(item_s, cpu_s)), remaining=left + 1, elapsed_s=math.inf)
        if self._listens_too_short(seen) or not _is_for_threads(self._choice(seen)):
            return None
        self._check()
        plan = self._choice(seen)
        return replace(plan, workers=min(plan.workers, left)) if plan is not None and _is_for_threads(plan) else None

    def _listens_too_short(self, seen: Seen) -> bool:
        listened_s = self._watch.listened_s
        is_short = listened_s is not None and listened_s < _RESOLVED_AFTER_S
        return is_short and is_open(
            seen, self._machine or _BEST_MACHINE
        )  # asking for the machine takes half a millisecond

    def _choice(self, seen: Seen) -> Plan | None:
        options = self._plans(seen)
        self._refused = seen, options
        self._planned_s = seen.item_s
        return choose(options, seen)

    @property
    def is_changeable(self) -> bool:
        """Whether a function could change an item, as far as the last one tells."""
        item = self._sample[0]
        parts = item if type(item) is tuple else (item,)
        return any(type(part) not in _UNCHANGEABLE for part in parts)

    def first(self) -> Plan:
        """Plan for a job none of whose items may run in the caller: nothing is known of them yet."""
        wanted = list(self._allowed)
        if wanted != ["asyncio"]:
            self._check()
        if not self._allowed:
            self._tell("no pool that is allowed is right for the function, and it runs in one all the same")
            self._allowed = wanted
        pool = self._allowed[-1]
        cores = self.machine.cores
        workers = _FIRST_IN_FLIGHT if pool == "asyncio" else max(1, round(cores))
        return Plan(pool, self._workers or workers, cores, 0.0, 0.0)

    def judge(self, stage: Stage) -> Move | None:
        """See, now and then, whether a crew keeps its promise; if not, say where to go instead, or to go back.

        What counts is what it did since the last look, and nothing before it was warm: workers that were forked are
        slow at first, while they copy the memory that they write to.

        Returns:
            A plan for another pool; ``serial`` to go back to the loop for good; ``look again`` to go back and learn
            anew, where the items of the loop were not like those that came; None to stay.
        """
        if self._watch.loop is None or self._moves == _MOST_MOVES or stage.elapsed_s < self._judge_s:
            return None
        since = self._since
        if since is None or since.at_s != stage.at_s:
            self._since, self._judge_s = replace(stage), stage.elapsed_s + _WINDOW_S
            return None
        if stage.items - since.items < 2 * stage.workers:
            return None
        self._since, self._judge_s = replace(stage), stage.elapsed_s + max(_WINDOW_S, stage.elapsed_s)
        move = "look again" if self._was_misled(stage, since) else self._better_place(stage, since)
        if move is not None:
            self._moves += 1
            self._judge_s = _WARM_AFTER_S
        return move

    def _better_place(self, stage: Stage, since: Stage) -> Plan | Literal["serial"] | None:
        speedup = self.speedup(stage, since)
        if speedup is None:
            return None
        self._known[stage.pool] = stage.workers, speedup
        seen = self.seen()
        others = tuple(pool for pool in self._allowed if pool != stage.pool)
        plan = better(plans(seen, self.machine, others, self._workers, self._known), seen, speedup)
        if plan is None and not loses(speedup):
            return None
        if plan is not None and plan.pool == "processes":
            self._try_sending()
            if plan.pool not in self._allowed:
                return None
        return plan or "serial"

    def workers_after_all(self, pool: str) -> int:
        """Tell how many workers a crew should have by what the loop has shown since it was planned; 0 for no more.

        The item that the loop was at meanwhile may have been the first of many that take long.
        """
        item_s = self.loop_item_s
        if self._workers is not None or not 0 < _LONGER * self._planned_s < item_s:
            return 0
        (plan,) = plans(self._with_costs(self._watch.seen(fewest=1)), self.machine, (pool,))
        return plan.workers

    def workers_wanted(self, stage: Stage) -> int:
        """See, each time that twice as many items have been answered, how many workers a crew should have.

        That is asked of a crew that began without a loop to learn from, and of one whose job has an unknown length:
        when it was planned, little had been done, and no more than that was taken to be left. 0 stands for no more than
        it has.
        """
        remaining = self._source.remaining
        has_loop = self._watch.loop is not None
        if self._workers is not None or (has_loop and remaining is not None):
            return 0
        if stage.items < max(self._grown_at, stage.workers):
            return 0
        self._grown_at = 2 * stage.items
        if stage.pool == "asyncio":
            return most_in_flight(stage.busy_s, stage.cpu_s, remaining)
        seen = replace(self.seen(), remaining=self._report.items) if has_loop else self._seen_of(stage)
        if seen is None:
            return 0
        (plan,) = plans(seen, self.machine, (stage.pool,))
        return plan.workers

    def _seen_of(self, stage: Stage) -> Seen | None:
        """Put together what a crew shows that had no loop to learn from; None where its workers wait for each other."""
        wall_s, cpu_s = stage.busy_s / stage.items, stage.cpu_s / stage.items
        if stage.pool == "threads" and self.machine.has_gil and stage.cpu_s > _FULL * stage.elapsed_s:
            return None
        pulling_s = self._source.pulling_s / self._source.pulled
        return Seen(stage.items, stage.elapsed_s, wall_s, cpu_s, cpu_s, pulling_s, remaining=self._source.remaining)

    def speedup(self, stage: Stage, since: Stage | None = None) -> float | None:
        """Tell how many times faster than the loop a crew goes through its items; None where that cannot be told.

        Items differ, and those that a crew gets may be longer than those of the loop. What they compute tells: an
        item's CPU time is the same in any pool, and so is the share of the loop's time that it would be.

        Args:
            stage: What the crew has done.
            since: What it had done before the time that is asked about.
        """
        loop = self._watch.lately()
        if not loop.items or loop.busy_s <= 0:
            return None
        if self._was_misled(stage, since):
            return None
        items, cpu_s, elapsed_s, consumer_s = stage.items, stage.cpu_s, stage.elapsed_s, stage.consumer_s
        if since is not None:
            items, cpu_s = items - since.items, cpu_s - since.cpu_s
            elapsed_s, consumer_s = elapsed_s - since.elapsed_s, consumer_s - since.consumer_s
        if elapsed_s <= 0 or consumer_s > _MOST_CONSUMER * elapsed_s:  # workers go on while the consumer is at work
            return None
        share = loop.own_cpu_s / loop.busy_s
        loop_s = cpu_s / share if share >= _COMPUTING else items * loop.busy_s / loop.items
        pulling_s = items * self._source.pulling_s / max(1, self._source.pulled)
        return min(loop_s / elapsed_s, stage.workers) + min(pulling_s / elapsed_s, 1.0)

    def _was_misled(self, stage: Stage, since: Stage | None) -> bool:
        """Tell whether the loop's items waited so much longer than those of a crew that they were others.

        An item is not quicker in a worker, where it shares what there is with others.
        """
        loop = self._watch.lately()
        items, busy_s = stage.items, stage.busy_s
        if since is not None:
            items, busy_s = items - since.items, busy_s - since.busy_s
        if not items or not loop.items or loop.own_cpu_s >= _COMPUTING * loop.busy_s:
            return False
        return busy_s / items < _OTHERS * loop.busy_s / loop.items

    @property
    def loop_item_s(self) -> float:
        """How long the last items have taken in the loop."""
        loop = self._watch.lately()
        return loop.busy_s / loop.items if loop.items else _UNKNOWN_S

    def stay(self) -> None:
        """Move no more: what has killed a worker would kill the caller."""
        self._moves = _MOST_MOVES

    def pass_over(self, pool: str, why: str) -> None:
        """Leave a pool out from now on."""
        if pool in self._allowed:
            self._allowed.remove(pool)
            self._report.passed_over[pool] = why
            self._tell("%s not used: %s", pool, why)

    def conclude(self) -> None:
        """Have the report tell of every pool that was allowed and not used why that was so."""
        if self._watch.loop is None or not self._watch.loop.items:  # nobody had a choice
            return
        seen, options = self._refused or (None, [])
        considered = {plan.pool: plan for plan in options}
        for pool in self._allowed:
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
            self._machine = Machine(usable_cores().usable, forks, gil_is_on())
        return self._machine

    def _plans(self, seen: Seen) -> list[Plan]:
        return plans(seen, self.machine, tuple(self._allowed), self._workers)

    def seen(self) -> Seen:
        """Put together what the loop has shown."""
        return self._with_costs(self._watch.seen())

    def _with_costs(self, seen: Seen) -> Seen:
        argument, result = self._sendings or (Sending(), Sending())
        return replace(
            seen,
            sending_s=argument.load_s + result.dump_s,
            caller_s=argument.dump_s + result.load_s,
            travel_bytes=argument.size_bytes + result.size_bytes,
            chunk=self._chunk,
        )

    def _check(self) -> None:
        """Find out once, and only when it is about to matter, where the function is right."""
        if self._is_checked:
            return
        self._is_checked = True
        for pool, why in why_not(self._function, forks=self.machine.forks).items():
            self.pass_over(pool, why)

    def _try_sending(self) -> None:
        """Find out as well what sending an item and its result costs."""
        if self._is_tried or "processes" not in self._allowed:
            return
        self._is_tried = True
        argument, result = self._sample
        is_inherited = self.machine.forks and self._source.sequence is not None
        tried = Sending() if is_inherited else try_sending(argument), try_sending(result)
        for what, sending in zip(("an argument", "a result"), tried, strict=True):
            if isinstance(sending, str):
                self.pass_over("processes", f"{what}, a {sending}")
                return
        argument_sending, result_sending = tried
        if isinstance(argument_sending, Sending) and isinstance(result_sending, Sending):
            self._sendings = argument_sending, result_sending


def _is_for_threads(plan: Plan | None) -> bool:
    return plan is not None and plan.pool == "threads"
