"""Does a crew keep its promise? If not, where to go instead; and with how many workers."""

from dataclasses import replace
from typing import Literal

from whichpool.running.account import JobReport, Stage
from whichpool.running.candidates import Candidates
from whichpool.running.crew import Answer
from whichpool.running.policy import Plan, Seen, better, loses, most_in_flight, plans
from whichpool.running.prospects import Prospects
from whichpool.running.recent import Recent, Spent
from whichpool.running.source import Source

_WARM_AFTER_S = 30e-3
_WINDOW_S = 0.1
_MOST_MOVES = 2
_OFTEN = 2
_COMPUTING = 0.3
_FULL = 0.7
_HARDLY = 0.1
_LESS = 0.5
_MUCH_MORE = 4.0
_LONGER = 2.0
_MOST_CONSUMER = 0.2
_NATIVE = 0.25
Move = Plan | Literal["serial", "look again"]


class CrewWatch:
    """Compares what a crew does with what the loop has shown and with what other pools promise."""

    def __init__(
        self, prospects: Prospects, candidates: Candidates, source: Source, report: JobReport, workers: int | None
    ) -> None:
        """Begin with no crew.

        Args:
            prospects: What the loop has shown, and where it runs.
            candidates: The pools that the job may move to.
            source: Where the items come from.
            report: What the job has done.
            workers: How many workers there are to be; None to find out.
        """
        self._prospects = prospects
        self._candidates = candidates
        self._source = source
        self._report = report
        self._workers = workers
        self._recent = Recent()
        self._judge_s = _WARM_AFTER_S
        self._since: Stage | None = None
        self._moves = self._lost = self._grown_at = 0
        self._known: dict[str, tuple[int, float]] = {}

    def begin(self) -> None:
        """Begin to watch a crew."""
        self._recent = Recent()
        self._lost = 0
        self._since = None
        self._judge_s = _WARM_AFTER_S
        self._grown_at = 0

    def note(self, answer: Answer) -> None:
        """Take note of what the crew has answered."""
        self._recent.note(Spent(len(answer.values), answer.busy_s, answer.cpu_s, answer.cpu_s))

    @property
    def item_s(self) -> float:
        """How long the last items kept a worker busy; as long as there is none, how long they took in the loop."""
        recent = self._recent.lately(fewest=1)
        return recent.busy_s / recent.items if recent.items else self._prospects.loop_item_s

    def stay(self) -> None:
        """Move no more: what has killed a worker would kill the caller."""
        self._moves = _MOST_MOVES

    def judge(self, stage: Stage) -> Move | None:
        """See, now and then, whether a crew keeps its promise; if not, say where to go instead, or to go back.

        What counts is what it did since the last look, and nothing before it was warm: workers that were forked are
        slow at first, while they copy the memory that they write to.

        Returns:
            A plan for another pool; ``serial`` to go back to the loop for good; ``look again`` to go back and learn
            anew, where the items of the loop were not like those that came; None to stay.
        """
        if not self._prospects.has_loop or self._moves == _MOST_MOVES or stage.elapsed_s < self._judge_s:
            return None
        since = self._since
        if since is None:
            self._since, self._judge_s = replace(stage), stage.elapsed_s + _WINDOW_S
            return None
        recent = stage.since(since)
        if recent.items < 2 * stage.workers:
            return None
        self._since, self._judge_s = replace(stage), stage.elapsed_s + max(_WINDOW_S, stage.elapsed_s)
        move: Move | None = self._better_place(recent)
        if self._was_misled(recent):
            move = "look again"
            self._known.clear()  # it is known of items of another kind
        if move is not None:
            self._moves += 1
        return move

    def speedup(self, stage: Stage) -> float | None:
        """Tell how many times faster than the loop a crew goes through its items; None where that cannot be told.

        Items differ, and those that a crew gets may be longer than those of the loop. What they compute tells: an
        item's CPU time is the same in any pool, and so is the share of the loop's time that it would be; but not where
        native libraries compute in threads of their own, which the items then share.
        """
        loop = self._prospects.lately()
        elapsed_s = stage.elapsed_s
        if not loop.items or loop.busy_s <= 0 or elapsed_s <= 0 or self._was_misled(stage):
            return None
        if stage.consumer_s > _MOST_CONSUMER * elapsed_s:  # workers go on while the consumer is at work
            return None
        share = loop.own_cpu_s / loop.busy_s
        if share >= _COMPUTING and (_uses_native_threads(loop) or _has_native_threads(stage)):
            return None
        loop_s = stage.cpu_s / share if share >= _COMPUTING else stage.items * loop.busy_s / loop.items
        return min(loop_s / elapsed_s, stage.workers) + min(stage.pulling_s / elapsed_s, 1.0)

    def claim(self, stage: Stage) -> float | None:
        """Tell what may be said of the speed-up: nothing where the loop stood in a queue that the crew may not have."""
        return None if self._prospects.loop_was_queued else self.speedup(stage)

    def workers_after_all(self, pool: str) -> int:
        """Tell how many workers a crew should have by what the loop has shown since it was planned; 0 for no more.

        The item that the loop was at meanwhile may have been the first of many that take long.
        """
        if self._workers is not None or not 0 < _LONGER * self._prospects.planned_s < self._prospects.loop_item_s:
            return 0
        return self._planned(self._prospects.seen(fewest=1), pool)

    def workers_wanted(self, stage: Stage) -> int:
        """See, each time that twice as many items have been answered, how many workers a crew should have.

        That is asked of a crew that began without a loop to learn from, and of one whose job has an unknown length:
        when it was planned, little had been done, and no more than that was taken to be left. 0 stands for no more than
        it has.
        """
        remaining = self._source.remaining
        has_loop = self._prospects.has_loop
        if self._workers is not None or (has_loop and remaining is not None):
            return 0
        if stage.items < max(self._grown_at, stage.workers) or stage.busy_s < _WARM_AFTER_S:
            return 0
        self._grown_at = 2 * stage.items
        if stage.pool == "asyncio":
            return most_in_flight(stage.busy_s, stage.cpu_s, remaining)
        if has_loop:
            return self._planned(replace(self._prospects.seen(), remaining=self._report.items), stage.pool)
        if self._computes_all_it_can(stage):
            return 0
        wall_s, cpu_s = stage.busy_s / stage.items, stage.cpu_s / stage.items
        pulling_s = self._source.pulling_s / self._source.pulled
        seen = Seen(stage.items, stage.elapsed_s, wall_s, cpu_s, cpu_s, pulling_s, remaining=remaining)
        return self._planned(seen, stage.pool)

    def _computes_all_it_can(self, stage: Stage) -> bool:
        """Tell whether workers wait for nothing but each other: for the GIL, or for a core."""
        return stage.cpu_s > _FULL * stage.elapsed_s * (1 if self._take_turns(stage) else self._prospects.machine.cores)

    def _take_turns(self, stage: Stage) -> bool:
        return stage.pool == "threads" and self._prospects.machine.has_gil

    def _planned(self, seen: Seen, pool: str) -> int:
        (plan,) = plans(seen, self._prospects.machine, (pool,))
        return plan.workers

    def _better_place(self, stage: Stage) -> Plan | Literal["serial"] | None:
        speedup = self.speedup(stage)
        if speedup is None:
            return None
        self._known[stage.pool] = stage.workers, speedup
        seen, machine = self._prospects.seen(), self._prospects.machine
        if seen.remaining is None:
            seen = replace(seen, remaining=self._report.items)
        others = tuple(pool for pool in self._candidates.pools if pool != stage.pool)
        plan = better(plans(seen, machine, others, self._workers, self._known), seen, speedup)
        self._lost = self._lost + 1 if loses(speedup) else 0
        if plan is None and self._lost < _OFTEN:  # for a moment, others may have taken the cores
            return None
        if plan is not None and plan.pool == "processes":
            self._candidates.try_sending(forks=machine.forks)
            if plan.pool not in self._candidates.pools:
                return None
        return plan or "serial"

    def _was_misled(self, stage: Stage) -> bool:
        """Tell whether the loop's items were clearly others than those of a crew.

        An item that waits is not quicker in a worker, where it shares what there is with others. Threads that have come
        to compute take turns all the time, and compute more for each item than the loop did; workers that have come to
        wait compute hardly at all.
        """
        loop = self._prospects.lately()
        if not stage.items or not loop.items:
            return False
        loop_item_s, loop_cpu_s = loop.busy_s / loop.items, loop.own_cpu_s / loop.items
        take_turns = self._take_turns(stage) and self._computes_all_it_can(stage)
        if loop_cpu_s >= _COMPUTING * loop_item_s:
            # where others have taken the cores, items seem to wait as well, and compute what they always did
            computes_less = stage.cpu_s < _LESS * loop_cpu_s * stage.items
            return computes_less and stage.cpu_s < _HARDLY * stage.busy_s and not take_turns
        if take_turns and stage.cpu_s > _MUCH_MORE * loop_cpu_s * stage.items:
            return True
        return stage.item_s * _MUCH_MORE < loop_item_s


def _uses_native_threads(loop: Spent) -> bool:
    return loop.cpu_s > (1 + _NATIVE) * loop.own_cpu_s


def _has_native_threads(stage: Stage) -> bool:
    """Tell whether much was computed in the caller's process that neither items did in their own threads nor others."""
    others_s = stage.cpu_s + stage.consumer_s + stage.pulling_s
    return stage.pool == "threads" and stage.process_cpu_s - others_s > _NATIVE * stage.cpu_s
